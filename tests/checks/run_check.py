"""
Runs one check as its own process, so that a test can do it inside a namespace: ``python -m tests.checks.run_check …``.

Arguments: id, options as JSON, URL of the collector or ``-``, root of the file system. Prints the check run as JSON.
"""

import sys
import time
from pathlib import Path

import msgspec

from checks.registry import all_checks
from contract.outcome import CheckStatus
from contract.report import CheckRun
from contract.wire import encode
from tests.checks.machine import context


def main(check: str, options: str, url: str, root: str) -> None:
    """Print what the check found."""
    item = all_checks()[check]
    made = context(item, Path(root), url=None if url == "-" else url, **msgspec.json.decode(options))
    begun = time.monotonic()
    found = item.run(made)
    run = CheckRun(
        check=check,
        version=item.version,
        status=CheckStatus.OK,
        duration_s=time.monotonic() - begun,
        reason=found.reason,
        measurements=found.measurements,
        devices=found.devices,
        evidence=found.evidence,
    )
    sys.stdout.buffer.write(encode(run))


if __name__ == "__main__":
    main(*sys.argv[1:])
