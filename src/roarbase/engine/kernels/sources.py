"""Where compiled kernels are kept: one directory per version of the sources, the compiler and the processor.

numba notices a changed function but not a changed helper in another module, so the directory's name is a
digest of everything that goes into the machine code; and of the place where the sources are, since numba looks for
machine code by that. A cache of another installation would look complete, and everything be compiled beside it in the
process that answers questions; and that installation would find its cache changed, and compile it again.
"""

import fcntl
import hashlib
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

__all__ = [
    "claim_directory",
    "clear",
    "digest",
    "digested",
    "filling",
    "find_complete",
    "is_complete",
    "mark_complete",
]

_PREFIX = "kernels-"
_MARK = "complete"
_LOCK = "lock"
_KEPT = 4
"""Versions kept beside the one in use: an image that runs on several kinds of processor alternates between them."""


def digested(here: Path) -> list[Path]:
    """The modules below a directory that go into the machine code."""
    ports = [here / "port.py", here / "cells" / "port.py", here / "writes" / "port.py"]
    return [*ports, here / "scratch.py", *sorted((here / "compiled").glob("*.py"))]


def digest(target: str) -> str:
    """Name the machine code of these sources for one kind of processor (as LLVM describes it)."""
    here = Path(__file__).absolute().parent
    found = hashlib.sha256(f"{here}\n".encode("utf-8", "surrogateescape"))
    for path in digested(here):
        content = path.read_bytes()
        found.update(f"{path.relative_to(here)} {len(content)}\n".encode() + content)
    versions = [metadata.version(name) for name in ("numba", "llvmlite", "numpy")]
    found.update(repr([target, sys.version_info[:2], sys.platform, *versions]).encode())
    return found.hexdigest()[:24]


def claim_directory(parent: Path | None, target: str) -> Path | None:
    """Make the directory for this version, readable by its owner alone; None where nothing can be written."""
    if parent is None:
        return None
    own = parent / f"{_PREFIX}{digest(target)}"
    try:
        own.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=own):
            pass
        return own if _is_trusted(own) else None
    except OSError:
        return None


def find_complete(parent: Path | None, target: str) -> Path | None:
    """The directory for this version if everything is there, also where nothing can be written."""
    if parent is None:
        return None
    own = parent / f"{_PREFIX}{digest(target)}"
    try:
        return own if _is_trusted(own) and is_complete(own) else None
    except OSError:
        return None


def _is_trusted(own: Path) -> bool:
    """Whether only this user, or root, can have put machine code there."""
    found = own.stat()
    return found.st_uid in (0, os.geteuid()) and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


@contextmanager
def filling(own: Path) -> Iterator[None]:
    """Hold the directory: of several processes that want it filled at once, one compiles and the others wait."""
    with (own / _LOCK).open("ab") as file:
        # Let go by the system too, however the process ends.
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def clear(own: Path) -> None:
    """Remove what a compilation left behind that was cut off, or what was torn since."""
    for path in own.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path.name != _LOCK:
            path.unlink(missing_ok=True)


def mark_complete(own: Path) -> None:
    """Record that everything is compiled, and forget the oldest other versions."""
    (own / _MARK).write_text(_content(own), encoding="ascii")
    others = [path for path in own.parent.glob(f"{_PREFIX}*") if path != own]
    others.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for path in others[_KEPT:]:
        shutil.rmtree(path, ignore_errors=True)


def is_complete(own: Path) -> bool:
    """Whether everything is there as it was when it was marked: a torn file could take the process down."""
    try:
        return (own / _MARK).read_text(encoding="ascii") == _content(own)
    except OSError:
        return False


def _content(own: Path) -> str:
    found = hashlib.sha256()
    for path in sorted(own.rglob("*")):
        if path.is_file() and path.name not in (_MARK, _LOCK):
            found.update(f"{path.relative_to(own)} {path.stat().st_size}\n".encode() + path.read_bytes())
    return found.hexdigest()
