"""Queries: a statement in PQL or SQL on one deployment, within its limits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from roarbase.engine.port import Engine
from roarbase.errors import (
    BadRequest,
    IncorrectState,
    InvalidParameter,
    MissingParameter,
    PayloadTooLarge,
    RelatedResourceNotFound,
    RequestError,
    RequestTimeout,
    ResourceAlreadyExists,
    ResourceNotFound,
    StatementError,
)
from roarbase.model.budget import Budget
from roarbase.model.deployments import Deployment
from roarbase.model.results import NoResult, Remarked, Result
from roarbase.model.schema import Schema
from roarbase.model.settings import Settings
from roarbase.model.users import Principal, Privilege
from roarbase.query.answering import answer_program, changes_data
from roarbase.query.pql.compiler import compile_pql
from roarbase.query.program import Program
from roarbase.query.sql.compiler import compile_sql
from roarbase.query.sql.later.catalog import Catalog
from roarbase.query.sql.later.compiler import Plans, compile_later_sql, compile_with_plan
from roarbase.query.sql.later.explaining import plan_teller
from roarbase.query.sql.later.operations.operation import NO_PLACE
from roarbase.services.catalogs import Catalogs
from roarbase.services.deployments import Deployments
from roarbase.services.engines import Engines
from roarbase.services.fetching import Fetching
from roarbase.services.fields import Fields
from roarbase.services.remarks import remarked
from roarbase.services.row_counts import row_count
from roarbase.services.schema_steps import SchemaSteps
from roarbase.services.sequences import note_sequence
from roarbase.services.statements import SHOWN, Running, Statements
from roarbase.services.tables import Tables

__all__ = ["LANGUAGES", "Queries"]

_T = TypeVar("_T")
_Compile = Callable[[str, Schema, int], Program]

LANGUAGES: dict[str, _Compile] = {
    "pql": lambda text, schema, nesting: compile_pql(text, schema, nesting=nesting),
    "sql": lambda text, schema, nesting: compile_sql(text, schema, nesting=nesting),
}


_KILLED = BadRequest(f"{NO_PLACE}the statement was ended by KILL QUERY")

_OF_THE_STATEMENT = (
    BadRequest,
    IncorrectState,
    InvalidParameter,
    MissingParameter,
    RelatedResourceNotFound,
    ResourceAlreadyExists,
    ResourceNotFound,
)
"""What a statement can be told of itself once it is known who asks, and where."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Ready:
    """Where a statement runs, and what it may spend; `seen` is the sequence number that it sees at least."""

    deployment: Deployment
    engine: Engine
    seen: int
    budget: Budget


