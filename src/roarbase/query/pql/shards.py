"""Plans on some shards only: every set of records that they begin with is cut down to these."""

from dataclasses import replace

from roarbase.engine import plan

__all__ = ["records_within", "within_shards"]

_SHARD_WIDTH = 2**20


def records_within(node: plan.Bitmap, shards: tuple[int, ...]) -> plan.Bitmap:
    """The records of a node, worked out from records of these shards only.

    >>> str(records_within(plan.All(), (1,)))
    'IdRange(low=1048576, high=2097151)'
    """
    match node:
        case plan.Union() | plan.Intersect() | plan.Difference() | plan.Xor():
            return replace(node, inputs=tuple(records_within(each, shards) for each in node.inputs))
        case plan.Slice() | plan.Shifted():
            return replace(node, input=records_within(node.input, shards))
        case plan.HoldingRows(rows):
            inside = replace(rows, input=records_within(rows.input, shards))
            return plan.Intersect((plan.HoldingRows(inside), _range(shards)))
        case plan.All():
            return _range(shards)
        case _:
            return plan.Intersect((node, _range(shards)))


def within_shards(asked: plan.Plan, shards: tuple[int, ...]) -> plan.Plan:
    """A question to the records of these shards only."""
    if isinstance(asked, plan.Explain):
        return plan.Explain(within_shards(asked.plan, shards))
    assert not isinstance(asked, plan.Stamped), "no call asks for it"
    cut = replace(asked, input=records_within(asked.input, shards))
    if isinstance(cut, plan.GroupBy) and cut.aggregate is not None:
        inner = records_within(cut.aggregate.input, shards)
        return replace(cut, aggregate=replace(cut.aggregate, input=inner))
    return cut


def _range(shards: tuple[int, ...]) -> plan.Bitmap:
    ranges = tuple(plan.IdRange(s * _SHARD_WIDTH, (s + 1) * _SHARD_WIDTH - 1) for s in sorted({*shards}))
    return ranges[0] if len(ranges) == 1 else plan.Union(ranges)
