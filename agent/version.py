"""The version as installed. Read when asked for: the package metadata costs 20 ms."""

from importlib.metadata import PackageNotFoundError, version

DISTRIBUTION = "campus-audit"


def installed() -> str:
    """The distribution's version; ``0`` when the code runs from a folder that was never installed."""
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return "0"
