"""Queries: a statement in PQL or SQL on one deployment, within its limits."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from roarbase.errors import InvalidParameter, PayloadTooLarge
from roarbase.model.budget import Budget
from roarbase.model.field_definitions import shown_options
from roarbase.model.results import NoResult, Result
from roarbase.model.schema import Schema
from roarbase.model.settings import Settings
from roarbase.model.users import Principal, Privilege
from roarbase.query.answering import answer_program, changes_data
from roarbase.query.pql.compiler import compile_pql
from roarbase.query.program import DropTable, MakeField, Program, SchemaStep
from roarbase.query.sql.compiler import compile_sql
from roarbase.services.deployments import Deployments
from roarbase.services.engines import Engines
from roarbase.services.fields import Fields
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

    def __init__(
        self, deployments: Deployments, tables: Tables, fields: Fields, engines: Engines, settings: Settings
    ) -> None:
        self._deployments = deployments
        self._tables = tables
        self._fields = fields
        self._engines = engines
        self._statement_bytes = settings.integer("statement_bytes")
        self._nesting = settings.integer("statement_nesting")
        self._seconds = settings.seconds("query_seconds")
        self._most_records = settings.integer("query_records")
        self._most_groups = settings.integer("query_groups")
        self._wait_s = settings.seconds("sequence_wait_seconds")

    def run(
        self,
        caller: Principal,
        deployment_id: str,
        *,
        language: str,
        statement: str,
        min_sequence: int = 0,
        is_abandoned: Callable[[], bool] = lambda: False,
    ) -> list[Result]:
        """The results of a statement, one per call of it.

        Args:
            min_sequence: The statement sees at least what was written up to this sequence number.
            is_abandoned: Whether nobody waits for the answer any more, asked now and then.

        Raises:
            InvalidParameter: The language is neither "pql" nor "sql".
            PayloadTooLarge: The statement is longer than the setting statement_bytes, or answered by more than the
                settings query_records and query_groups allow.
            StatementError: The statement is wrong; line and column say where.
            RequestTimeout: It ran longer than the setting query_seconds, waited for `min_sequence` longer than
                sequence_wait_seconds, or was abandoned.
            ResourceNotFound, IncorrectState: The deployment.
            IncorrectState: `min_sequence` is beyond the end of the deployment's log.
        """
        caller.require(Privilege.QUERY)
        if language not in LANGUAGES:
            raise InvalidParameter(f"the language {language!r} is not known; use 'sql' or 'pql'", language=language)
        self._check_length(statement)
        self._deployments.get_readable(caller, deployment_id)
        engine = self._engines.get(deployment_id)
        engine.await_sequence(min_sequence, self._wait_s)
        seen = engine.sequence()
        budget = replace(
            Budget.of(self._seconds),
            most_records=self._most_records,
            most_groups=self._most_groups,
            is_abandoned=is_abandoned,
        )
        program = LANGUAGES[language](statement, engine.schema(), self._nesting)
        if changes_data(program):
            caller.require(Privilege.INGEST)
        results = answer_program(program, engine, budget, partial(self._make_schema, caller, deployment_id))
        note_sequence(seen)
        return results

    def _check_length(self, statement: str) -> None:
        size = len(statement.encode("utf-8", "surrogatepass"))
        if self._statement_bytes and size > self._statement_bytes:
            raise PayloadTooLarge(
                f"the statement has {size} bytes, at most {self._statement_bytes} are taken (setting statement_bytes)",
                setting="statement_bytes",
            )

    def _make_schema(self, caller: Principal, deployment_id: str, step: SchemaStep) -> Result | None:
        match step:
            case DropTable(table):
                self._tables.drop(caller, deployment_id, table.name)
                return NoResult()
            case MakeField(table, spec):
                options = shown_options(spec)
                self._fields.create(caller, deployment_id, table.name, name=spec.name, options=options)
                return None
