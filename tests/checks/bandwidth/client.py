"""
Runs the check in a host of a simulated network and prints its measurements as JSON.

``python -m tests.checks.bandwidth.client URL OPTIONS`` with the options as JSON.
"""

import random
import sys
import time

import msgspec

from checks.bandwidth.check import run
from checks.bandwidth.options import BandwidthOptions
from checks.registry import Access, CheckError, Context
from contract.reason import ReasonCode
from contract.wire import encode
from tests.checks.bandwidth.server import TOKEN

_SERVER_STARTS_WITHIN_S = 20.0


def main() -> int:
    """Measure once; a server that is only starting is waited for."""
    context = Context(
        options=msgspec.json.decode(sys.argv[2], type=BandwidthOptions),
        platform=sys.platform,
        clock=time.monotonic,
        rng=random.Random(1),
        privacy_key=b"",
        deadline_s=200,
        access=Access(sys.argv[1], TOKEN) if sys.argv[1] != "-" else None,
    )
    limit = time.monotonic() + _SERVER_STARTS_WITHIN_S
    while True:
        try:
            found = run(context)
        except CheckError as error:
            if error.reason.code is not ReasonCode.COLLECTOR_UNREACHABLE or time.monotonic() > limit:
                raise
            time.sleep(0.1)
        else:
            break
    sys.stdout.write(
        encode([*found.measurements] if len(sys.argv) < 4 else [[*found.measurements], found.evidence]).decode()
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
