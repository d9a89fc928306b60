"""From a directory to an open database."""

import os
from datetime import UTC, datetime
from pathlib import Path

from roarbase.embedded.database import Database
from roarbase.embedded.heavy import load_kernels
from roarbase.engine.bitmap_state import BitmapState
from roarbase.engine.kernels.choose import ChosenKernels
from roarbase.engine.local import open_local_engine
from roarbase.engine.snapshots.policy import SnapshotPolicy
from roarbase.engine.storage.disk_file_store import DiskFileStore
from roarbase.engine.view_expiry import ViewExpiry
from roarbase.errors import OperatorError

__all__ = ["open_database"]

_UNLIMITED_BYTES = 1 << 62
_CACHE_VARIABLE = "ROARBASE_KERNEL_CACHE_DIR"
_CACHE = "cache"
_OWN_NAMES = frozenset(("LOCK", _CACHE))
_SEGMENTS = "log-"
_SERVICE_NAMES = ("engines", "metastore.sqlite", "service.lock")


def open_database(
    path: str | os.PathLike[str],
    *,
    memory_limit_bytes: int | None = None,
    kernel_cache_dir: str | os.PathLike[str] | None = None,
    view_expiry_seconds: float = 60,
) -> Database:
    """Open the database in a directory, which is made if there is none; one process at a time may.

    Args:
        memory_limit_bytes: Writes that would take the data in memory beyond it are refused. None is no limit.
        kernel_cache_dir: Where compiled kernels are kept, for several databases if you like. None is
            $ROARBASE_KERNEL_CACHE_DIR, else `cache` in the directory.
        view_expiry_seconds: How often calendar views older than their field's ttl are dropped, beginning with now;
            0 never does.

    Raises:
        OperatorError: The directory is in use, cannot be used, or holds something else.
        LogDamaged: A file is not what was written; it is named.
    """
    directory = Path(path).expanduser().absolute()
    store = DiskFileStore()
    _check_content(store, directory)
    cache = kernel_cache_dir or os.environ.get(_CACHE_VARIABLE) or directory / _CACHE
    kernels = ChosenKernels(Path(cache).expanduser(), load_kernels, leaves_compiler=True)
    limit_bytes = _UNLIMITED_BYTES if memory_limit_bytes is None else memory_limit_bytes
    policy = SnapshotPolicy()
    engine = open_local_engine(directory, store, lambda: BitmapState(kernels=kernels), limit_bytes, policy=policy)
    expiry = ViewExpiry(
        lambda: [(str(directory), engine)], interval_s=view_expiry_seconds, clock=lambda: datetime.now(UTC)
    )
    expiry.start()
    return Database(directory, engine, kernels, expiry)


def _check_content(store: DiskFileStore, directory: Path) -> None:
    """Refuse a directory with files of somebody else: an empty database in it would be no help."""
    if not directory.exists():
        return
    if not directory.is_dir():
        raise OperatorError(f"{directory} is no directory", directory=str(directory))
    try:
        names = store.list_names(directory)
    except OSError as error:
        raise OperatorError(f"{directory} cannot be read: {error.strerror}", directory=str(directory)) from None
    if any(name in names for name in _SERVICE_NAMES):
        raise OperatorError(
            f"{directory} is the data directory of a service; the data of its deployments is in {directory}/engines",
            directory=str(directory),
        )
    others = [name for name in names if name not in _OWN_NAMES]
    if others and not any(name.startswith(_SEGMENTS) for name in others):
        raise OperatorError(
            f"{directory} is no database, and not empty: it holds {others[0]!r}", directory=str(directory)
        )
