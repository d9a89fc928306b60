"""`python -m bench.cseg`."""

import sys

from bench.cseg.command import main

__all__: list[str] = []

sys.exit(main(sys.argv[1:]))
