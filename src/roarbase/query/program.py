"""What a statement compiles to, in either language: a short list of steps.

Data steps carry a plan or an edit for the engine; schema steps are for the services, since a table is
dropped or listed under rules that a language does not know.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from roarbase.engine.edits import Edit
from roarbase.engine.plan import Plan
from roarbase.engine.port import Engine
from roarbase.model.batch import Batch
from roarbase.model.budget import Budget
from roarbase.model.fields import FieldSpec, TableSpec
from roarbase.model.results import BoolResult, Result

__all__ = [
    "AskData",
    "AskResidue",
    "ChangeData",
    "ChangeFound",
    "ChangeInPieces",
    "CopyTable",
    "DataStep",
    "DropDatabase",
    "DropField",
    "DropTable",
    "Finish",
    "KeepView",
    "MakeDatabase",
    "MakeField",
    "MakeTable",
    "Program",
    "ResizeDatabase",
    "SchemaStep",
    "ShowFields",
    "ShowTables",
    "Step",
    "Tell",
    "Warn",
    "has_changed",
]

Finish = Callable[[Result], Result]
"""Shapes an engine result for its language: names, having, order, limit."""


def has_changed(changed: int) -> Result:
    """Whether a change changed a record."""
    return BoolResult(value=changed > 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class AskData:
    """Run `plan` on `table`, then apply `finish` in order."""

    table: TableSpec
    plan: Plan
    finish: tuple[Finish, ...] = field(default=())


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangeData:
    """Change records of `table`. All changes of a program are made, or none; each sees those before it.

    A deletion is a transaction of its own: what stands before it is on disk by then.

    Attributes:
        answer: What to say of so many records that changed.
    """

    table: TableSpec
    change: Batch | Edit
    answer: Callable[[int], Result] = has_changed


@dataclass(frozen=True, slots=True)
class AskResidue:
    """Run a query that bitmaps do not answer alone; `run` gathers, and asks what works out the rest."""

    run: Callable[[Engine, Budget], Result]


@dataclass(frozen=True, slots=True)
class Tell:
    """An answer that is known already."""

    result: Result


@dataclass(frozen=True, slots=True)
class Warn:
    """A word to whoever asks, beside the answer: what stands in the statement and has no effect."""

    text: str


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


@dataclass(frozen=True, slots=True)
class MakeField:
    """Make a field that the steps behind it write to. It has no answer."""

    table: TableSpec
    spec: FieldSpec


@dataclass(frozen=True, kw_only=True, slots=True)
class MakeTable:
    """Make a table with its fields, or nothing.

    Attributes:
        may_exist: Nothing is done if there is a table of that name.
    """

    name: str
    is_keyed: bool
    fields: tuple[FieldSpec, ...] = ()
    description: str = ""
    may_exist: bool = False


@dataclass(frozen=True, slots=True)
class DropField:
    """Drop a field of a table, if nothing feeds it."""

    table: TableSpec
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class MakeDatabase:
    """Make a deployment with room for so many units (GB); of 0, the smallest there is."""

    name: str
    units: int = 0
    description: str = ""


@dataclass(frozen=True, slots=True)
class DropDatabase:
    """Delete a deployment, if it is empty."""

    id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ResizeDatabase:
    """Give a deployment room for so many units."""

    id: str
    units: int


@dataclass(frozen=True, kw_only=True, slots=True)
class KeepView:
    """Keep the text of a view under its name; None forgets it. `table` is the one that views are kept in."""

    table: MakeTable
    name: str
    text: str | None
    owner: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class CopyTable:
    """Make a table, and give it all records of another; or nothing."""

    source: TableSpec
    make: MakeTable


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangeFound:
    """Change records of `table` that must be found first. `find` looks, and gives the change."""

    table: TableSpec
    find: Callable[[Engine, Budget], Batch | Edit]
    answer: Callable[[int], Result] = has_changed


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangeInPieces:
    """Write many records to `table`: batch after batch, each wholly, so that nobody waits for all of them."""

    table: TableSpec
    pieces: Callable[[], Iterator[Batch]]


DataStep = AskData | ChangeData
SchemaStep = DropTable | MakeField | MakeTable | DropField | MakeDatabase | DropDatabase | ResizeDatabase
Step = (
    DataStep
    | SchemaStep
    | AskResidue
    | CopyTable
    | ChangeFound
    | ChangeInPieces
    | KeepView
    | Tell
    | Warn
    | ShowFields
    | ShowTables
)
Program = tuple[Step, ...]
