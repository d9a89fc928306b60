"""A query of the same text is planned once, and never answered by the plan of another schema or moment."""

from pathlib import Path

import pytest

from roarbase.errors import StatementError
from roarbase.model.fields import FieldSpec, FieldType, TableSpec
from roarbase.model.results import DataType, ResultColumn, ResultTable
from roarbase.model.schema import Schema
from roarbase.query.program import ChangeData, Program
from roarbase.query.sql.later.catalog import Catalog
from roarbase.query.sql.later.compiler import Plans, compile_later_sql
from roarbase.query.sql.later.plan_cache import PlanCache
from tests.query.sql.later.asking import ask, opened, shown


def _schema(uuid: str) -> Schema:
    field = FieldSpec(name="i", type=FieldType.INT)
    return Schema(version=1, tables={"t": TableSpec(id=uuid, name="t", is_keyed=False, fields={"i": field})})


def _compile(text: str, schema: Schema, plans: Plans) -> Program:
    told = ResultTable(columns=(ResultColumn(name="n", type=DataType.INT64, cells=[1]),))
    return compile_later_sql(text, Catalog(schema=schema, system={"fb_x": lambda: told}), plans=plans)


def test_the_same_text_is_planned_once() -> None:
    """The program of a text on a schema is the one made before."""
    plans, schema = Plans(), _schema("a")
    first = _compile("select sum(i) from t where i > 3", schema, plans)
    assert _compile("select sum(i) from t where i > 3", schema, plans) is first
    assert _compile("select sum(i) from t where i > 4", schema, plans) is not first


def test_another_schema_has_plans_of_its_own() -> None:
    """A table dropped and made again is another one, whatever its version says."""
    plans = Plans()
    for uuid in ("a", "b"):
        (step,) = _compile("select count(*) from t", _schema(uuid), plans)
        assert getattr(step, "table").id == uuid  # noqa: B009


def test_what_depends_on_the_moment_is_not_kept() -> None:
    """The time of day, system tables and changes are looked at each time."""
    plans, schema = Plans(), _schema("a")
    for text in (
        "select _id from t where i > datetimepart('yy', current_timestamp)",
        "select * from fb_x",
        "insert into t values (1, 2)",
        "show tables",
        "explain select i from t",
    ):
        _compile(text, schema, plans)
        assert len(plans.queries) == 0, text


def test_it_is_bounded() -> None:
    """The plans asked for longest ago go, and long texts are not kept at all."""
    plans, schema = Plans(PlanCache(most_plans=2, longest_text=40)), _schema("a")
    for number in (1, 2, 1, 3):
        _compile(f"select i from t where i = {number}", schema, plans)
    kept = [
        plans.queries.find_or_none(f"select i from t where i = {number}", schema) is not None for number in (1, 2, 3)
    ]
    assert kept == [True, False, True]
    _compile(f"select i from t where i in ({', '.join(map(str, range(30)))})", schema, plans)
    assert len(plans.queries) == 2


def test_an_insert_is_read_up_to_its_values_once(tmp_path: Path) -> None:
    """The words before VALUES say the same each time, until the table is another one."""
    plans = Plans()
    rows = ", ".join(f"({number}, {number})" for number in range(1_000))
    with opened(tmp_path / "db") as engine:
        for made in ("i int", "j int, i string"):
            ask(engine, f"create table t (_id id, {made})")
            for number in range(2):
                text = f"insert into t (_id, i) values {rows}"
                if made == "i int":
                    (step,) = compile_later_sql(text, Catalog(schema=engine.schema()), plans=plans)
                    assert isinstance(step, ChangeData)
                    assert step.table is engine.schema().tables["t"]
                    assert len(plans.inserts) == 1, number
                else:
                    with pytest.raises(StatementError, match="cannot be assigned"):
                        compile_later_sql(text, Catalog(schema=engine.schema()), plans=plans)
            ask(engine, "drop table t")


def test_views_are_read_each_time(tmp_path: Path) -> None:
    """A query over a view follows the view."""
    with opened(tmp_path / "db") as engine:
        for statement in ("create table t (_id id, i int)", "insert into t values (1, 5), (2, 7)"):
            ask(engine, statement)
        ask(engine, "create view v as select i from t where i = 5")
        assert shown(ask(engine, "select * from v")) == ["i:int", "5"]
        ask(engine, "alter view v as select i from t where i = 7")
        assert shown(ask(engine, "select * from v")) == ["i:int", "7"]
