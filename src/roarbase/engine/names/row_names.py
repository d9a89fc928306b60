"""The rows of one field: what callers name them, and the dense codes that columns keep.

Three kinds: ids of an unkeyed field, keys of a keyed one, True and False of a bool field.
Whoever asks for "row order" means ascending row id: for keyed fields, order of first use.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, UInt64s
from roarbase.engine.buffers.pieces import Image, Pieces, no_pieces
from roarbase.engine.kernels.maps.port import HasMaps
from roarbase.engine.names.numbered import NumberedIds, NumberedKeys
from roarbase.engine.plan import RowName
from roarbase.errors import BadRequest
from roarbase.model.fields import MAXIMUM_ID, FieldSpec, FieldType
from roarbase.model.results import DataType

__all__ = ["BoolRows", "IdRows", "KeyRows", "RowNames", "rows_for"]


class RowNames(Protocol):
    """Rows and codes, both ways."""

    type: DataType
    """The type of one row in a result."""

    @property
    def nbytes(self) -> int: ...

    def __len__(self) -> int:
        """How many rows have a code."""
        ...

    def check(self, spec: FieldSpec, row: RowName) -> None:
        """Raise BadRequest if the row is not of the field's kind."""
        ...

    def find(self, rows: Sequence[RowName]) -> Int64s:
        """The code of each row (checked before), or -1."""
        ...

    def find_one(self, row: RowName) -> int:
        """The same of one row."""
        ...

    def names(self, codes: Int64s) -> list[RowName]:
        """What callers name these rows."""
        ...

    def row_ids(self, codes: Int64s) -> UInt64s:
        """The row ids of these codes."""
        ...

    def codes_of_ids(self, row_ids: UInt64s) -> Int64s:
        """The codes of row ids that a write brings, made where they are new."""
        ...

    def known_codes(self, row_ids: UInt64s) -> Int64s:
        """The codes of row ids, or -1 for those that no write brought yet."""
        ...

    def image(self, first: int, stop: int) -> Image:
        """What a snapshot keeps of the rows with these codes: what a code stands for never changes."""
        ...

    def load(self, pieces: Pieces) -> None:
        """Give the next codes to the rows that an image told of."""
        ...

    def row_id_or_none(self, row: RowName) -> int | None:
        """The row id of a row (checked before); None if there is none: a key that no write brought."""
        ...


class IdRows:
    """Rows of an unkeyed field: ids from 0 to 2^64-2."""

    type = DataType.UINT64

    def __init__(self, kernels: HasMaps) -> None:
        self._index = NumberedIds(kernels)

    @property
    def nbytes(self) -> int:
        return self._index.nbytes

    def __len__(self) -> int:
        return len(self._index)

    def check(self, spec: FieldSpec, row: RowName) -> None:
        if isinstance(row, bool) or not isinstance(row, int):
            raise BadRequest(
                f"field {spec.name!r} is an unkeyed {spec.type} field: its rows are ids such as 3, not {row!r}",
                field=spec.name,
            )
        if row < 0:
            raise BadRequest(f"field {spec.name!r} has no row {row}: row ids begin at 0", field=spec.name)

    def find(self, rows: Sequence[RowName]) -> Int64s:
        ids = [int(row) for row in rows]
        fitting = [row for row in ids if row <= MAXIMUM_ID]
        found = self._index.find(np.array(fitting, np.uint64))
        if len(fitting) == len(ids):
            return found
        codes = np.full(len(ids), -1, np.int64)
        codes[[row <= MAXIMUM_ID for row in ids]] = found
        return codes

    def find_one(self, row: RowName) -> int:
        return self._index.find_one(int(row)) if int(row) <= MAXIMUM_ID else -1

    def names(self, codes: Int64s) -> list[RowName]:
        names: list[RowName] = self._index.ids_at(codes).tolist()
        return names

    def row_ids(self, codes: Int64s) -> UInt64s:
        return self._index.ids_at(codes)

    def codes_of_ids(self, row_ids: UInt64s) -> Int64s:
        return self._index.add(row_ids)

    def known_codes(self, row_ids: UInt64s) -> Int64s:
        return self._index.find(row_ids)

    def image(self, first: int, stop: int) -> Image:
        return self._index.image(first, stop)

    def load(self, pieces: Pieces) -> None:
        self._index.load(pieces)

    def row_id_or_none(self, row: RowName) -> int | None:
        return int(row) if int(row) <= MAXIMUM_ID else None


class KeyRows:
    """Rows of a keyed field: strings; the row id is the key's number plus one."""

    type = DataType.STRING

    def __init__(self, kernels: HasMaps) -> None:
        self.keys = NumberedKeys(kernels)

    @property
    def nbytes(self) -> int:
        return self.keys.nbytes

    def __len__(self) -> int:
        return len(self.keys)

    def check(self, spec: FieldSpec, row: RowName) -> None:
        if not isinstance(row, str):
            raise BadRequest(
                f"field {spec.name!r} is a keyed {spec.type} field: its rows are strings, not {row!r}", field=spec.name
            )

    def find(self, rows: Sequence[RowName]) -> Int64s:
        return self.keys.find([str(row) for row in rows])

    def find_one(self, row: RowName) -> int:
        return int(self.keys.find([str(row)])[0])

    def names(self, codes: Int64s) -> list[RowName]:
        return [*self.keys.keys_at(codes)]

    def row_ids(self, codes: Int64s) -> UInt64s:
        return (codes + 1).astype(np.uint64)

    def codes_of_ids(self, row_ids: UInt64s) -> Int64s:
        return row_ids.astype(np.int64) - 1

    def known_codes(self, row_ids: UInt64s) -> Int64s:
        return self.codes_of_ids(row_ids)

    def image(self, first: int, stop: int) -> Image:
        return self.keys.image(first, stop)

    def load(self, pieces: Pieces) -> None:
        self.keys.load(pieces)

    def row_id_or_none(self, row: RowName) -> int | None:
        code = self.find_one(row)
        return code + 1 if code >= 0 else None


class BoolRows:
    """Rows of a bool field: False is row 0, True is row 1."""

    type = DataType.BOOL
    nbytes = 0

    def __len__(self) -> int:
        return 2

    def check(self, spec: FieldSpec, row: RowName) -> None:
        if not isinstance(row, bool):
            raise BadRequest(
                f"field {spec.name!r} is a bool field: ask for true or false, not {row!r}", field=spec.name
            )

    def find(self, rows: Sequence[RowName]) -> Int64s:
        return np.array([int(row) for row in rows], np.int64)

    def find_one(self, row: RowName) -> int:
        return int(row)

    def names(self, codes: Int64s) -> list[RowName]:
        names: list[RowName] = (codes == 1).tolist()
        return names

    def row_ids(self, codes: Int64s) -> UInt64s:
        return codes.astype(np.uint64)

    def codes_of_ids(self, row_ids: UInt64s) -> Int64s:
        return row_ids.astype(np.int64)

    def known_codes(self, row_ids: UInt64s) -> Int64s:
        return self.codes_of_ids(row_ids)

    def image(self, first: int, stop: int) -> Image:  # noqa: ARG002 (their names are known)
        return no_pieces

    def load(self, pieces: Pieces) -> None:
        pass

    def row_id_or_none(self, row: RowName) -> int | None:
        return int(row)


def rows_for(spec: FieldSpec, kernels: HasMaps) -> RowNames:
    """The names for the rows of a new field."""
    if spec.type is FieldType.BOOL:
        return BoolRows()
    return KeyRows(kernels) if spec.is_keyed else IdRows(kernels)
