"""The classes behind the `State` port that can be measured, by their names on the command line."""

import importlib
from collections.abc import Callable
from typing import Any

from roarbase.engine.state import State

__all__ = ["make_state"]


def make_state(name: str, *, threads: int) -> State:
    """An empty state, ready to run.

    Raises:
        KeyError: There is no such state; `STATES` of the package lists them.
    """
    return _MAKERS[name](threads)


def _plain(_: int) -> State:
    state: State = _attribute("roarbase.engine.plain.state", "PlainState")()
    return state


def _bitmap(_: int) -> State:
    kernels = _attribute("roarbase.engine.kernels.plain", "PlainKernels")()
    state: State = _attribute("roarbase.engine.bitmap.state", "BitmapState")(kernels=kernels)
    return state


_MAKERS: dict[str, Callable[[int], State]] = {"plain": _plain, "bitmap": _bitmap}


def _attribute(module: str, name: str) -> Any:
    """Imported late: only what is measured is loaded."""
    return getattr(importlib.import_module(module), name)
