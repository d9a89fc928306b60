"""Queries: a statement in PQL or SQL on one deployment, within its limits."""

from collections.abc import Callable

from roarbase.engine.port import Engine
from roarbase.errors import BadRequest, InvalidParameter, PayloadTooLarge
from roarbase.model.budget import Budget
from roarbase.model.results import NoResult, Result
from roarbase.model.schema import Schema
from roarbase.model.settings import Settings
from roarbase.model.users import Principal, Privilege
from roarbase.query.answering import answer_step
from roarbase.query.pql.compiler import compile_pql
from roarbase.query.program import DropTable, Program, Step
from roarbase.query.sql.compiler import compile_sql
from roarbase.services.deployments import Deployments
from roarbase.services.engines import Engines
from roarbase.services.sequences import note_sequence
from roarbase.services.tables import Tables

__all__ = ["LANGUAGES", "Queries"]

_Compile = Callable[[str, Schema, int], Program]

LANGUAGES: dict[str, _Compile] = {
    "pql": lambda text, schema, nesting: compile_pql(text, schema, nesting=nesting),
    "sql": lambda text, schema, nesting: compile_sql(text, schema, nesting=nesting),
}


class Queries:
    """Runs statements. Blocking: call it in a worker thread."""

    def __init__(self, deployments: Deployments, tables: Tables, engines: Engines, settings: Settings) -> None:
        self._deployments = deployments
        self._tables = tables
        self._engines = engines
        self._statement_bytes = settings.integer("statement_bytes")
        self._nesting = settings.integer("statement_nesting")
        self._seconds = settings.seconds("query_seconds")
        self._wait_s = settings.seconds("sequence_wait_seconds")

    def run(
        self, caller: Principal, deployment_id: str, *, language: str, statement: str, min_sequence: int = 0
    ) -> list[Result]:
        """The results of a statement, one per call of it.

        Args:
            min_sequence: The statement sees at least what was written up to this sequence number.

        Raises:
            InvalidParameter: The language is neither "pql" nor "sql".
            PayloadTooLarge: The statement is longer than the setting statement_bytes.
            StatementError: The statement is wrong; line and column say where.
            RequestTimeout: It ran longer than the setting query_seconds, or waited for `min_sequence`
                longer than sequence_wait_seconds.
            ResourceNotFound, IncorrectState: The deployment.
            IncorrectState: `min_sequence` is beyond the end of the deployment's log.
        """
        caller.require(Privilege.QUERY)
        if language not in LANGUAGES:
            raise InvalidParameter(f"the language {language!r} is not known; use 'sql' or 'pql'", language=language)
        self._check_length(statement)
        self._deployments.get_running(caller, deployment_id)
        engine = self._engines.get(deployment_id)
        engine.await_sequence(min_sequence, self._wait_s)
        seen = engine.sequence()
        budget = Budget.of(self._seconds)
        program = LANGUAGES[language](statement, engine.schema(), self._nesting)
        try:
            results = [self._take(step, caller, deployment_id, engine, budget) for step in program]
        except RecursionError:
            raise BadRequest("the statement nests too deep to be run") from None
        note_sequence(seen)
        return results

    def _check_length(self, statement: str) -> None:
        size = len(statement.encode("utf-8", "surrogatepass"))
        if self._statement_bytes and size > self._statement_bytes:
            raise PayloadTooLarge(
                f"the statement has {size} bytes, at most {self._statement_bytes} are taken (setting statement_bytes)",
                setting="statement_bytes",
            )

    def _take(self, step: Step, caller: Principal, deployment_id: str, engine: Engine, budget: Budget) -> Result:
        if isinstance(step, DropTable):
            self._tables.drop(caller, deployment_id, step.table.name)
            return NoResult()
        return answer_step(step, engine, budget)
