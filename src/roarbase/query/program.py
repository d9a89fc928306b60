"""What a statement compiles to, in either language: a short list of steps.

Data steps carry a plan for the engine; schema steps are for the services, since a table is
dropped or listed under rules that a language does not know.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from roarbase.engine.plan import Plan
from roarbase.model.fields import TableSpec
from roarbase.model.results import Result

__all__ = ["AskData", "DropTable", "Finish", "Program", "ShowFields", "ShowTables", "Step"]

Finish = Callable[[Result], Result]
"""Shapes an engine result for its language: names, having, order, limit."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AskData:
    """Run `plan` on `table`, then apply `finish` in order."""

    table: TableSpec
    plan: Plan
    finish: tuple[Finish, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class ShowTables:
    """List the deployment's tables by name."""


@dataclass(frozen=True, slots=True)
class ShowFields:
    """List the fields of a table by name."""

    table: TableSpec


@dataclass(frozen=True, slots=True)
class DropTable:
    """Drop a table, if nothing feeds it."""

    table: TableSpec


Step = AskData | ShowTables | ShowFields | DropTable
Program = tuple[Step, ...]
