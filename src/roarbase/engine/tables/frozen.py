"""A private copy of some fields of a table, for questions that take longer than a write should wait.

The copy is made shard by shard, the lock given back in between, and a watch tells where writes have
changed what was copied already. The last hold of the lock brings these places up to date: the copy is the
table at that moment, and can be asked without any lock.
"""

from collections.abc import Iterable
from copy import copy
from dataclasses import replace
from typing import Any

import numpy as np

from roarbase.engine.buffers.layout import shard_slices
from roarbase.engine.cache.bitmaps import FieldBitmaps
from roarbase.engine.columns.sets import SetColumn
from roarbase.engine.kernels.port import SHARD_POSITIONS
from roarbase.engine.tables.fields import Field, RowField
from roarbase.engine.tables.table import Table

__all__ = ["FrozenCopy", "copied_bytes"]

_SETTLED = 2**16
"""So many places may be brought up to date in the last hold of the lock."""

_IN_SHARD = SHARD_POSITIONS - 1


class FrozenCopy:
    """A copy of a table that holds some of its fields. Every method but `close` is called under the table's lock.

    Attributes:
        table: The copy: to be asked once `settle` says so.
        shards: How many shards there are to copy.
    """

    def __init__(self, source: Table, names: Iterable[str]) -> None:
        self._source = source
        self._fields = {name: source.get_field(name) for name in names}
        self._copied: set[int] = set()
        self._watch = source.watches.open()
        self.shards = len(source.extents)
        self.table = _hollow(source, self._fields)

    def copy_shard(self, shard: int) -> None:
        """Copy one shard of all fields."""
        self.table.exists.copy_shard(self._source.exists, shard)
        for name, field in self._fields.items():
            _column(self.table.fields[name]).copy_shard(_column(field), shard)
        self._copied.add(shard)

    def settle(self, *, is_last: bool) -> bool:
        """Bring up to date what was written to; whether the copy is the table as it is now.

        It is not while very many places were written to: then what is done takes long enough, and is to be repeated.
        """
        touched = self._watch.take()
        for shard, where in shard_slices(touched):
            if shard in self._copied:
                self.table.exists.copy_shard(self._source.exists, shard)
                for name, field in self._fields.items():
                    _column(self.table.fields[name]).copy_at(_column(field), shard, touched[where] & _IN_SHARD)
            else:
                self.copy_shard(shard)
        if len(touched) > _SETTLED and not is_last:
            return False
        self.table.extents = self._source.extents.copy()
        for name, field in self._fields.items():
            _column(self.table.fields[name]).copy_rest(_column(field))
            copied = self.table.fields[name]
            if isinstance(field, RowField) and isinstance(copied, RowField) and field.stamps is not None:
                self.table.fields[name] = replace(copied, loaded_stamps=field.stamps.snapshot())
        return True

    def close(self) -> None:
        """Hear of no more writes."""
        self._source.watches.close(self._watch)

    @property
    def is_whole(self) -> bool:
        """Whether the table and its fields are still there."""
        fields = self._source.fields
        return not self._source.is_dropped and all(fields.get(name) is f for name, f in self._fields.items())


def copied_bytes(field: Field) -> int:
    """How much memory a copy of a field takes: lists are shared, since nobody changes what is in them."""
    column = field.column
    return column.nbytes - (column.overflow.nbytes if isinstance(column, SetColumn) else 0)


def _hollow(source: Table, fields: dict[str, Field]) -> Table:
    """The table without its records and values; names are shared, since what they say of a number never changes."""
    table = copy(source)
    table.exists = source.exists.hollow()
    table.extents = np.zeros(0, np.int64)
    table.fields = {}
    for name, field in fields.items():
        column = _column(field).hollow(table.exists)
        table.fields[name] = replace(field, loaded=column, bitmaps=FieldBitmaps(field.bitmaps.kernels))
    return table


def _column(field: Field) -> Any:
    """The column of a field; those of a field and of its copy are of one class."""
    return field.column
