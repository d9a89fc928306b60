"""The engine to be measured, by the kernels that it runs on."""

from pathlib import Path

from roarbase.engine.bitmap_state import BitmapState
from roarbase.engine.kernels.fast import FastKernels
from roarbase.engine.kernels.load import load_entries
from roarbase.engine.kernels.plain import PlainKernels
from roarbase.engine.kernels.port import Kernels

__all__ = ["make_state"]

_CACHE = Path.home() / ".cache" / "roarbase"


def make_state(name: str, *, threads: int) -> BitmapState:
    """An empty state, ready to run.

    Raises:
        KeyError: There are no such kernels; `KERNELS` of the package lists them.
    """
    return BitmapState(kernels={"plain": _plain, "compiled": _compiled}[name](threads))


def _plain(_: int) -> Kernels:
    return PlainKernels()


def _compiled(threads: int) -> Kernels:
    entries = load_entries(_CACHE)
    assert entries is not None
    return FastKernels(entries, threads)
