"""The compiled kernels, compiled once and then kept beside the machine's temporary files, for all tests.

Services that tests start take them from there: `shares_kernels` goes into their environment. A conftest.py
imports the fixtures by their names and lists them in its `__all__`.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import pytest

from roarbase.engine.kernels.calls import Entries
from roarbase.engine.kernels.load import load_entries

__all__ = ["compiled_entries", "entries", "filled_kernel_cache", "kernel_cache", "shares_kernels"]


@cache
def filled_kernel_cache() -> Path:
    """A directory of the user's own that outlives the tests, with everything compiled as a service has it compiled.

    Each checkout has its own: numba's index says which file on disk a piece of code is of.
    """
    checkout = hashlib.sha256(__file__.encode()).hexdigest()[:8]
    own = Path(tempfile.gettempdir()) / f"roarbase-tests-{os.getuid()}-{checkout}-kernels"
    own.mkdir(mode=0o700, exist_ok=True)
    # Machine code is loaded from there: nobody else may have put it.
    own = own if own.stat().st_uid == os.getuid() else Path(tempfile.mkdtemp())
    command = [sys.executable, "-m", "roarbase.engine.kernels.compile", str(own)]
    subprocess.run(command, timeout=300, check=True)
    return own


@cache
def compiled_entries() -> Entries:
    """The machine code."""
    found = load_entries(filled_kernel_cache(), compile_here=False)
    assert found is not None
    return found


def shares_kernels() -> dict[str, str]:
    """The variable by which a service takes the kernels from there."""
    return {"ROARBASE_KERNEL_CACHE_DIR": str(filled_kernel_cache())}


@pytest.fixture(scope="session")
def kernel_cache() -> Path:
    """The directory with everything compiled."""
    return filled_kernel_cache()


@pytest.fixture(scope="session")
def entries() -> Entries:
    """The machine code."""
    return compiled_entries()
