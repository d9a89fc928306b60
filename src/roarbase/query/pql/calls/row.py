"""Row: the records that hold a row, or a number that fits a condition. Range is its old name."""

from dataclasses import replace

from roarbase.engine import plan
from roarbase.query.pql.conditions import records_where
from roarbase.query.pql.frame import Given, Parameter, Signature
from roarbase.query.pql.kinds import TIME
from roarbase.query.pql.times import time_range_or_none

__all__ = ["RANGE", "ROW"]


def _records(given: Given) -> plan.Bitmap:
    condition = given.condition()
    spec = given.scope.get_field(condition.name, condition.position)
    records = records_where(given, condition, spec)
    during = time_range_or_none(given, spec)
    if during is None:
        return records
    if not isinstance(records, plan.RowIs):
        raise given.error(f"{given.name}: null cannot be asked for between times", condition)
    return replace(records, during=during)


_PARAMETERS = (
    Parameter("from", TIME, "Only where set at or after this time; time fields only."),
    Parameter("to", TIME, "Only where set before this time; time fields only."),
)

ROW = Signature(
    name="Row",
    sentence="The records holding a row of a field, or a number for which the comparison is true.",
    example="Row(species=setosa)",
    parameters=_PARAMETERS,
    takes_field=True,
    bitmap=_records,
)

RANGE = Signature(
    name="Range",
    sentence="The old name of Row; the two times may stand without `from=` and `to=`.",
    example="Range(seen=1, 2022-06-01T00:00, 2022-07-01T00:00)",
    parameters=_PARAMETERS,
    takes_field=True,
    bitmap=_records,
)
