"""The table that an int field refers to, as the field knows it: its record keys and their numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from roarbase.engine.buffers.arrays import Int64s
from roarbase.engine.names.record_keys import RecordKeys
from roarbase.engine.plan import RowName
from roarbase.errors import BadRequest
from roarbase.model.fields import FieldSpec

__all__ = ["Target"]


@dataclass(frozen=True, slots=True)
class Target:
    """The keys of records, and the numbers that stand for them in a field that refers to them.

    A number is good for as long as a field holds it: a deleted record's key keeps its number, so that
    what referred to it still tells whom it meant.

    Attributes:
        table: The uuid of the table, whose lock is held by whoever looks up or adds a key.
    """

    table: str
    keys: RecordKeys

    def check(self, spec: FieldSpec, row: RowName) -> str:
        """The key itself.

        Raises:
            BadRequest: It is no string.
        """
        if isinstance(row, str):
            return row
        raise BadRequest(
            f"field {spec.name!r} refers to the records of table {spec.foreign_index!r} by their keys: "
            f"ask for a string, not {row!r}",
            field=spec.name,
        )

    def find(self, spec: FieldSpec, rows: Sequence[RowName]) -> Int64s:
        """The numbers of those keys that are known.

        Raises:
            BadRequest: One of them is no string.
        """
        numbers = self.keys.find([self.check(spec, row) for row in rows])
        return numbers[numbers >= 0]