class Queries:
    """Runs statements. Blocking: call it in a worker thread."""

    def __init__(
        self,
        deployments: Deployments,
        tables: Tables,
        fields: Fields,
        engines: Engines,
        fetching: Fetching,
        statements: Statements,
        settings: Settings,
    ) -> None:
        self._deployments = deployments
        self._schema_steps = SchemaSteps(deployments, tables, fields)
        self._statements = statements
        self._catalogs = Catalogs(deployments, tables, fetching, self._statements)
        self._engines = engines
        self._statement_bytes = settings.integer("statement_bytes")
        self._nesting = settings.integer("statement_nesting")
        self._seconds = settings.seconds("query_seconds")
        self._most_records = settings.integer("query_records")
        self._most_groups = settings.integer("query_groups")
        self._most_bytes = settings.integer("query_bytes")
        self._plans = Plans()
        self._wait_s = settings.seconds("sequence_wait_seconds")

    def run(
        self,
        caller: Principal,
        deployment_id: str,
        *,
        language: str,
        statement: str,
        min_sequence: int = 0,
        is_remembered: bool = True,
        is_abandoned: Callable[[], bool] = lambda: False,
    ) -> list[Result]:
        """The results of a statement in PQL, or in the SQL of June 2022, one per call of it.

        Args:
            min_sequence: The statement sees at least what was written up to this sequence number.
            is_remembered: Whether the caller finds it in his history.
            is_abandoned: Whether nobody waits for the answer any more, asked now and then.

        Raises:
            InvalidParameter: The language is neither "pql" nor "sql".
            PayloadTooLarge: The statement is longer than the setting statement_bytes, or answered by more than the
                settings query_records and query_groups allow, or reads more than query_bytes does.
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
        with self._statements.running(
            deployment_id,
            caller,
            statement,
            language=language,
            is_remembered=is_remembered,
            is_abandoned=is_abandoned,
        ) as noted:
            ready = self._ready(caller, deployment_id, min_sequence, lambda: noted.is_killed or is_abandoned())
            program = LANGUAGES[language](statement, ready.engine.schema(), self._nesting)
            noted.tell_plan = _plan_teller(program, statement)
            results = self._answered(caller, ready, program)
            noted.rows = row_count(results)
            return results

    def run_later_sql(
        self,
        caller: Principal,
        deployment_id: str,
        *,
        statement: str,
        parts: Mapping[str, bytes] | None = None,
        min_sequence: int = 0,
        is_remembered: bool = True,
        is_abandoned: Callable[[], bool] = lambda: False,
        tells_plan: bool = False,
    ) -> Result | Remarked | RequestError:
        """The result of a statement in the later SQL, or what is wrong with the statement itself.

        `parts` is what came with the request beside the statement. With `tells_plan` the answer has the plan, too; a
        query is run once more for it.
        Args and what it raises: as `run`, but for what is wrong with the statement.
        """
        caller.require(Privilege.QUERY)
        if statement.lstrip()[:4].upper() != "BULK":  # data that comes with it is bounded as a body
            self._check_length(statement)
        with self._statements.running(
            deployment_id,
            caller,
            statement,
            language="later_sql",
            is_remembered=is_remembered,
            is_abandoned=is_abandoned,
        ) as noted:
            ready = self._ready(caller, deployment_id, min_sequence, lambda: noted.is_killed or is_abandoned())
            ask = partial(self._asked, caller, ready, statement, parts, noted, tells_plan=tells_plan)
            try:
                program, plan, result = _again_if_dropped(ask)
            except _OF_THE_STATEMENT as error:
                _place(error)
                noted.status, noted.error = "error", error.message
                return error
            except RequestTimeout:
                if not noted.is_killed:
                    raise
                noted.status, noted.error = "cancelled", _KILLED.message
                return _KILLED
            noted.rows = row_count([result])
            return remarked(result, program, plan)

    def _asked(
        self,
        caller: Principal,
        ready: "_Ready",
        statement: str,
        parts: Mapping[str, bytes] | None,
        noted: Running,
        *,
        tells_plan: bool,
    ) -> tuple[Program, Result, Result]:
        """The program of a statement of the later SQL, its plan if it is asked for, and the answer."""
        catalog = self._catalogs.of(caller, ready.deployment, ready.engine, parts)
        program, plan = self._compiled(caller, ready, statement, catalog, tells_plan=tells_plan)
        noted.tell_plan = _plan_teller(program, statement)
        return program, plan, (self._answered(caller, ready, program) or [NoResult()])[-1]

    def _compiled(
        self, caller: Principal, ready: "_Ready", statement: str, catalog: Catalog, *, tells_plan: bool
    ) -> tuple[Program, Result]:
        """The program of a statement, and its plan if one is asked for."""
        if not tells_plan:
            return compile_later_sql(statement, catalog, nesting=self._nesting, plans=self._plans), NoResult()
        program, explaining = compile_with_plan(statement, catalog, nesting=self._nesting)
        return program, self._answered(caller, ready, explaining)[-1]

    def _ready(
        self, caller: Principal, deployment_id: str, min_sequence: int, is_abandoned: Callable[[], bool]
    ) -> "_Ready":
        """A deployment that has all up to a sequence number, and what a statement may spend there."""
        deployment = self._deployments.get_readable(caller, deployment_id)
        engine = self._engines.get(deployment_id)
        engine.await_sequence(min_sequence, self._wait_s)
        budget = replace(
            Budget.of(self._seconds),
            most_records=self._most_records,
            most_groups=self._most_groups,
            most_bytes=self._most_bytes,
            is_abandoned=is_abandoned,
        )
        return _Ready(deployment=deployment, engine=engine, seen=engine.sequence(), budget=budget)

    def _answered(self, caller: Principal, ready: "_Ready", program: Program) -> list[Result]:
        if changes_data(program):
            caller.require(Privilege.INGEST)
        make_schema = partial(self._schema_steps.make, caller, ready.deployment.id)
        results = answer_program(program, ready.engine, ready.budget, make_schema)
        note_sequence(ready.seen)
        return results

    def _check_length(self, statement: str) -> None:
        size = len(statement.encode("utf-8", "surrogatepass"))
        if self._statement_bytes and size > self._statement_bytes:
            raise PayloadTooLarge(
                f"the statement has {size} bytes, at most {self._statement_bytes} are taken (setting statement_bytes)",
                setting="statement_bytes",
            )


def _again_if_dropped(ask: Callable[[], _T]) -> _T:
    """What `ask` gives. What somebody drops since it was found is looked for again: where it is named, that is said."""
    try:
        return ask()
    except ResourceNotFound:
        return ask()


def _place(error: RequestError) -> None:
    """Have an error of running begin with a place, as those of meaning do."""
    if not isinstance(error, StatementError) and not error.message.startswith(NO_PLACE):
        error.message = f"{NO_PLACE}{error.message}"


def _plan_teller(program: Program, statement: str) -> Callable[[], str]:
    """What tells the plan of a statement later; of one that is too long to be shown whole, nothing is kept for it."""
    return plan_teller(program) if len(statement) <= SHOWN else str
