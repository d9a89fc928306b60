"""DuckDB and pyarrow are loaded with the first statement that needs them: 0.3 s and 100 MB that most never need."""

import importlib
import threading

from roarbase.query.sql.later.residue.port import Runner

__all__ = ["runner"]

_lock = threading.Lock()
_runners: list[Runner] = []


def runner() -> Runner:
    """The one that runs residues in this process."""
    with _lock:
        if not _runners:
            _runners.append(importlib.import_module("roarbase.query.sql.later.residue.duck").DuckRunner())
        return _runners[0]
