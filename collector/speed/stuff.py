"""What is sent: incompressible, so that no box on the way makes the line look faster; the same for all."""

import os

CHUNK_BYTES = 256 * 1024
"""HTTP framing of 10 bytes per chunk is 0.004 % then. Small enough that eight waiting connections hold 2 MiB."""
NOISE = memoryview(os.urandom(CHUNK_BYTES))
