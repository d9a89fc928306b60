"""The case files: statements of PQL and what they compile to.

A case is a statement, what it means, and an empty line. What it means is one line per step (its
plan without the members at their defaults, the table in front if it is not `birds`, the finishing
functions behind), or `! line:column message`. Lines that begin with `#` are for the reader; `\\n`, `\\t`
and `\\r` in a statement stand for a line feed, a tab and a carriage return.
"""

from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from roarbase.errors import StatementError
from roarbase.query.pql import compile_pql
from roarbase.query.program import AskData, ChangeData, MakeField, Step, has_changed
from tests.query.pql.schema import SCHEMA

FOLDER = Path(__file__).parents[2] / "cases" / "pql"


def cases(text: str) -> Iterator[tuple[str, list[str]]]:
    """Statement and meaning of each case in the text of a file."""
    for block in text.split("\n\n"):
        lines = [line for line in block.splitlines() if not line.startswith("#")]
        if lines:
            yield lines[0].replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r"), lines[1:]


def meaning(statement: str) -> list[str]:
    """What a statement compiles to, as the files say it."""
    try:
        program = compile_pql(statement, SCHEMA)
    except StatementError as error:
        return [f"! {error.line}:{error.column} {error.message}"]
    return [_step(step) for step in program]


def _step(step: Step) -> str:
    if isinstance(step, MakeField):
        return f"MakeField({brief(step.spec)})"
    assert isinstance(step, (AskData, ChangeData))
    table = "" if step.table.name == "birds" else f"{step.table.name}: "
    if isinstance(step, ChangeData):
        return table + brief(step.change) + ("" if step.answer is has_changed else f" | {step.answer.__name__}")
    return table + " | ".join([brief(step.plan), *map(name_of, step.finish)])


def name_of(finish: Any) -> str:
    """A finishing function, with what it is given beside the result."""
    given = ", ".join(map(repr, finish.args)) if isinstance(finish, partial) else ""
    return f"{finish.func.__name__}({given})" if given else finish.__name__


def brief(value: object) -> str:
    """A node of a plan without the members at their defaults."""
    if isinstance(value, np.ndarray):
        return brief(tuple(value.tolist()))
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(map(brief, value))}]"
    if not is_dataclass(value):
        return repr(value)
    members = ((f.name, getattr(value, f.name), f.default) for f in fields(value))
    shown = [
        f"{name}={brief(member)}"
        for name, member, default in members
        if default is MISSING or brief(member) != brief(default)
    ]
    return f"{type(value).__name__}({', '.join(shown)})"


ALL = [(path.stem, *case) for path in sorted(FOLDER.glob("*.txt")) for case in cases(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(("statement", "expected"), [case[1:] for case in ALL], ids=[f"{c[0]}: {c[1]}" for c in ALL])
def test_case(statement: str, expected: list[str]) -> None:
    """A statement compiles to the plans that its case file says, or fails where and as it says."""
    assert meaning(statement) == expected


def test_there_are_cases() -> None:
    """An empty folder would pass everything."""
    assert len(ALL) > 200
