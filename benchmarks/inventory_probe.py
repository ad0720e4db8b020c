"""The check ``inventory`` as a process that holds nothing else: options as JSON in, the check run on stdout."""

import random
import sys
import time

import msgspec

from checks.inventory.check import run
from checks.inventory.options import InventoryOptions
from checks.registry import Context
from contract.outcome import CheckStatus
from contract.report import CheckRun
from contract.wire import encode


def main(options: str) -> None:
    """Print what was found."""
    made = Context(
        options=msgspec.json.decode(options, type=InventoryOptions),
        platform=sys.platform,
        clock=time.monotonic,
        rng=random.Random(),
        privacy_key=bytes(32),
        deadline_s=3600,
    )
    found = run(made)
    status = CheckStatus.OK
    sys.stdout.buffer.write(
        encode(
            CheckRun(
                check="inventory",
                version=2,
                status=status,
                reason=found.reason,
                measurements=found.measurements,
                devices=found.devices,
                evidence=found.evidence,
            )
        )
    )


if __name__ == "__main__":
    main(sys.argv[1])
