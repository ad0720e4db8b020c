"""
Root of every error that this product raises on purpose.

Each package has one root of its own below it::

    CampusError
    ├── DocumentError            contract.document   a YAML file is wrong, with every fault in it
    ├── WireError                contract.wire       bytes from the network are not what they should be
    ├── CheckError               checks.registry     one check could not measure
    ├── AgentError               agent.errors
    ├── CollectorError           collector.errors
    └── TuiError                 tui.errors

Errors carry a message code and parameters, never a finished sentence: the reader's language is known at the edge only.
"""

from contract.exit_code import ExitCode
from contract.message import Message, Param


class CampusError(Exception):
    """``retry`` says whether doing the same again later can succeed; ``exit_code`` what a command ends with."""

    retry: bool = False
    exit_code: ExitCode = ExitCode.CRASHED

    def __init__(self, code: str, /, **params: Param) -> None:
        super().__init__(code, params)
        self.message = Message(code, params)

    def __str__(self) -> str:
        """Code and parameters, for logs and tracebacks."""
        inner = ", ".join(f"{name}={value!r}" for name, value in self.message.params.items())
        return f"{self.message.code}({inner})"
