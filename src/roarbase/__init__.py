"""Roarbase: a streaming analytics service on a bitmap-index engine, and the engine itself without a service."""

import importlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from roarbase.embedded import Database

__all__ = ["__version__", "open"]

__version__ = "0.1.0"


def open(
    path: str | os.PathLike[str],
    *,
    memory_limit_bytes: int | None = None,
    kernel_cache_dir: str | os.PathLike[str] | None = None,
    view_expiry_seconds: float = 60,
) -> "Database":
    """Open the database in a directory, made if there is none, in this process and without a server.

    See `roarbase.embedded.open_database`, and docs/embedded.md.
    """
    # Only now: whoever imports roarbase for its client or its command line needs no engine.
    database: Database = importlib.import_module("roarbase.embedded").open_database(
        path,
        memory_limit_bytes=memory_limit_bytes,
        kernel_cache_dir=kernel_cache_dir,
        view_expiry_seconds=view_expiry_seconds,
    )
    return database
