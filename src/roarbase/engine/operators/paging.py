"""Which groups a GroupBy gives, and in which order: after, having, order, offset, limit."""

from bisect import bisect_left
from collections.abc import Sequence

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, Mask
from roarbase.engine.grouping.ranks import FieldKeys
from roarbase.engine.grouping.tally import Numbers
from roarbase.engine.operators.choices import row_id_of, value_of
from roarbase.engine.plan import GroupBy, GroupField, GroupOrder, Having, RowName
from roarbase.engine.tables.fields import RowField

__all__ = ["chosen_groups"]

_Key = tuple[FieldKeys, Int64s]


def chosen_groups(plan: GroupBy, keys: Sequence[_Key], counts: Int64s, aggregates: Numbers | None) -> Int64s:
    """The numbers of the groups to give, in the order to give them.

    Args:
        keys: Per field, its values and which of them each group has; groups in ascending order.
    """
    chosen = np.arange(len(counts))
    if plan.after:
        chosen = np.flatnonzero(_is_behind(plan.fields, keys, len(counts)))
    subjects = {"count": counts, "sum": aggregates, "aggregate": aggregates}
    if plan.having is not None:
        subject = subjects[plan.having.subject]
        assert subject is not None
        chosen = chosen[_passes(plan.having, subject[chosen])]
    for order in reversed(plan.order):  # the sort is stable, so the first order comes last
        subject = subjects[order.subject]
        assert subject is not None
        chosen = chosen[_order(order, subject[chosen])]
    stop = None if plan.limit is None else plan.offset + plan.limit
    return chosen[plan.offset : stop]


def _passes(having: Having, values: Numbers) -> Mask:
    # numpy compares with Python's integers exactly, also with those beyond 64 bits.
    within: Mask = np.ones(len(values), np.bool_)
    if having.low is not None:
        within &= (values >= having.low).astype(np.bool_)
    if having.high is not None:
        within &= (values <= having.high).astype(np.bool_)
    return ~within if having.is_negated else within


def _order(order: GroupOrder, values: Numbers) -> Int64s:
    # The complement turns the order around, keeps equals in theirs, and cannot overflow.
    return np.argsort(~values if order.is_descending else values, kind="stable")


def _is_behind(fields: Sequence[GroupField], keys: Sequence[_Key], count: int) -> Mask:
    """Which groups come strictly behind the combination of the fields' `after`.

    A field without `after` counts as its first row, behind the last one that has it as before all rows.
    """
    behind = np.zeros(count, np.bool_)
    equal = ~behind
    given = [i for i, options in enumerate(fields) if options.after is not None]
    for i in range(given[-1] + 1 if given else 0):
        # Ranks are doubled, so that a value that does not occur finds its place between two ranks.
        key, ranks = keys[i]
        after = fields[i].after
        place = 1 if after is None else _place(key, after)
        here = 2 * ranks + 1
        behind |= equal & (here > place)
        equal &= here == place
    return behind if given and given[-1] == len(fields) - 1 else behind | equal


def _place(key: FieldKeys, after: RowName) -> int:
    """Where a row or value stands among the doubled ranks."""
    if isinstance(key.field, RowField):
        wanted = row_id_of(key.field, after)
        values: list[int] = key.field.names.row_ids(key.domain).tolist()
    else:
        wanted = value_of(key.field, after)
        values = key.domain.tolist()
    below = bisect_left(values, wanted)
    return 2 * below + (below < len(values) and values[below] == wanted)
