"""The columns of a source: names and types in their order, and the place of a name.

Those of a table are worked out once: it may have thousands, and every statement asks for a few of them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from roarbase.model.fields import TableSpec
from roarbase.query.sql.kinds import SqlType, record_type, type_of
from roarbase.query.sql.names import RECORD_ID

__all__ = ["Columns", "columns_of_table"]

_MOST_TABLES = 256


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one source.

    Attributes:
        all: Names and types.
        places: Where the first column of a name stands, by the name in lower case.
    """

    all: tuple[tuple[str, SqlType], ...]
    places: Mapping[str, int]

    @classmethod
    def of(cls, columns: Iterable[tuple[str, SqlType]]) -> "Columns":
        """Of two with one name, the first is found.

        >>> from roarbase.query.sql.kinds import Kind
        >>> Columns.of([("a", SqlType(Kind.INT)), ("A", SqlType(Kind.BOOL))]).places
        {'a': 0}
        """
        known = tuple(columns)
        places: dict[str, int] = {}
        for place, (name, _) in enumerate(known):
            places.setdefault(name.lower(), place)
        return cls(known, places)


class _Itself:
    """A table by what it is, not by what it is like: a table that is changed is described anew."""

    __slots__ = ("table",)

    def __init__(self, table: TableSpec) -> None:
        self.table = table

    def __hash__(self) -> int:
        return id(self.table)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and self.table is other.table


def columns_of_table(table: TableSpec) -> Columns:
    """The columns of a table: `_id`, then its fields in the order in which they were made."""
    return _columns_of_table(_Itself(table))


@lru_cache(maxsize=_MOST_TABLES)
def _columns_of_table(itself: _Itself) -> Columns:
    table = itself.table
    fields = ((name, type_of(spec)) for name, spec in table.fields.items())
    return Columns.of([(RECORD_ID, record_type(table)), *fields])
