"""Which questions take longer than a write should wait for the table, and which fields they read.

One kernel call over twenty million records takes tens of milliseconds. Counting by more groups than there are
cells for, or looking for a percentile over a wide range, takes many.
"""

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass

from roarbase.engine import plan as p
from roarbase.engine.grouping.dense import is_countable
from roarbase.engine.operators.reach import tables_of
from roarbase.engine.tables.fields import Field, NumberField, RowField
from roarbase.engine.tables.table import Table

__all__ = ["field_names", "is_copyable", "is_long"]

_COUNTING = (p.Distinct, p.GroupBy, p.Percentile, p.Summarize, p.TopRows)
"""Questions that count by fields."""

_FEW_RECORDS = 2**17
"""So many records are counted in any way within milliseconds."""

_FEW_STAMPS_BYTES = 2**22
"""Counting by rows within a span sorts what it finds: of so many bytes some 20 ms."""


def is_copyable(table: Table, plan: p.Plan) -> bool:
    """Whether a question can be asked of a copy. One that reads other tables, too, cannot: it is of one moment."""
    return isinstance(plan, _COUNTING) and table.exists.total >= _FEW_RECORDS and not tables_of(plan)


def is_long(table: Table, plan: p.Plan) -> bool:
    """Whether a question is better asked of a copy, as far as one can tell before it is."""
    if not is_copyable(table, plan):
        return False
    if any(_has_many_stamps(table.fields.get(name)) for name in _counted_within(plan)):
        return True
    found = [[table.fields.get(name) for name in names] for names in _counted_by(plan)]
    return any(_is_slow([field for field in some if field is not None]) for some in found)


def field_names(plan: p.Plan) -> set[str]:
    """The fields that a question reads."""
    names = {name for node in _nodes(plan) for name in _own_names(node)}
    return names - {"_id"}


def _counted_by(plan: p.Plan) -> Iterator[Sequence[str]]:
    """The combinations of fields that are counted by."""
    match plan:
        case p.GroupBy():
            axes = [options.field for options in plan.fields]
            yield axes
            if isinstance(plan.aggregate, p.CountDistinct):
                yield [*axes, plan.aggregate.field]
        case p.Summarize():
            yield plan.keys
            for value in plan.values:
                if value.field is not None and value.function not in ("count", "sum"):
                    yield [*plan.keys, value.field]
        case p.Distinct() | p.Percentile() | p.TopRows():
            yield [plan.field]
        case _:
            return


def _counted_within(plan: p.Plan) -> Iterator[str]:
    """The time fields that are counted by within a span."""
    counted = plan.fields if isinstance(plan, p.GroupBy) else (plan,) if isinstance(plan, p.TopRows) else ()
    return (each.field for each in counted if each.during is not None)


def _has_many_stamps(field: Field | None) -> bool:
    return isinstance(field, RowField) and field.stamps is not None and field.stamps.nbytes > _FEW_STAMPS_BYTES


def _is_slow(found: Sequence[Field]) -> bool:
    """Whether counting by these fields takes more than a kernel call or a look at counters."""
    if not found or is_countable(found):
        return False
    (first, *others) = found
    keeps_counts = isinstance(first, NumberField) and first.column.counters.values_or_none() is not None
    return bool(others) or not keeps_counts


def _nodes(node: object) -> Iterator[object]:
    """A node and all nodes inside it."""
    if isinstance(node, tuple):
        for item in node:
            yield from _nodes(item)
    elif is_dataclass(node):
        yield node
        for member in fields(node):
            yield from _nodes(getattr(node, member.name))


def _own_names(node: object) -> Iterator[str]:
    for member in ("field", "fields", "keys"):
        named = getattr(node, member, None)
        yield from (name for name in (named if isinstance(named, tuple) else (named,)) if isinstance(name, str))
