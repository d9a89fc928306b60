"""Statements in both languages on one engine."""

from functools import partial

from roarbase.embedded.answers import Answer
from roarbase.embedded.tables import drop_field, drop_table, make_field, make_table
from roarbase.engine.port import Engine
from roarbase.errors import BadRequest
from roarbase.model.budget import Budget
from roarbase.model.results import NoResult, Result
from roarbase.query.answering import answer_program
from roarbase.query.pql.compiler import compile_pql
from roarbase.query.program import (
    DropDatabase,
    DropField,
    DropTable,
    MakeDatabase,
    MakeField,
    MakeTable,
    Program,
    ResizeDatabase,
    SchemaStep,
)
from roarbase.query.sql.compiler import compile_sql
from roarbase.query.sql.later.catalog import Catalog
from roarbase.query.sql.later.compiler import Plans, compile_later_sql
from roarbase.query.sql.later.identifiers import Identifiers
from roarbase.query.sql.later.views import views_of

__all__ = ["run_later_sql", "run_pql", "run_sql"]


def run_pql(engine: Engine, statement: str) -> tuple[Answer, ...]:
    """The answer to each call of a PQL statement."""
    return _answers(engine, compile_pql(statement, engine.schema()))


def run_sql(engine: Engine, statement: str) -> Answer:
    """The answer to a SQL statement; without columns where it answers nothing."""
    return _answers(engine, compile_sql(statement, engine.schema()))[-1]


def run_later_sql(engine: Engine, statement: str, plans: Plans) -> Result:
    """The result of a statement of the later SQL.

    Args:
        plans: What was compiled before.
    """
    catalog = Catalog(
        schema=engine.schema(),
        read_views=partial(views_of, engine),
        read_table_bytes=engine.table_bytes,
        take_id=partial(Identifiers().take, engine),
        kernels=engine.cells,
    )
    steps = compile_later_sql(statement, catalog, plans=plans)
    return (answer_program(steps, engine, Budget(), partial(_make_schema, engine)) or [NoResult()])[-1]


def _answers(engine: Engine, steps: Program) -> tuple[Answer, ...]:
    results = answer_program(steps, engine, Budget(), lambda step: _make_schema(engine, step)) or [NoResult()]
    return tuple(Answer(result.table()) for result in results)


def _make_schema(engine: Engine, step: SchemaStep) -> Result | None:
    match step:
        case DropTable(table):
            drop_table(engine, table.name)
        case DropField(table, name):
            drop_field(engine, table.name, name)
        case MakeTable():
            make_table(engine, step.name, step.fields, is_keyed=step.is_keyed)
        case MakeDatabase() | DropDatabase() | ResizeDatabase():
            raise BadRequest("an embedded database is one by itself: make another one with roarbase.open(path)")
        case MakeField(table, spec):
            make_field(engine, table.id, spec)
            return None
    return NoResult()
