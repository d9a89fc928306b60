"""Statements in both languages on one engine."""

from roarbase.embedded.answers import Answer
from roarbase.embedded.tables import drop_table
from roarbase.engine.port import Engine
from roarbase.errors import BadRequest
from roarbase.model.budget import Budget
from roarbase.model.results import NoResult, Result
from roarbase.query.answering import answer_step
from roarbase.query.pql.compiler import compile_pql
from roarbase.query.program import DropTable, Program, Step
from roarbase.query.sql.compiler import compile_sql

__all__ = ["run_pql", "run_sql"]


def run_pql(engine: Engine, statement: str) -> tuple[Answer, ...]:
    """The answer to each call of a PQL statement."""
    return _answers(engine, compile_pql(statement, engine.schema()))


def run_sql(engine: Engine, statement: str) -> Answer:
    """The answer to a SQL statement; without columns where it answers nothing."""
    return _answers(engine, compile_sql(statement, engine.schema()))[-1]


def _answers(engine: Engine, steps: Program) -> tuple[Answer, ...]:
    try:
        results = [_take(engine, step) for step in steps] or [NoResult()]
    except RecursionError:
        raise BadRequest("the statement nests too deep to be run") from None
    return tuple(Answer(result.table()) for result in results)


def _take(engine: Engine, step: Step) -> Result:
    if isinstance(step, DropTable):
        drop_table(engine, step.table.name)
        return NoResult()
    return answer_step(step, engine, Budget())
