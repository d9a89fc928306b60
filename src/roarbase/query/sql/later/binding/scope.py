"""What names mean within one SELECT: its sources, and around a subquery those of the query outside."""

from dataclasses import dataclass, field

from msgspec import Struct

from roarbase.errors import StatementError
from roarbase.query.sql.later.binding.columns import Columns
from roarbase.query.sql.later.catalog import Catalog
from roarbase.query.sql.later.syntax import Reference
from roarbase.query.sql.later.tree import Column
from roarbase.query.sql.names import close_names
from roarbase.query.sql.source import Source

__all__ = ["Binding", "Named", "Scope"]

_MOST_SOURCES = 500
_MOST_QUERIES = 25
_MOST_DEEP = 250
"""Python reads on up to a thousand calls deep, of which each level takes three."""


@dataclass(slots=True)
class Binding:
    """What one statement is bound with.

    Attributes:
        now_ns: The moment that `current_timestamp` means everywhere in the statement.
        views: The views that are being read, outermost first: one cannot be in itself.
        sources: How many sources were numbered.
        depth: How many expressions, or combined queries, are around what is being bound.
        momentary: What was read that the next statement of the same text may find otherwise.
    """

    text: Source
    catalog: Catalog
    now_ns: int
    nesting: int = 100
    views: tuple[str, ...] = ()
    depth: int = 0
    sources: list[int] = field(default_factory=list)
    momentary: list[str] = field(default_factory=list)

    def number_source(self, at: int) -> int:
        """A number that no other source of the statement has. Views may double with each level: there is an end."""
        self.sources.append(len(self.sources))
        if len(self.sources) > _MOST_SOURCES:
            raise self.error(at, f"more than {_MOST_SOURCES} tables and queries are read here, those in views included")
        return self.sources[-1]

    def go_deeper(self, at: int) -> None:
        """Count one level more, or raise: what walks expressions later could not go as deep."""
        self.depth += 1
        if self.depth > _MOST_DEEP:
            raise self.error(
                at, f"more than {_MOST_DEEP} operators, functions or queries are inside of each other here"
            )

    def error(self, at: int, message: str, **values: object) -> StatementError:
        """The error of a statement that means nothing, to be raised by the caller."""
        return self.text.error(at, message, **values)


class Named(Struct, frozen=True, kw_only=True):
    """A source by the names it is called: its alias, and its table's."""

    number: int
    names: tuple[str, ...]
    columns: Columns

    def column_or_none(self, name: str) -> Column | None:
        """The column of a name, in any case."""
        place = self.columns.places.get(name)
        if place is None:
            return None
        known, kind = self.columns.all[place]
        return Column(kind, self.number, place, known)


class Scope:
    """The sources of a SELECT in the order of its text. A name alone means the first that has it."""

    def __init__(self, binding: Binding, outer: "Scope | None" = None) -> None:
        self._binding = binding
        self._outer = outer
        self.sources: list[Named] = []
        self._queries = 0

    def add(self, source: Named, at: int) -> None:
        """Make a source known. Raises StatementError if another one has its name."""
        if any(source.names[:1] == other.names[:1] for other in self.sources if source.names):
            raise self._binding.error(at, f"table or alias '{source.names[0]}' is named twice")
        self.sources.append(source)

    def add_query(self, at: int) -> None:
        """Count a query in an expression, or raise: of many, DuckDB takes minutes to plan how they are answered."""
        self._queries += 1
        if self._queries > _MOST_QUERIES:
            raise self._binding.error(at, f"more than {_MOST_QUERIES} queries stand in expressions of one SELECT")

    def find(self, reference: Reference) -> Column:
        """The column that a name means.

        Raises:
            StatementError: There is none.
        """
        found = self._find_or_none(reference)
        if found is not None:
            return found
        if reference.table is not None and not any(s for s in self._around() if reference.table in s.names):
            raise self._binding.error(reference.at, f"table or view '{reference.table}' not found")
        known = [name for source in self._around() for name, _ in source.columns.all]
        hint = close_names(reference.name, known)
        shown = reference.name if len(reference.name) < 300 else reference.name[:300] + "…"
        raise self._binding.error(reference.at, f"column '{shown}' not found{hint}", field=shown)

    def of_table(self, at: int, name: str | None) -> list[Named]:
        """The sources that `*` or `name.*` stands for."""
        found = [source for source in self.sources if name is None or name in source.names]
        if not found:
            what = "no table to take '*' from" if name is None else f"table or view '{name}' not found"
            raise self._binding.error(at, what)
        return found[:1] if name is not None else found

    def is_own(self, column: Column) -> bool:
        """Whether a column is of this SELECT, not of one around it."""
        return any(source.number == column.source for source in self.sources)

    def is_outer(self, column: Column) -> bool:
        """Whether a column is of a SELECT around this one."""
        return self._outer is not None and any(source.number == column.source for source in self._outer._around())

    def _find_or_none(self, reference: Reference) -> Column | None:
        name, table = reference.name, reference.table
        found = [source for source in self.sources if table is None or source.names[:1] == (table,)]
        if table is not None:  # by what it is called here, or else by the name of its table
            found += [source for source in self.sources if table in source.names]
        for source in found:
            if (column := source.column_or_none(name)) is not None:
                return column
        return self._outer._find_or_none(reference) if self._outer is not None else None

    def _around(self) -> list[Named]:
        return self.sources + (self._outer._around() if self._outer is not None else [])
