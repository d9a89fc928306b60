"""Statements in both languages on one engine."""

from roarbase.embedded.answers import Answer
from roarbase.embedded.tables import drop_table, make_field
from roarbase.engine.port import Engine
from roarbase.model.budget import Budget
from roarbase.model.results import NoResult, Result
from roarbase.query.answering import answer_program
from roarbase.query.pql.compiler import compile_pql
from roarbase.query.program import DropTable, Program, SchemaStep
from roarbase.query.sql.compiler import compile_sql

__all__ = ["run_pql", "run_sql"]


def run_pql(engine: Engine, statement: str) -> tuple[Answer, ...]:
    """The answer to each call of a PQL statement."""
    return _answers(engine, compile_pql(statement, engine.schema()))


def run_sql(engine: Engine, statement: str) -> Answer:
    """The answer to a SQL statement; without columns where it answers nothing."""
    return _answers(engine, compile_sql(statement, engine.schema()))[-1]


def _answers(engine: Engine, steps: Program) -> tuple[Answer, ...]:
    results = answer_program(steps, engine, Budget(), lambda step: _make_schema(engine, step)) or [NoResult()]
    return tuple(Answer(result.table()) for result in results)


def _make_schema(engine: Engine, step: SchemaStep) -> Result | None:
    if isinstance(step, DropTable):
        drop_table(engine, step.table.name)
        return NoResult()
    make_field(engine, step.table.id, step.spec)
    return None
