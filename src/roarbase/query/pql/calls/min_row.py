"""MinRow: the row with the lowest id."""

from roarbase.query.pql.extreme_row import EXTREME_ROW_PARAMETERS, ask_extreme_row
from roarbase.query.pql.frame import Given, Signature
from roarbase.query.program import AskData

__all__ = ["MIN_ROW"]


def _ask(given: Given) -> AskData:
    return ask_extreme_row(given, "min")


MIN_ROW = Signature(
    name="MinRow",
    sentence=(
        "The row with the lowest id that a record of its input, or any record, holds; of a field with keys, the one "
        "first used. With an input, how many of its records hold it; without, 1."
    ),
    example="MinRow(Row(petals > 5), field=species)",
    gives="a row with its count",
    inputs="one call that gives records",
    most=1,
    parameters=EXTREME_ROW_PARAMETERS,
    ask=_ask,
)
