"""A school as the register knows it."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from contract.report import Identifier

Name = Annotated[str, Meta(min_length=1, max_length=128)]
Head = Annotated[int, Meta(ge=0, le=1_000_000)]


class SchoolKind(StrEnum):
    """Kinds as bureaus write them; packs name the kinds a criterion applies to."""

    PRIMARY = "小学"
    JUNIOR = "初中"
    NINE_YEAR = "九年一贯"
    SENIOR = "高中"
    VOCATIONAL = "中职"
    HIGHER = "高校"
    TEACHING_POINT = "教学点"


class School(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One line of the register. Absent figures are None: a criterion that needs one is then ``unknown``, never ``unmet``."""

    id: Identifier
    name: Name
    county: Name
    kind: SchoolKind
    students: Head | None = None
    busiest_shift_students: Head | None = None
    """Students present at once in the fullest shift, where a school teaches in shifts."""
    classes: Head | None = None
    teachers: Head | None = None
    contract_mbit_s: Annotated[float, Meta(ge=0, le=1_000_000)] | None = None
    """What the school pays its provider for, downstream, in Mbit/s."""
