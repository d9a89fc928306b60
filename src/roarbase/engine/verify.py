"""Verification of an engine that nobody has open: it is started, and what writes maintain is worked out again."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from roarbase.engine.bitmap_state import BitmapState
from roarbase.engine.local import open_local_engine
from roarbase.engine.plan import All, Count
from roarbase.engine.storage.file_store import FileStore
from roarbase.engine.storage.segment import first_sequence_or_none
from roarbase.errors import OperatorError
from roarbase.model.budget import Budget
from roarbase.model.results import CountResult

__all__ = ["Verified", "verify_engine"]

_UNLIMITED_BYTES = 1 << 62


@dataclass(frozen=True, kw_only=True, slots=True)
class Verified:
    """What was found in one engine: how much, and a sentence for each difference."""

    tables: int
    records: int
    differences: tuple[str, ...]


def verify_engine(directory: Path, store: FileStore, make_state: Callable[[], BitmapState] = BitmapState) -> Verified:
    """Open the engine of a directory, compare, and close it.

    As at every opening, a torn tail of its log is cut, which nobody was told is kept. Nothing else is changed.

    Raises:
        OperatorError: There is no engine in the directory, it is in use, or the disk refuses.
        LogDamaged: A file of the log is not what was written.
    """
    try:
        is_there = any(first_sequence_or_none(name) is not None for name in store.list_names(directory))
    except OSError as error:
        raise OperatorError(f"{directory} cannot be read: {error.strerror}", directory=str(directory)) from None
    if not is_there:
        raise OperatorError(f"{directory} holds no data of Roarbase", directory=str(directory))
    state = make_state()
    engine = open_local_engine(directory, store, lambda: state, _UNLIMITED_BYTES)
    try:
        tables = engine.schema().tables.values()
        counts = [engine.run(table.id, Count(input=All()), Budget()) for table in tables]
        return Verified(
            tables=len(counts),
            records=sum(count.count for count in counts if isinstance(count, CountResult)),
            differences=tuple(state.verify()),
        )
    finally:
        engine.close()
