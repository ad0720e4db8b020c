"""How the interpreter is set up while the server runs."""

import contextlib
import gc
from collections.abc import Iterator

YOUNG = 50_000
"""
Objects made before the garbage collector looks at them, 700 by default.

A report of 20 KB makes some 1,000 objects, all gone at its end and in no ring, so each look is for nothing: unpacking and
decoding took 3,842 reports a second with this and 1,905 without (``python -m benchmarks.collector``, null ingest).
"""


@contextlib.contextmanager
def long_running() -> Iterator[None]:
    """Look for garbage rarely, and never at what was there before; as it was at the end."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
