"""The classes behind the `State` port that can be measured, by their names on the command line."""

import importlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from roarbase.engine.state import State

__all__ = ["make_state"]


def make_state(name: str, *, threads: int) -> State:
    """An empty state, ready to run: kernels are compiled before anything is timed.

    Raises:
        KeyError: There is no such state; `STATES` of the package lists them.
    """
    return _MAKERS[name](threads)


def _plain(_: int) -> State:
    state: State = _attribute("roarbase.engine.plain.state", "PlainState")()
    return state


def _bitmap(threads: int) -> State:
    entries = _attribute("roarbase.engine.kernels.load", "load_entries")(_kernel_cache())
    kernels = _attribute("roarbase.engine.kernels.fast", "FastKernels")(entries, threads)
    state: State = _attribute("roarbase.engine.bitmap.state", "BitmapState")(kernels=kernels)
    return state


_MAKERS: dict[str, Callable[[int], State]] = {"plain": _plain, "bitmap": _bitmap}


def _attribute(module: str, name: str) -> Any:
    """Imported late: numba comes in with the kernels, and the plain state is measured without it."""
    return getattr(importlib.import_module(module), name)


def _kernel_cache() -> Path:
    """Where machine code is kept from one run to the next, since compiling it takes ten seconds."""
    directory = Path(tempfile.gettempdir()) / f"cseg-kernels-{os.getuid()}"
    directory.mkdir(mode=0o700, exist_ok=True)
    return directory
