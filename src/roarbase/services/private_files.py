"""Files that only the service's own user may read: keys, and the first administrator's password."""

import os
import stat
import tempfile
from pathlib import Path

from roarbase.errors import OperatorError

__all__ = ["require_private", "write_private"]

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def write_private(file: Path, content: bytes) -> None:
    """Write a file of mode 0600. After a crash there is the whole file or none."""
    # mkstemp makes files of mode 0600, whatever the umask.
    descriptor, temporary = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.rename(temporary, file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    directory = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def require_private(path: Path) -> None:
    """Raise OperatorError if the group or the world may touch this file or directory."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & _OTHERS:
        wanted = "700" if path.is_dir() else "600"
        sentence = f"{path} holds secrets and is open to others (mode {mode:o}); run: chmod {wanted} {path}"
        raise OperatorError(sentence, path=str(path), mode=mode)
