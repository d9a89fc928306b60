"""One run of a plan on a table, under the table's shared lock."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.plain.arrays import Int64s, Mask
from roarbase.engine.plain.field import Field, NumberField, RowField
from roarbase.engine.plain.names.id_index import IdIndex
from roarbase.engine.plain.names.key_map import KeyMap
from roarbase.engine.plain.operators.ordering import order_of
from roarbase.engine.plain.table import Table
from roarbase.errors import BadRequest
from roarbase.model.budget import Budget
from roarbase.model.fields import FieldSpec
from roarbase.model.results import DataType, Result

__all__ = ["Finish", "Scan", "check_window", "describe"]

Finish = Callable[[], Result]
"""What an operator gives back: makes the result of what was gathered, once the lock is given back.

It looks at no column, since these may have changed by then. It may ask for names (ids and keys) of
the records and rows that it gathered: these never change once they are written.
"""


@dataclass(frozen=True, slots=True)
class Scan:
    """What every operator needs: the table, and what may be spent."""

    table: Table
    budget: Budget

    @property
    def size(self) -> int:
        """The length of every mask."""
        return len(self.table)

    @property
    def record_type(self) -> DataType:
        """The type of `_id` in a result."""
        return DataType.STRING if self.table.is_keyed else DataType.UINT64

    def field(self, name: str) -> Field:
        """The field of that name, of any type; ResourceNotFound if there is none."""
        return self.table.get_field(name)

    def number_field(self, name: str, asked: str) -> NumberField:
        """The field of that name, if it holds numbers; `asked` says what needs it so."""
        field = self.table.get_field(name)
        if isinstance(field, NumberField):
            return field
        raise BadRequest(
            f"field {name!r} is {describe(field.spec)}: {asked} needs an int, decimal or timestamp field", field=name
        )

    def row_field(self, name: str, asked: str) -> RowField:
        """The field of that name, if it has rows; `asked` says what needs it so."""
        field = self.table.get_field(name)
        if isinstance(field, RowField):
            return field
        raise BadRequest(
            f"field {name!r} is {describe(field.spec)}: {asked} needs a set, mutex, time or bool field", field=name
        )

    def positions_of(self, records: Iterable[int | str]) -> Int64s:
        """The positions of those records that exist, ascending.

        Raises:
            BadRequest: An id in a keyed table, a key in another, or a negative id.
        """
        known = self.table.records
        asked = [*records]
        if known is None:
            return np.zeros(0, np.int64)
        positions = _find(known, asked, self.table.name)
        positions = np.unique(positions[positions >= 0])
        return positions[self.table.exists.take(positions)]

    def record_order(self, positions: Int64s) -> NDArray[np.int64] | NDArray[np.uint64]:
        """A sort key for the order of records: the id, or in a keyed table the position."""
        records = self.table.records
        if isinstance(records, IdIndex) and not records.is_rising:
            return records.ids_at(positions)
        return positions

    def in_order(self, among: Mask, *, start: int = 0, stop: int | None = None) -> Int64s:
        """The positions of these records in order of record, from number `start` to `stop` of them."""
        positions = np.flatnonzero(among)
        keys = self.record_order(positions)
        if keys is positions:
            return positions[start:stop]
        return positions[order_of([keys], stop)][start:]


def check_window(limit: int | None, offset: int) -> None:
    """Raise BadRequest unless limit and offset are counts."""
    for name, count in (("limit", limit), ("offset", offset)):
        if count is not None and count < 0:
            raise BadRequest(f"{name} is {count}: it must be 0 or more")


def describe(spec: FieldSpec) -> str:
    """A field's type with its article, for messages."""
    words = f"keyed {spec.type}" if spec.is_keyed else str(spec.type)
    return f"an {words}" if words == "int" else f"a {words}"


def _find(known: IdIndex | KeyMap, records: list[int | str], table: str) -> Int64s:
    if isinstance(known, KeyMap):
        keys = [record for record in records if isinstance(record, str)]
        if len(keys) < len(records):
            wrong = next(record for record in records if not isinstance(record, str))
            raise BadRequest(f"table {table!r} knows its records by keys: ask for a string, not {wrong!r}")
        return known.find(keys)
    ids = []
    for record in records:
        if isinstance(record, (str, bool)):
            raise BadRequest(f"table {table!r} knows its records by ids: ask for a number, not {record!r}")
        if record < 0:
            raise BadRequest(f"there is no record {record}: record ids begin at 0")
        if record < 2**64:
            ids.append(record)
    return known.find(np.array(ids, np.uint64))
