"""SHOW TABLES, SHOW FIELDS and SHOW COLUMNS, and their answers in the form of June 2022."""

from collections.abc import Iterable

from sqlglot.tokenizer_core import Token

from roarbase.model.fields import FieldSpec, TableSpec
from roarbase.model.results import DataType, ResultColumn, ResultTable
from roarbase.model.schema import Schema
from roarbase.query.program import ShowFields, ShowTables, Step
from roarbase.query.sql.names import find_table
from roarbase.query.sql.source import Source, shown
from roarbase.query.sql.words import Words

__all__ = ["read_show", "render_fields", "render_tables"]


def read_show(source: Source, tokens: list[Token], schema: Schema) -> Step:
    """The step of a SHOW statement.

    Raises:
        StatementError: The table is not there, or something else is to be shown.
    """
    words = Words(source, tokens)
    words.expect("SHOW")
    if words.take("TABLES"):
        words.expect_end()
        return ShowTables()
    if words.take("FIELDS") or words.take("COLUMNS"):
        words.expect("FROM")
        offset, name = words.take_name("a table")
        words.expect_end()
        return ShowFields(find_table(source, schema, name, offset))
    rest = words.rest()
    if rest is None:
        raise source.syntax_error(len(source.text), "expected TABLES, FIELDS or COLUMNS after SHOW")
    raise source.error(rest.start, f"SHOW {shown(rest.text)} is not supported yet")


def render_tables(names: Iterable[str]) -> ResultTable:
    """The answer to SHOW TABLES: the names in order."""
    return ResultTable(columns=(_strings("Table", sorted(names)),))


def render_fields(table: TableSpec) -> ResultTable:
    """The answer to SHOW FIELDS: names in order, and how each field is kept.

    >>> from roarbase.model.fields import FieldType
    >>> species = FieldSpec(name="species", type=FieldType.MUTEX, is_keyed=True)
    >>> garden = FieldSpec(name="garden", type=FieldType.INT, foreign_index="gardens")
    >>> render_fields(TableSpec(id="", name="t", fields={"species": species, "garden": garden})).columns[1].cells
    ['foreign-int', 'keyed-mutex']
    """
    fields = [table.fields[name] for name in sorted(table.fields)]
    return ResultTable(
        columns=(_strings("Field", [f.name for f in fields]), _strings("Type", [_type_text(f) for f in fields]))
    )


def _type_text(field: FieldSpec) -> str:
    return f"{'keyed-' if field.is_keyed else ''}{'foreign-' if field.foreign_index else ''}{field.type}"


def _strings(name: str, cells: list[str]) -> ResultColumn:
    return ResultColumn(name=name, type=DataType.STRING, cells=cells)
