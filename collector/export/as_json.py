"""JSON: everything, in codes, for programs."""

import msgspec

from collector.export.rows import Export
from contract.wire import encode


def as_json(export: Export) -> bytes:
    """The export as indented canonical JSON."""
    return msgspec.json.format(encode(export), indent=1) + b"\n"
