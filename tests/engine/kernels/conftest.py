"""The compiled kernels, in one thread and in several."""

import pytest

from roarbase.engine.kernels.calls import Entries
from roarbase.engine.kernels.fast import FastKernels
from tests.support.kernels import entries, kernel_cache

__all__ = ["entries", "fast", "kernel_cache"]


@pytest.fixture(scope="session", params=["one thread", "three threads"])
def fast(request: pytest.FixtureRequest, entries: Entries) -> FastKernels:
    """The compiled kernels: alone, and with three threads sharing even the smallest call."""
    return FastKernels(entries, threads=1 if request.param == "one thread" else 3, worth_waking_ps=0)
