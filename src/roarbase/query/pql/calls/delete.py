"""Delete: records are no more."""

from roarbase.engine.edits import DeleteRecords
from roarbase.query.pql.frame import Given, Signature
from roarbase.query.program import ChangeData

__all__ = ["DELETE"]


def _ask(given: Given) -> ChangeData:
    return ChangeData(table=given.scope.table, change=DeleteRecords(given.input()))


DELETE = Signature(
    name="Delete",
    sentence=(
        "Deletes the records of its input with all their values. It is a transaction of its own: what stands before it "
        "in the statement is on disk by then. Tells whether there was one."
    ),
    example="Delete(Row(petals == null))",
    gives="whether something changed",
    inputs="one call that gives records",
    least=1,
    most=1,
    ask=_ask,
)
