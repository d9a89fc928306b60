"""Shift: ids and a constant more."""

from functools import partial

from roarbase.engine import plan
from roarbase.model.fields import MAXIMUM_ID
from roarbase.model.results import RecordsResult, Result
from roarbase.query.pql.frame import Given, Parameter, Signature
from roarbase.query.pql.kinds import INTEGER
from roarbase.query.program import AskData

__all__ = ["SHIFT", "shifted_ids", "unshifted"]


def shifted_ids(by: int, result: Result) -> Result:
    """Ids and so much more, as far as there are such ids, whether or not records have them."""
    assert isinstance(result, RecordsResult)
    ids = [record + by for record in result.records if isinstance(record, int)]
    return RecordsResult(records=[record for record in ids if 0 <= record <= MAXIMUM_ID], is_keyed=False)


def unshifted(given: Given) -> tuple[plan.Bitmap, int]:
    """The records that calls of Shift, one in another, begin with, and how far they shift them."""
    if given.scope.table.is_keyed:
        raise given.error(f"Shift adds to ids, and the records of table {given.scope.table.name!r} have keys")
    by = given.integer("n")
    inner = given.scope.given(given.call.children[0])
    if inner.signature is not SHIFT:
        return given.records_of(inner), by
    records, more = unshifted(inner)
    return records, by + more


def _records(given: Given) -> plan.Bitmap:
    return plan.Shifted(*unshifted(given))


def _ask(given: Given) -> AskData:
    records, by = unshifted(given)
    return given.ask(plan.Records(records), partial(shifted_ids, by))


SHIFT = Signature(
    name="Shift",
    sentence=(
        "The ids of the records of its input, each plus `n`. On its own it gives ids, whether or not records have "
        "them; inside other calls it gives those records that exist. Not for tables with keys."
    ),
    example="Shift(Row(species=setosa), n=1)",
    inputs="one call that gives records",
    least=1,
    most=1,
    parameters=(Parameter("n", INTEGER, "How much to add; may be negative.", is_required=True),),
    bitmap=_records,
    ask=_ask,
)
