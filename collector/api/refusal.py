"""A refusal from a message that something below the routes has already worded."""

from typing import Any

from collector.api.problem import ProblemError
from contract.message import Message


def refused(status: int, message: Message, field: str) -> ProblemError:
    """The message as a problem naming ``field``."""
    params: dict[str, Any] = {name: value for name, value in message.params.items() if name not in ("field", "headers")}
    return ProblemError(status, message.code, field=field, **params)
