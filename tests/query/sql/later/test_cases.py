"""The case files of the later SQL: statements and what they are answered.

A file is a session on a database of its own. A case is a statement, its answer, and an empty line: a line with the
columns, then one per row; nothing if there are no columns; `!` and the error. Lines that begin with `#` are for the
reader. Rows are compared as they come where the statement has ORDER BY, and in any order otherwise.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.query.sql.later.asking import ask, opened, shown

FOLDER = Path(__file__).parents[3] / "cases" / "sql_later"
FILES = sorted(FOLDER.glob("*.txt"))


def cases(text: str) -> Iterator[tuple[str, list[str]]]:
    """Statement and answer of each case in the text of a file."""
    for block in text.split("\n\n"):
        lines = [line for line in block.splitlines() if not line.startswith("#")]
        if lines:
            yield lines[0].replace("\\n", "\n"), lines[1:]


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_session(path: Path, tmp_path: Path) -> None:
    """Every statement of a session is answered as its case says."""
    wrong: list[str] = []
    with opened(tmp_path / "db") as engine:
        for statement, expected in cases(path.read_text(encoding="utf-8")):
            got = shown(ask(engine, statement))
            if "order by" not in statement:
                got, expected = [*got[:1], *sorted(got[1:])], [*expected[:1], *sorted(expected[1:])]
            if got != expected:
                wrong.append("\n".join([statement, *got]))
    assert wrong == []


def test_there_are_cases() -> None:
    """An empty folder would pass everything."""
    assert sum(len([*cases(path.read_text(encoding="utf-8"))]) for path in FILES) > 150
