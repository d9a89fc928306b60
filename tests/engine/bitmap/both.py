"""What tests of the bitmap engine share: kernels to run with, a schema, answers as text."""

from functools import cache

from roarbase.engine.kernels.plain import PlainKernels
from roarbase.engine.kernels.port import Kernels
from roarbase.engine.plan import Plan
from roarbase.engine.state import State
from roarbase.engine.storage.entries import Entry
from roarbase.errors import RoarbaseError
from roarbase.model.budget import Budget
from roarbase.model.changes import CreateField, CreateTable
from roarbase.model.fields import FieldSpec
from tests.engine.plain.generated import SPECS

KERNELS = ("plain",)


@cache
def kernels_of(name: str) -> Kernels:
    """The kernels of that name."""
    return {"plain": PlainKernels}[name]()


def schema_entries(specs: tuple[FieldSpec, ...] = SPECS, *, is_keyed: bool | None = False) -> list[Entry]:
    """One empty table `t` with these fields."""
    fields = [CreateField(table="t", field_id=f"id of {spec.name}", spec=spec) for spec in specs]
    return [CreateTable(table="t", name="table", is_keyed=is_keyed), *fields]


def outcome(state: State, plan: Plan) -> str:
    """The answer as text, since 1 == True and numpy's numbers equal Python's; or the error."""
    try:
        return repr(state.run("t", plan, Budget()))
    except RoarbaseError as error:
        return repr(error)
