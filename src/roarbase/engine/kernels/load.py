"""Getting the machine code: from the cache, or by compiling it, with or without a cache to keep it in.

Importing this module brings in numba (0.2 s, 90 MB): only what is about to use the kernels does so.
"""

import ctypes
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from roarbase.engine.kernels.calls import Entries
from roarbase.engine.kernels.compiled.entries import compile_entries, processor
from roarbase.engine.kernels.sources import (
    claim_directory,
    clear,
    filling,
    find_complete,
    is_complete,
    mark_complete,
)

__all__ = ["fill_cache", "load_entries"]


def load_entries(directory: Path | None, *, compile_here: bool = True) -> Entries | None:
    """The machine code of the kernels, for `FastKernels`.

    Args:
        directory: Where caches are kept. One that cannot be written, such as a part of an image, serves if
            everything is in it; None means nowhere.
        compile_here: Whether to compile in this process (some 10 seconds) what no cache holds.

    Returns:
        None if nothing is cached and nothing may be compiled.
    """
    entries = _found_or_compiled(directory, compile_here=compile_here)
    _release_freed_memory()
    return entries


def _found_or_compiled(directory: Path | None, *, compile_here: bool) -> Entries | None:
    full = find_complete(directory, processor())
    if full is None and compile_here and directory is not None and fill_cache(directory, compile_entries):
        full = find_complete(directory, processor())
    if full is not None:
        return _load(full)
    return compile_entries(None) if compile_here else None


def _load(full: Path) -> Entries:
    if os.access(full, os.W_OK):
        return compile_entries(full)
    # numba takes nothing from a directory that it could not write to.
    with tempfile.TemporaryDirectory(prefix="roarbase-kernels-") as own:
        shutil.copytree(full, own, dirs_exist_ok=True)
        return compile_entries(Path(own))


def _release_freed_memory() -> None:
    """Give the system back what loading took in passing: glibc would keep it for later."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def fill_cache(directory: Path, compile_into: Callable[[Path], object]) -> bool:
    """Have everything compiled into the cache under a directory, unless it is there; False: cannot be written."""
    own = claim_directory(directory, processor())
    if own is None:
        return False
    with filling(own):
        if not is_complete(own):
            clear(own)
            compile_into(own)
            mark_complete(own)
    return True
