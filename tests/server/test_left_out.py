"""What the service never loads looks as if it were not there."""

import subprocess
import sys

_SCRIPT = """
from roarbase.server.left_out import leave_out
leave_out("colorsys")
import wave
try:
    import colorsys
except ImportError as error:
    print(error.name)
"""


def test_left_out() -> None:
    """A package left out cannot be imported, and all others can."""
    done = subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "colorsys\n"
