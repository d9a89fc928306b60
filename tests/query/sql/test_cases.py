"""The case files: statements of SQL and what they compile to.

A case is a statement, what it means, and an empty line. What it means is the plan without the
members at their defaults (the table in front if it is not `flowers`), a line per finishing step
but the last, and `=` with the columns of the answer; or `!` and an error. Lines that begin with
`#` are for the reader; `\\n`, `\\t` and `\\0` in a statement stand for those characters.
"""

from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path

import pytest

from roarbase.errors import StatementError
from roarbase.model.results import DataType
from roarbase.query.program import AskData, DropTable, Finish, ShowFields, Step
from roarbase.query.sql import compile_sql
from roarbase.query.sql.finish import KeepRows, ShapeColumns
from roarbase.query.sql.form import header
from roarbase.query.sql.tree import And, Condition, Constant, IsNull, Like, OneOf, Or, Ordered
from tests.query.sql.schema import SCHEMA

FOLDER = Path(__file__).parents[2] / "cases" / "sql"


def cases(text: str) -> Iterator[tuple[str, list[str]]]:
    """Statement and meaning of each case in the text of a file."""
    for block in text.split("\n\n"):
        lines = [line for line in block.splitlines() if not line.startswith("#")]
        if lines:
            yield lines[0].replace("\\n", "\n").replace("\\t", "\t").replace("\\0", "\0"), lines[1:]


def meaning(statement: str) -> list[str]:
    """What a statement compiles to, as the files say it."""
    try:
        program = compile_sql(statement, SCHEMA)
    except StatementError as error:
        place = f"{error.line}:{error.column}"
        has_place = error.message.startswith((f"[{place}] ", f"{place}: "))
        return [f"! {error.message}" if has_place else f"! without its place {place}: {error.message}"]
    return [line for step in program for line in _step(step)] or ["nothing"]


def _step(step: Step) -> list[str]:
    if isinstance(step, AskData):
        table = "" if step.table.name == "flowers" else f"{step.table.name}: "
        return [table + brief(step.plan), *map(_finish, step.finish)]
    return [f"{type(step).__name__} {step.table.name}" if isinstance(step, ShowFields | DropTable) else "ShowTables"]


def _finish(finish: Finish) -> str:
    if isinstance(finish, ShapeColumns):
        columns = [
            f"{c.at} {c.name}: {c.type}{f'({c.scale})' if c.type == DataType.DECIMAL else ''}" for c in finish.columns
        ]
        return f"= {', '.join(columns)}"
    return f"KeepRows({_condition(finish.condition)})" if isinstance(finish, KeepRows) else brief(finish)


def _condition(condition: Condition) -> str:
    negation = "not " if getattr(condition, "is_negated", False) else ""
    match condition:
        case And(inputs):
            return f"({' and '.join(map(_condition, inputs))})"
        case Or(inputs):
            return f"({' or '.join(map(_condition, inputs))})"
        case OneOf(operand, values):
            return f"{header(operand)} {negation}in [{', '.join(map(str, values))}]"
        case Ordered(operand, operator, value):
            return f"{header(operand)} {operator} {value}"
        case Like(operand, pattern):
            return f"{header(operand)} {negation}like {pattern}"
        case IsNull(operand):
            return f"{header(operand)} is {negation}null"
        case Constant(value):
            return str(value)
    raise AssertionError(condition)


def brief(value: object) -> str:
    """A node of a plan without the members at their defaults."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(brief, value))}]"
    if not is_dataclass(value):
        return repr(value)
    members = ((f.name, getattr(value, f.name), f.default) for f in fields(value))
    shown = [f"{name}={brief(member)}" for name, member, default in members if default is MISSING or member != default]
    return f"{type(value).__name__}({', '.join(shown)})"


ALL = [(path.stem, *case) for path in sorted(FOLDER.glob("*.txt")) for case in cases(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(("statement", "expected"), [case[1:] for case in ALL], ids=[f"{c[0]}: {c[1]}" for c in ALL])
def test_case(statement: str, expected: list[str]) -> None:
    """A statement compiles to the plan that its case file says, or fails where and as it says."""
    assert meaning(statement) == expected


def test_there_are_cases() -> None:
    """An empty folder would pass everything."""
    assert len(ALL) > 200
