"""Getting the machine code: from the cache, or by compiling it, with or without a cache to keep it in.

Importing this module brings in numba (0.2 s, 90 MB): only what is about to use the kernels does so.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

from roarbase.engine.kernels.calls import Entries
from roarbase.engine.kernels.compiled.entries import compile_entries, processor
from roarbase.engine.kernels.sources import claim_directory, is_complete, mark_complete

__all__ = ["fill_cache", "load_entries"]


def load_entries(directory: Path | None, *, compile_here: bool = True) -> Entries | None:
    """The machine code of the kernels, for `FastKernels`.

    Args:
        directory: Where caches are kept. None, or one that cannot be written, means nowhere.
        compile_here: Whether to compile in this process (some 10 seconds) what no cache holds.

    Returns:
        None if nothing is cached and nothing may be compiled.
    """
    own = claim_directory(directory, processor())
    if own is not None and is_complete(own):
        return compile_entries(own)
    if not compile_here:
        return None
    if own is None or not fill_cache(own.parent, compile_entries):
        return compile_entries(None)
    return compile_entries(own)


def fill_cache(directory: Path, compile_into: Callable[[Path], object]) -> bool:
    """Have everything compiled into the cache under a directory, unless it is there; False: cannot be written."""
    own = claim_directory(directory, processor())
    if own is None:
        return False
    if is_complete(own):
        return True
    for path in own.iterdir():
        # Left behind by a compilation that was cut off, or torn since.
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    compile_into(own)
    mark_complete(own)
    return True
