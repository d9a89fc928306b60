"""Where compiled kernels are kept: one directory per version of the sources, the compiler and the processor.

numba notices a changed function but not a changed helper in another module, so the directory's name is a
digest of everything that goes into the machine code.
"""

import hashlib
import shutil
import sys
import tempfile
from importlib import metadata
from pathlib import Path

__all__ = ["claim_directory", "digest", "is_complete", "mark_complete"]

_PREFIX = "kernels-"
_MARK = "complete"
_KEPT = 4
"""Versions kept beside the one in use: an image that runs on several kinds of processor alternates between them."""


def digest(target: str) -> str:
    """Name the machine code for one kind of processor (as LLVM describes it)."""
    found = hashlib.sha256()
    here = Path(__file__).parent
    for path in [here / "port.py", here / "scratch.py", *sorted((here / "compiled").glob("*.py"))]:
        content = path.read_bytes()
        found.update(f"{path.name} {len(content)}\n".encode() + content)
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
    except OSError:
        return None
    return own


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
        if path.is_file() and path.name != _MARK:
            found.update(f"{path.relative_to(own)} {path.stat().st_size}\n".encode() + path.read_bytes())
    return found.hexdigest()
