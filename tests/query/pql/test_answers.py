"""The answer files: statements of PQL on tables that begin empty, and what they are answered, one after the other.

A case is a statement, its answers as the service sends them natively, one line of JSON per call, and an empty
line; or `! line:column message`. Statements of one file see what those before them wrote.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest

from roarbase.errors import RoarbaseError, StatementError
from roarbase.model.results import Result
from roarbase.planes.data.native import render_native
from tests.query.pql.asking import Asking, asking
from tests.query.pql.schema import SCHEMA
from tests.query.pql.test_cases import cases

FOLDER = Path(__file__).parents[2] / "cases" / "pql_answers"
FILES = sorted(FOLDER.glob("*.txt"))


def rendered(results: Sequence[Result]) -> str:
    """The results as the service sends them, without what stands around them."""
    return b"".join(render_native(results)).decode().removeprefix('{"results":[').removesuffix("]}")


def answers(tables: Asking, statement: str) -> list[str]:
    """What a statement is answered, as the files say it."""
    try:
        return [rendered([answer]) for answer in tables.results(statement)]
    except StatementError as error:
        return [f"! {error.line}:{error.column} {error.message}"]
    except RoarbaseError as error:
        return [f"! {error.message}"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_answers(path: Path) -> None:
    """Each statement is answered as its file says."""
    with asking(*SCHEMA.tables.values()) as tables:
        for statement, expected in cases(path.read_text(encoding="utf-8")):
            assert answers(tables, statement) == expected, statement


def test_there_are_files() -> None:
    """An empty folder would pass everything."""
    assert len(FILES) > 4
