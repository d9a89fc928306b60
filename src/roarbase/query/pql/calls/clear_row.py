"""ClearRow: no record has a row any more."""

from roarbase.engine.edits import ClearRow
from roarbase.query.pql.conditions import row_name
from roarbase.query.pql.frame import Given, Signature
from roarbase.query.pql.writing import value_argument
from roarbase.query.program import ChangeData

__all__ = ["CLEAR_ROW"]


def _ask(given: Given) -> ChangeData:
    argument, spec = value_argument(given)
    if not spec.type.has_rows:
        message = f"ClearRow() is not supported on {spec.type} field types; {spec.name!r} is one"
        raise given.error(message, argument)
    row = row_name(given, argument, spec, argument.value)
    return ChangeData(table=given.scope.table, change=ClearRow(spec.name, row))


CLEAR_ROW = Signature(
    name="ClearRow",
    sentence=(
        "Takes a row of a set, mutex, time or bool field from all records, of a time field at whatever time. The "
        "records stay. Tells whether any record had it."
    ),
    example="ClearRow(species=setosa)",
    gives="whether something changed",
    takes_field=True,
    ask=_ask,
)
