"""The reference of functions, aggregates and constraints, written from their tables into docs/sql.md by `make docs`."""

from decimal import Decimal

from roarbase.model.results import DataType
from roarbase.model.schema import Schema
from roarbase.model.timestamps import timestamp_text
from roarbase.query.program import Tell
from roarbase.query.sql.kinds import Kind
from roarbase.query.sql.later.binding.aggregates import AGGREGATES
from roarbase.query.sql.later.binding.functions.function import Function
from roarbase.query.sql.later.binding.functions.table import FUNCTIONS
from roarbase.query.sql.later.binding.windows import WINDOW_FUNCTIONS
from roarbase.query.sql.later.catalog import Catalog
from roarbase.query.sql.later.compiler import compile_later_sql
from roarbase.query.sql.later.statements.definitions import CONSTRAINTS

__all__ = ["BEGIN", "END", "renew"]

BEGIN = "<!-- functions: written by `make docs` -->"
END = "<!-- end of functions -->"


def renew(page: str) -> str:
    """The page with all functions described between its two marks, as their tables are now."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{_constraints()}\n{_aggregates()}\n{_windows()}\n{_functions()}\n{END}{after}"


def _constraints() -> str:
    lines = ["| constraint | of columns of the types |", "|---|---|"]
    lines += [f"| `{word}` | {', '.join(f'`{k}`' for k in kinds)} |" for word, (kinds, _) in CONSTRAINTS.items()]
    return "\n".join([*lines, ""])


def _aggregates() -> str:
    lines = ["| aggregate | arguments | takes | gives |", "|---|---|---|---|"]
    for name, (count, (kinds, _), gives) in sorted(AGGREGATES.items()):
        takes = "a column of any type, or `*`" if name == "count" else ", ".join(f"`{kind}`" for kind in kinds)
        lines.append(f"| `{name}` | {count} | {takes} | {f'`{gives}`' if gives else 'the type of its argument'} |")
    return "\n".join([*lines, ""])


def _windows() -> str:
    lines = ["| over a window | arguments | gives |", "|---|---|---|"]
    for name, (least, most, sentence) in sorted(WINDOW_FUNCTIONS.items()):
        lines.append(f"| `{name}` | {least if least == most else f'{least} to {most}'} | {sentence} |")
    return "\n".join([*lines, ""])


def _functions() -> str:
    lines = ["| function | gives | what | example | is |", "|---|---|---|---|---|"]
    lines += [_function(function) for _, function in sorted(FUNCTIONS.items())]
    return "\n".join([*lines, ""])


def _function(function: Function) -> str:
    return (
        f"| `{function.name}` | `{function.gives}` | {function.sentence} | "
        f"`{function.example}` | {_answer(function.example)} |"
    )


def _answer(example: str) -> str:
    """What an example is worth; one that asks columns or tables, or stands in INSERT only, is not worked out."""
    if any(word in example for word in ("colors", "tuple", "flowers")):
        return ""
    (step,) = compile_later_sql(f"select {example}", Catalog(schema=Schema()))
    assert isinstance(step, Tell)
    column = step.result.table().columns[0]
    if column.sql_type == Kind.TIMESTAMP:
        return f"`'{timestamp_text(column.cells[0], column.scale)}'`"  # type: ignore[arg-type]
    if column.type is DataType.DECIMAL:
        return f"`{Decimal(column.cells[0]).scaleb(-column.scale)}`"  # type: ignore[arg-type]
    return f"`{column.cells[0]!r}`"
