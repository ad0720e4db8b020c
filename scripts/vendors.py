"""
Builds ``checks/inventory/vendors.bin`` from registry files that a maintainer supplies: ``FILE=DATE …``, newest last.

    python scripts/vendors.py oui.csv=2026-10-01 mam.csv=2026-10-01 oui36.csv=2026-10-01

Takes the CSV files that the IEEE publishes (https://standards-oui.ieee.org/oui/oui.csv, oui28/mam.csv, oui36/oui36.csv;
Debian packages them as ``ieee-data``) and the table of the Python package aiooui (MIT), which is made from the same list.
Names are facts of a public registry; nothing else is taken.
"""

import csv
import io
import struct
import sys
from collections.abc import Sequence
from pathlib import Path

from checks.inventory.vendors import FILE, build

_REGISTRIES = {"MA-L": 24, "MA-M": 28, "MA-S": 36, "IAB": 36}
_NOBODY = {"private", "ieee registration authority", "ieee registration authority - please see mam public listing"}
_LONGEST_NAME = 40


def read_csv(text: str) -> dict[tuple[str, int, int], str]:
    """(registry, length, prefix) to name, of a file as the IEEE publishes it."""
    found = {}
    for row in csv.DictReader(io.StringIO(text)):
        length = _REGISTRIES[row["Registry"]]
        found[row["Registry"], length, int(row["Assignment"], 16)] = row["Organization Name"]
    return found


def read_aiooui(raw: bytes) -> dict[tuple[str, int, int], str]:
    """The same of aiooui's ``oui.data``: magic, count, prefixes, offsets, names ended by newlines; MA-L only."""
    (count,) = struct.unpack_from("<I", raw, 4)
    prefixes = struct.unpack_from(f"<{count}I", raw, 8)
    offsets = struct.unpack_from(f"<{count}I", raw, 8 + 4 * count)
    names = raw[8 + 8 * count :]
    return {
        ("MA-L", 24, prefix): names[offset : names.index(b"\n", offset)].decode()
        for prefix, offset in zip(prefixes, offsets, strict=True)
    }


def read(path: Path) -> dict[tuple[str, int, int], str]:
    """Either of the two, told apart by how it begins."""
    raw = path.read_bytes()
    return read_aiooui(raw) if raw[:4] == b"OUI1" else read_csv(raw.decode("utf-8-sig"))


def main(argv: Sequence[str]) -> int:
    """Write the table and say what is in it."""
    if not argv or not all("=" in item for item in argv):
        print(__doc__)
        return 64
    tables: dict[int, dict[int, str]] = {24: {}, 28: {}, 36: {}}
    dates: dict[str, str] = {}
    for item in argv:
        path, _, date = item.rpartition("=")
        for (registry, length, prefix), name in read(Path(path)).items():
            dates[registry] = date
            short = " ".join(name.split())[:_LONGEST_NAME].strip()
            if short and short.lower() not in _NOBODY:
                tables[length][prefix] = short
    made = build(tables, dates)
    FILE.write_bytes(made)
    counts = ", ".join(f"{length} bits: {len(table)}" for length, table in tables.items())
    print(f"{FILE.name}: {len(made)} bytes; {counts}; {', '.join(f'{name} {date}' for name, date in dates.items())}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
