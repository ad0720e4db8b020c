"""One declaration of a setting gives default, expectation and both descriptions."""

from typing import Annotated

from msgspec import Struct

from contract.message import Bilingual
from contract.settings import REQUIRED, Setting, described, settings


class Spool(Struct, frozen=True):
    files: Annotated[int, described("文件数", "number of files", ge=1)] = 200


class Agent(Struct, frozen=True):
    url: Annotated[str, described("地址", "address")]
    spool: Annotated[Spool, described("暂存", "spool")] = Spool()


def test_settings_are_listed_with_groups_before_members() -> None:
    assert settings(Agent, "agent") == [
        Setting("agent.url", "text", REQUIRED, Bilingual("地址", "address"), group=False),
        Setting("agent.spool", "{files}", {"files": 200}, Bilingual("暂存", "spool"), group=True),
        Setting("agent.spool.files", "int >= 1", 200, Bilingual("文件数", "number of files"), group=False),
    ]
