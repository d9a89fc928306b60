"""COPY: the same columns, records and times, in a table of its own."""

from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roarbase.engine.plan import All, Extract, Stamped
from roarbase.engine.port import Engine
from roarbase.model.budget import Budget
from tests.query.sql.later.asking import ask, opened

_QUANTUMS = st.sampled_from(["Y", "YM", "MD", "YMDH", "H"])
_MOMENTS = st.sampled_from(["1969-12-31T23:00:00Z", "2019-08-04T14:36:00Z", "2019-08-04T15:00:00Z", "2020-02-29"])
_VALUES = st.builds("{{'{}', {}}}".format, _MOMENTS, st.sampled_from(["['a']", "['a', 'b']", "['c']"])) | st.just(
    "null"
)
_ROWS = st.lists(st.tuples(st.sampled_from([1, 2, 3, 1_048_577, 9_000_000_000]), _VALUES), min_size=1, max_size=8)


def _held(engine: Engine, table: str) -> list[Any]:
    """All that a table holds, and when it got what has times."""
    id_ = engine.schema().get_table(table).id
    plans = (Extract(input=All(), fields=("v", "i")), Stamped("v"))
    return [column.cells for plan in plans for column in engine.run(id_, plan, Budget()).table().columns]


@given(quantum=_QUANTUMS, rows=_ROWS)
@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_times_go_along(tmp_path: Path, quantum: str, rows: list[tuple[int, str]]) -> None:
    """A copy holds what its source does, with the same times."""
    with opened(tmp_path / "db") as engine:
        for name in engine.schema().tables:
            ask(engine, f"drop table {name}")
        ask(engine, f"create table t (_id id, i int, v stringsetq timequantum '{quantum}')")
        values = ", ".join(f"({record}, {number}, {value})" for number, (record, value) in enumerate(rows))
        ask(engine, f"insert into t values {values}")
        ask(engine, "copy t to u")
        assert _held(engine, "u") == _held(engine, "t")
        ask(engine, "insert into u values (1, 7, {'2021-01-01', ['z']})")
        assert _held(engine, "u") != _held(engine, "t")
