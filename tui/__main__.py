"""``python -m tui``: what a session of the browser view runs."""

import sys

from tui.cli import main

sys.exit(main())
