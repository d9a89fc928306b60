"""Options: a call on some shards only."""

from roarbase.engine import plan
from roarbase.errors import StatementError
from roarbase.query.pql.frame import Given, Parameter, Signature
from roarbase.query.pql.kinds import SHARDS
from roarbase.query.pql.shards import records_within, within_shards
from roarbase.query.program import AskData

__all__ = ["OPTIONS"]


def _records(given: Given) -> plan.Bitmap:
    records = given.input()
    shards = _shards(given)
    return records if shards is None else records_within(records, shards)


def _ask(given: Given) -> AskData:
    step = given.scope.ask(given.call.children[0])
    if not isinstance(step, AskData):
        raise _writes(given)
    shards = _shards(given)
    if shards is None:
        return step
    return AskData(table=step.table, plan=within_shards(step.plan, shards), finish=step.finish)


def _shards(given: Given) -> tuple[int, ...] | None:
    argument = given.argument_or_none("shards")
    if argument is None:
        return None
    if given.scope.table.is_keyed:
        message = f"shards are stretches of ids, and the records of table {given.scope.table.name!r} have keys"
        raise given.error(message, argument)
    return tuple(shard for shard in given.items("shards") if isinstance(shard, int))


def _writes(given: Given) -> StatementError:
    return given.error(f"Options takes a call that asks; {given.call.children[0].name} writes")


OPTIONS = Signature(
    name="Options",
    sentence=(
        "What its input gives on some shards only. Shard k holds the ids from k * 1,048,576 up to the next one's. "
        "Not for tables with keys."
    ),
    example="Options(Count(Row(species=setosa)), shards=[0])",
    gives="what its input gives",
    inputs="one call",
    least=1,
    most=1,
    parameters=(Parameter("shards", SHARDS, "The shards; without it, all."),),
    bitmap=_records,
    ask=_ask,
)
