"""What tests of the engine share: kernels to run with, a schema, answers as text, questions that make sense."""

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from roarbase.engine.kernels.fast import FastKernels
from roarbase.engine.kernels.plain import PlainKernels
from roarbase.engine.kernels.port import Kernels
from roarbase.engine.plan import GroupBy, Plan, Rows
from roarbase.engine.state import State
from roarbase.engine.storage.entries import Entry
from roarbase.errors import RoarbaseError
from roarbase.model.budget import Budget
from roarbase.model.changes import CreateField, CreateTable
from roarbase.model.fields import FieldSpec
from roarbase.testing.reference import ReferenceTable
from tests.engine.generated import SPECS
from tests.support.kernels import compiled_entries

KERNELS = ("plain", "compiled")


@cache
def kernels_of(name: str) -> Kernels:
    """The kernels of that name. The compiled ones share even the smallest call out to two threads."""
    return PlainKernels() if name == "plain" else FastKernels(compiled_entries(), threads=2, worth_waking_ps=0)


def few_planes(patch: pytest.MonkeyPatch) -> None:
    """Have shards with few positions overflow as those with many do: else they get a plane whenever they want one."""
    for name, value in (("_SMALL_SHARD", 0), ("_CROWDED", 32), ("_OVERCROWDED", 16)):
        patch.setattr(f"roarbase.engine.columns.growth.{name}", value)


def schema_entries(specs: tuple[FieldSpec, ...] = SPECS, *, is_keyed: bool | None = False) -> list[Entry]:
    """One empty table `t` with these fields, and a keyed table `w` named towns to which one of them refers."""
    fields = [CreateField(table="t", field_id=f"id of {spec.name}", spec=spec) for spec in specs]
    towns = CreateTable(table="w", name="towns", is_keyed=True)
    return [towns, CreateTable(table="t", name="table", is_keyed=is_keyed), *fields]


def reference_of(*, is_keyed: bool = False) -> ReferenceTable:
    """The model of an empty table with a field of every type."""
    return ReferenceTable(SPECS, is_keyed=is_keyed, targets={"towns": ReferenceTable([], is_keyed=True)})


def sensible(plan: Any, reference: ReferenceTable) -> Any:
    """The plan without `after` keys that a field never met: these are errors, tested elsewhere."""
    options = plan.fields if isinstance(plan, GroupBy) else (plan,) if isinstance(plan, Rows) else ()
    fitting = [
        replace(o, after=None) if isinstance(o.after, str) and o.after not in reference.row_keys[o.field] else o
        for o in options
    ]
    if isinstance(plan, GroupBy):
        return replace(plan, fields=tuple(fitting))
    return fitting[0] if fitting else plan


def outcome(state: State, plan: Plan) -> str:
    """The answer as text, since 1 == True and numpy's numbers equal Python's; or the error."""
    try:
        return repr(state.run("t", plan, Budget()))
    except RoarbaseError as error:
        return repr(error)
