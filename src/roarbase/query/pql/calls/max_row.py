"""MaxRow: the row with the highest id."""

from roarbase.query.pql.extreme_row import EXTREME_ROW_PARAMETERS, ask_extreme_row
from roarbase.query.pql.frame import Given, Signature
from roarbase.query.program import AskData

__all__ = ["MAX_ROW"]


def _ask(given: Given) -> AskData:
    return ask_extreme_row(given, "max")


MAX_ROW = Signature(
    name="MaxRow",
    sentence=(
        "The row with the highest id that a record of its input, or any record, holds; of a field with keys, the one "
        "last used first. With an input, how many of its records hold it; without, 1."
    ),
    example="MaxRow(Row(petals > 5), field=species)",
    gives="a row with its count",
    inputs="one call that gives records",
    most=1,
    parameters=EXTREME_ROW_PARAMETERS,
    ask=_ask,
)
