"""Set: a value for a record."""

from roarbase.query.pql.frame import Given, Parameter, Signature
from roarbase.query.pql.kinds import RECORD, TIME
from roarbase.query.pql.times import moment
from roarbase.query.pql.writing import sets_value
from roarbase.query.program import ChangeData

__all__ = ["SET"]


def _ask(given: Given) -> ChangeData:
    time = given.argument_or_none("_timestamp")
    return sets_value(given, None if time is None else moment(given, time))


SET = Signature(
    name="Set",
    sentence=(
        "Gives a record a value, and makes the record if it is not there. A set gains the row, in any other field the "
        "value replaces what was there. Of a time field, the time says in which calendar units the row counts. Tells "
        "whether that changed anything."
    ),
    example="Set(10, seen=1, 2022-06-30T12:00)",
    gives="whether something changed",
    takes_field=True,
    parameters=(
        Parameter("_col", RECORD, "The record; it stands first.", is_required=True, place="the record"),
        Parameter("_timestamp", TIME, "When; it stands last, and only time fields heed it.", place="the time"),
    ),
    ask=_ask,
)
