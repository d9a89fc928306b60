"""What SHOW TABLES and SHOW FIELDS answer."""

from roarbase.model.results import DataType, ResultTable
from roarbase.query.sql import render_fields, render_tables
from tests.query.sql.schema import SCHEMA


def cells(table: ResultTable) -> dict[str, list[object]]:
    """The columns of an answer, each of strings."""
    assert {column.type for column in table.columns} == {DataType.STRING}
    return {column.name: list(column.cells) for column in table.columns}


def test_tables_come_in_order() -> None:
    """One column, by name."""
    assert cells(render_tables(["b", "a-2", "a"])) == {"Table": ["a", "a-2", "b"]}
    assert cells(render_tables([])) == {"Table": []}


def test_fields_come_in_order_with_how_they_are_kept() -> None:
    """Types are kinds of storage, with a prefix where rows have keys; `_id` is no field."""
    assert cells(render_fields(SCHEMA.tables["flowers"])) == {
        "Field": ["colors", "grower", "petals", "plots", "species", "width", "wild"],
        "Type": ["keyed-set", "mutex", "int", "set", "keyed-mutex", "decimal", "bool"],
    }
    assert cells(render_fields(SCHEMA.tables["garden-sheds"]))["Type"] == [
        "timestamp",
        "int",
        "int",
        "bool",
        "keyed-time",
        "time",
    ]
    assert cells(render_fields(SCHEMA.tables["undecided"])) == {"Field": [], "Type": []}
