"""What Referred and Referring have in common: which values of a field name which records."""

from collections.abc import Iterable, Iterator

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, Mask, UInt64s
from roarbase.engine.buffers.bits import new_words, set_bits
from roarbase.engine.kernels.port import SHARD_POSITIONS, WORD_BITS
from roarbase.engine.names.record_ids import RecordIds
from roarbase.engine.names.row_names import KeyRows
from roarbase.engine.operators.scan import Scan, describe
from roarbase.engine.operators.selection import Selection
from roarbase.engine.tables.fields import Field, ReferenceField, RowField
from roarbase.errors import BadRequest

__all__ = [
    "Names",
    "add_positions",
    "are_selected",
    "check_names",
    "empty_words",
    "find",
    "ids_of_numbers",
    "names_of",
    "piecewise",
]

Names = UInt64s | list[str]
"""Ids or keys of records."""

_AT_ONCE = 2**16
"""Names looked up between two glances at the clock."""


def check_names(field: Field, named: Scan) -> None:
    """Raise BadRequest if the values of a field cannot name the records of a table."""
    kind = named.table.kind
    is_reference = isinstance(field, ReferenceField)
    has_keys = is_reference or (isinstance(field, RowField) and isinstance(field.names, KeyRows))
    # The rows of a keyed field have ids, too.
    if kind is None or (has_keys if kind else not is_reference):
        return
    known = "keys" if kind else "ids"
    raise BadRequest(
        f"field {field.spec.name!r} is {describe(field.spec)}: it names no records of table {named.table.name!r}, "
        f"which are known by {known}",
        field=field.spec.name,
    )


def names_of(field: RowField | ReferenceField, values: Int64s, named: Scan) -> Names:
    """What rows (by code) or references (by number) name in a table: ids, or in a keyed one keys."""
    if isinstance(field, ReferenceField):
        return field.target.keys.keys_at(values)
    if named.table.kind:
        return [str(row) for row in field.names.names(values)]
    return field.names.row_ids(values)


def ids_of_numbers(numbers: Int64s) -> UInt64s:
    """Numbers as ids. Those below 0 become 2^64-1, which no record has."""
    return np.where(numbers >= 0, numbers, -1).astype(np.uint64)


def find(named: Scan, names: Names) -> Int64s:
    """The positions of the records of a table with these ids or keys, -1 for none."""
    records = named.table.records
    if isinstance(records, RecordIds):
        assert not isinstance(names, list)
        return records.find(names)
    assert records is not None
    assert isinstance(names, list)
    return records.find(names)


def are_selected(named: Scan, names: Names, selection: Selection) -> Mask:
    """Which names are those of selected records of a table."""
    positions = find(named, names)
    found = positions >= 0
    found[found] = selection.has(positions[found])
    return found


def empty_words(scan: Scan) -> UInt64s:
    """A bitmap of all positions of the table, without a bit."""
    return new_words(len(scan.table.extents) * SHARD_POSITIONS)


def add_positions(scan: Scan, words: UInt64s, pieces: Iterable[Int64s]) -> None:
    """Set the bits of these positions; -1, and what is behind the end, is passed over."""
    for positions in pieces:
        scan.budget.check()
        set_bits(words, positions[(positions >= 0) & (positions < len(words) * WORD_BITS)])


def piecewise(values: Int64s) -> Iterator[Int64s]:
    """A few values at a time."""
    return (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))
