"""Units a measurement may carry. The unit's name is also what is printed after the number."""

from enum import StrEnum


class Unit(StrEnum):
    """Closed set; a new unit is added here and in no other place."""

    NONE = ""
    BYTES = "B"
    COUNT = "count"
    LEVEL = "level"
    MBIT_S = "Mbit/s"
    MEGABYTES = "MB"
    MEBIBYTES = "MiB"
    MHZ = "MHz"
    MS = "ms"
    PERCENT = "%"
    SECONDS = "s"
    TEXT = "text"
    YES_NO = "yes/no"
