"""The compiled kernels, compiled once and then kept beside the machine's temporary files."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from roarbase.engine.kernels.calls import Entries
from roarbase.engine.kernels.fast import FastKernels
from roarbase.engine.kernels.load import load_entries


@pytest.fixture(scope="session")
def kernel_cache() -> Path:
    """A directory of the user's own that outlives the tests: compiling takes ten seconds and more."""
    own = Path(tempfile.gettempdir()) / f"roarbase-test-kernels-{os.getuid()}"
    own.mkdir(mode=0o700, exist_ok=True)
    # Machine code is loaded from there: nobody else may have put it.
    return own if own.stat().st_uid == os.getuid() else Path(tempfile.mkdtemp())


@pytest.fixture(scope="session")
def entries(kernel_cache: Path) -> Entries:
    """The machine code, compiled as a service has it compiled."""
    command = [sys.executable, "-m", "roarbase.engine.kernels.compile", str(kernel_cache)]
    subprocess.run(command, timeout=300, check=True)
    found = load_entries(kernel_cache, compile_here=False)
    assert found is not None
    return found


@pytest.fixture(scope="session", params=["one thread", "three threads"])
def fast(request: pytest.FixtureRequest, entries: Entries) -> FastKernels:
    """The compiled kernels: alone, and with three threads sharing even the smallest call."""
    return FastKernels(entries, threads=1 if request.param == "one thread" else 3, worth_waking_ps=0)
