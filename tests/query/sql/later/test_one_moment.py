"""A query over several tables sees all of them at one moment, whatever is written meanwhile."""

from pathlib import Path
from typing import Any, cast

import pytest

from roarbase.engine.plan import Plan
from roarbase.engine.port import Engine
from roarbase.model.budget import Budget
from roarbase.model.results import Result
from tests.query.sql.later.asking import ask, opened, shown

_QUERY = "select (select count(_id) + 0 from a) as a, (select count(_id) + 0 from b) as b"


class Meddling:
    """An engine in which a record is written to each table whenever something was read, so many times."""

    def __init__(self, engine: Engine, times: int) -> None:
        self._engine = engine
        self._times = times

    def run(self, table: str, plan: Plan, budget: Budget) -> Result:
        """Answer, and write before anybody can ask again."""
        answer = self._engine.run(table, plan, budget)
        if self._times:
            self._times -= 1
            for name in ("a", "b"):
                ask(self._engine, f"insert into {name} values ({100 + self._times}, 1)")
        return answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)


@pytest.mark.parametrize(("times", "seen"), [(0, 1), (1, 2), (100, 7)])
def test_tables_are_read_at_one_moment(times: int, seen: int, tmp_path: Path) -> None:
    """Two tables that grow together are seen with as many records, also if writes never pause."""
    with opened(tmp_path / "db") as engine:
        for name in ("a", "b"):
            ask(engine, f"create table {name} (_id id, i int)")
            ask(engine, f"insert into {name} values (1, 1)")
        answer = shown(ask(cast(Engine, Meddling(engine, times)), _QUERY))
        assert answer == ["a:int, b:int", f"{seen} | {seen}"]
