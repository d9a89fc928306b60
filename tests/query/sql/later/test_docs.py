"""docs/sql.md tells what the later language does, and its examples run."""

import re
from pathlib import Path

import pytest

from roarbase.errors import RequestError
from roarbase.query.sql.later.binding.functions.table import FUNCTIONS
from tests.query.sql.later.asking import ask, opened

TEXT = (Path(__file__).parents[4] / "docs" / "sql.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sql\n(.*?)\n```", TEXT, re.DOTALL)


def test_examples_run(tmp_path: Path) -> None:
    """Every example of the page runs, one after the other, on an empty database."""
    assert len(BLOCKS) > 15
    with opened(tmp_path / "db") as engine:
        for statement in BLOCKS:
            answer = ask(engine, statement)
            assert not isinstance(answer, RequestError), (statement, answer)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_examples_of_functions_run(name: str, tmp_path: Path) -> None:
    """The example of each function is a call of it."""
    assert FUNCTIONS[name].example.startswith(f"{name}(")
    with opened(tmp_path / "db") as engine:
        ask(engine, "create table t (_id id, colors stringset, visited stringsetq)")
        ask(engine, "create table flowers (_id id, n int)")
        if name == "tuple":  # which is a value for INSERT alone
            answer = ask(engine, f"insert into t (_id, visited) values (1, {FUNCTIONS[name].example})")
            assert not isinstance(answer, RequestError), answer
            return
        answer = ask(engine, f"select {FUNCTIONS[name].example} as x from t")
        assert not isinstance(answer, RequestError), answer
        assert answer.table().columns[0].sql_type == str(FUNCTIONS[name].gives)
