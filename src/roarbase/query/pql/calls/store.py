"""Store: a row that exactly some records have."""

from roarbase.engine.edits import StoreRow
from roarbase.model.fields import FieldType
from roarbase.model.results import BoolResult, Result
from roarbase.query.pql.conditions import row_name
from roarbase.query.pql.frame import Given, Signature
from roarbase.query.pql.writing import value_argument
from roarbase.query.program import ChangeData

__all__ = ["STORE", "is_stored"]


def is_stored(_: int) -> Result:
    """It is stored, even where that changed no record."""
    return BoolResult(value=True)


def _ask(given: Given) -> ChangeData:
    argument, spec = value_argument(given)
    if spec.type is not FieldType.SET:
        raise given.error(f"can't Store() on a {spec.type} field; {spec.name!r} is one, and it takes sets", argument)
    change = StoreRow(spec.name, row_name(given, argument, spec, argument.value), given.input())
    return ChangeData(table=given.scope.table, change=change, answer=is_stored)


STORE = Signature(
    name="Store",
    sentence=(
        "Has exactly the records of its input hold a row of a set field. A field that is not there is made, a set with "
        "keys if the row is a string. True, always."
    ),
    example="Store(Row(petals > 5), species=large)",
    gives="whether it is stored",
    inputs="one call that gives records",
    least=1,
    most=1,
    takes_field=True,
    ask=_ask,
)
