"""Clear: a record has a value no more."""

from roarbase.query.pql.frame import Given, Parameter, Signature
from roarbase.query.pql.kinds import RECORD
from roarbase.query.pql.writing import clears_value
from roarbase.query.program import ChangeData

__all__ = ["CLEAR"]


def _ask(given: Given) -> ChangeData:
    return clears_value(given)


CLEAR = Signature(
    name="Clear",
    sentence=(
        "Takes a row from a record, of a time field at whatever time; a number field becomes null, whichever value is "
        "given. The record stays, even without any value. Tells whether that changed anything."
    ),
    example="Clear(10, species=setosa)",
    gives="whether something changed",
    takes_field=True,
    parameters=(Parameter("_col", RECORD, "The record; it stands first.", is_required=True, place="the record"),),
    ask=_ask,
)
