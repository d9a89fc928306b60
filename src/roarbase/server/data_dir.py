"""The data directory: made for its owner only, and held by one service at a time.

Two services on one directory would both take up each resource that is being made or deleted, and one
would remove what the other has open. `roarbase user` only touches the metastore and needs no hold.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from roarbase.errors import OperatorError
from roarbase.model.settings import Settings

__all__ = ["held", "make_data_dir"]

_LOCK_NAME = "service.lock"


def make_data_dir(settings: Settings) -> Path:
    """Make the data directory if it is not there, open to its owner only.

    Raises:
        OperatorError: It cannot be made, or not be written to.
    """
    folder = Path(settings.text("data_dir"))
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise OperatorError(f"the data directory {folder} cannot be made: {error.strerror}") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OperatorError(f"the data directory {folder} cannot be written to by this user")
    return folder


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold a data directory until the block ends or the process does, however it ends.

    Raises:
        OperatorError: Another service holds it, or its file system cannot lock files.
    """
    descriptor = _locked(folder)
    try:
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())  # for the message of whoever comes second
        yield
    finally:
        os.close(descriptor)


def _locked(folder: Path) -> int:
    file = folder / _LOCK_NAME
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise OperatorError(f"the file {file} cannot be opened: {error.strerror}") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(descriptor, 20).decode("ascii", "replace").strip()
        os.close(descriptor)
        raise OperatorError(
            f"the data directory {folder} is in use by another Roarbase (process {holder}); "
            "stop that one first, or choose another directory with --data-dir",
            directory=str(folder),
        ) from None
    except OSError as error:
        os.close(descriptor)
        raise OperatorError(f"the file {file} cannot be locked: {error.strerror}") from None
    return descriptor
