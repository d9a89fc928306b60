"""About how much memory a write takes once it is stored."""

from collections.abc import Sequence

from roarbase.engine.edits import StoreRow, TellingBatch, Write, steps_of
from roarbase.engine.storage.entries import StoreRowEntry, WriteEntry
from roarbase.engine.tables.applying import steps_of_entry
from roarbase.engine.tables.position_sets import count_positions
from roarbase.model.batch import Batch, KeyedRows, NumberColumn, SetColumn
from roarbase.model.encoded_texts import EncodedTexts

__all__ = ["estimate_bytes", "found_bytes"]

_KEY_BYTES = 36
"""What a key takes beside its text: where that lies, a slot of a hash map, and some room to grow."""

_STAMP_BYTES = 8
"""What it takes to keep when a record got one row."""

_CODE_BYTES = 4
"""What one more row of many records takes at most, while there are planes for it."""


def estimate_bytes(write: Write) -> int:
    """What is known before any record is looked for: arrays and new keys. What deletes and clears takes nothing."""
    size = 0
    for step in steps_of(write):
        if isinstance(step, (Batch, TellingBatch)):
            size += _batch_bytes(step if isinstance(step, Batch) else step.batch)
        elif isinstance(step, StoreRow) and isinstance(step.row, str):
            size += _keys_bytes((step.row,))
    return size


def found_bytes(entry: WriteEntry) -> int:
    """What comes on top, once the records of edits are found."""
    stored = (step for step in steps_of_entry(entry) if isinstance(step, StoreRowEntry))
    return sum(_CODE_BYTES * count_positions(step.positions) for step in stored)


def _batch_bytes(batch: Batch) -> int:
    size = batch.ids.nbytes if batch.ids is not None else _keys_bytes(batch.keys or ())
    for column in batch.columns:
        if isinstance(column, NumberColumn):
            size += column.values.nbytes
            continue
        rows = column.rows
        size += rows.codes.nbytes + _keys_bytes(rows.keys) if isinstance(rows, KeyedRows) else rows.nbytes
        if isinstance(column, SetColumn) and column.times is not None:
            size += _STAMP_BYTES * int(column.offsets[-1])
    return size


def _keys_bytes(keys: Sequence[str]) -> int:
    if isinstance(keys, EncodedTexts):
        return keys.blob.nbytes + _KEY_BYTES * len(keys)
    return len("".join(keys).encode("utf-8", "surrogatepass")) + _KEY_BYTES * len(keys)
