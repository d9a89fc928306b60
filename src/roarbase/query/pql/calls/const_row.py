"""ConstRow: the records named one by one."""

from roarbase.engine import plan
from roarbase.query.pql.conditions import record_name
from roarbase.query.pql.frame import Given, Parameter, Signature
from roarbase.query.pql.kinds import RECORDS

__all__ = ["CONST_ROW"]


def _records(given: Given) -> plan.Bitmap:
    argument = given.argument("columns")
    return plan.RecordSet(tuple(record_name(given, argument, item) for item in given.items("columns")))


CONST_ROW = Signature(
    name="ConstRow",
    sentence="The records named, as far as they exist.",
    example="ConstRow(columns=[1, 2, 3])",
    parameters=(Parameter("columns", RECORDS, "The records; unknown ones are left out.", is_required=True),),
    bitmap=_records,
)
