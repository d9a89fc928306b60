"""Names of tables and fields to what they stand for. Case does not matter."""

from collections.abc import Iterable
from difflib import get_close_matches

from sqlglot import exp

from roarbase.model.fields import TableSpec
from roarbase.model.names import MAXIMUM_LENGTHS
from roarbase.model.schema import Schema
from roarbase.query.sql.dialect import RESERVED
from roarbase.query.sql.kinds import record_type, stored_type_of
from roarbase.query.sql.source import Source, shown
from roarbase.query.sql.tree import Field
from roarbase.query.sql.unsupported import refuse_other_parts

__all__ = ["RECORD_ID", "Scope", "close_names", "find_table", "read_alias"]

RECORD_ID = "_id"


def close_names(name: str, names: Iterable[str]) -> str:
    """A hint to names that look alike, to stand behind an error; empty if there are none.

    >>> close_names("colour", ["color", "size"])
    "; did you mean 'color'?"
    """
    if len(name) > MAXIMUM_LENGTHS["table"]:
        return ""
    close = get_close_matches(name.lower(), list(names), n=3)
    return f"; did you mean {' or '.join(map(repr, close))}?" if close else ""


def find_table(source: Source, schema: Schema, name: str, offset: int) -> TableSpec:
    """The table of a name that stands at `offset`.

    Raises:
        StatementError: There is none.
    """
    table = schema.tables.get(name) or schema.tables.get(name.lower())
    if table is None:
        raise source.error(
            offset, f"table not found: {shown(name)}{close_names(name, schema.tables)}", table=shown(name)
        )
    return table


def read_alias(source: Source, alias: exp.Expr) -> str:
    """The name that an alias gives: as written where it is quoted, else in lower case.

    Raises:
        StatementError: It is a word of the language, as in `select width from flowers group`.
    """
    if alias.args.get("quoted"):
        return alias.name
    if alias.name.upper() in RESERVED:
        raise source.syntax_error(
            int(alias.meta.get("start", 0)), f"unexpected {shown(alias.name)}; quoted, it could be a name"
        )
    return alias.name.lower()


class Scope:
    """What names mean within one SELECT: its table, by name or alias, and the table's fields.

    Attributes:
        beside: What tables that are joined to it are called, in lower case.
    """

    def __init__(self, source: Source, table: TableSpec, alias: str | None) -> None:
        self.source = source
        self.table = table
        self.beside: frozenset[str] = frozenset()
        self._name = alias or table.name

    @property
    def name(self) -> str:
        """The table's alias, or its name."""
        return self._name

    def fields(self) -> tuple[Field, ...]:
        """What `*` means: `_id`, then the fields in the order of their names."""
        specs = [self.table.fields[name] for name in sorted(self.table.fields)]
        return (self._record_id(), *(Field(spec.name, stored_type_of(spec)) for spec in specs))

    def field_or_none(self, name: str) -> Field | None:
        if name.lower() == RECORD_ID:
            return self._record_id()
        spec = self.table.fields.get(name) or self.table.fields.get(name.lower())
        return Field(spec.name, stored_type_of(spec)) if spec is not None else None

    def field(self, column: exp.Column) -> Field:
        """The field that a name, alone or behind the table's, stands for.

        Raises:
            StatementError: No such table here, or no such field in it.
        """
        refuse_other_parts(self.source, column, "this", "table")
        self.check_qualifier(column)
        field = self.field_or_none(column.name)
        if field is None:
            hint = close_names(column.name, [RECORD_ID, *self.table.fields])
            raise self.source.error(
                column.this,
                f"field not found: {shown(column.name)} in table {self.table.name!r}{hint}",
                field=shown(column.name),
            )
        return field

    def check_qualifier(self, column: exp.Column) -> None:
        """Raise if a name stands behind another table than the one of this SELECT."""
        qualifier = column.args.get("table")
        if qualifier is not None and qualifier.name.lower() in self.beside:
            raise self.source.error(
                qualifier, f"columns of {shown(qualifier.name)}, a joined table, are asked for in conditions only"
            )
        if qualifier is not None and qualifier.name.lower() != self._name.lower():
            raise self.source.error(
                qualifier, f"table not found: {shown(qualifier.name)}; the name here is {self._name!r}"
            )

    def _record_id(self) -> Field:
        return Field(RECORD_ID, record_type(self.table))
