"""`python -m roarbase.engine.kernels.compile DIRECTORY`: compile the kernels into a cache and leave.

Processes of its own, because compiling holds the interpreter in bites of 60 ms, which a service would feel,
and two of them, because numba compiles one thing at a time. Both end by themselves, whatever becomes of the
process that wanted the kernels; told to end, they do so at once.
"""

import signal
import subprocess
import sys
from pathlib import Path

from roarbase.engine.kernels.compiled.entries import PORTIONS, compile_entries
from roarbase.engine.kernels.load import fill_cache
from roarbase.engine.kernels.pool import processors

__all__ = ["main"]


def main() -> None:
    """Fill the cache under the directory of the command line; what is there already stays.

    A second argument is for the helper: it compiles that portion into exactly this directory.
    """
    if len(sys.argv) == 3:
        compile_entries(Path(sys.argv[1]), PORTIONS[int(sys.argv[2])])
        return
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m roarbase.engine.kernels.compile DIRECTORY")
    # An exit rather than an end, so that the helpers hear of it too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    if not fill_cache(Path(sys.argv[1]), _compile_portions):
        raise SystemExit(f"the compiled kernels cannot be kept: {sys.argv[1]} cannot be written")


def _compile_portions(own: Path) -> None:
    command = [sys.executable, "-P", "-m", "roarbase.engine.kernels.compile", str(own)]
    if processors() == 1:
        # One process after the other would only do twice what both need.
        compile_entries(own)
        return
    helpers = [subprocess.Popen([*command, str(number)]) for number in range(1, len(PORTIONS))]
    try:
        compile_entries(own, PORTIONS[0])
    except BaseException:
        for helper in helpers:
            helper.terminate()
        raise
    finally:
        codes = [helper.wait() for helper in helpers]
    if any(codes):
        raise SystemExit("a part of the kernels could not be compiled")


if __name__ == "__main__":
    main()
