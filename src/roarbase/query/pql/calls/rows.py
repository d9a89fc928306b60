"""Rows: the rows of a field that hold records."""

from roarbase.engine import plan
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.query.pql.frame import Given, Signature
from roarbase.query.pql.row_choice import ROWS_PARAMETERS, choose_rows
from roarbase.query.program import AskData

__all__ = ["ROWS", "rows_of"]

_TYPES = (FieldType.SET, FieldType.MUTEX, FieldType.TIME)


def rows_of(given: Given) -> plan.Rows:
    """The rows that a call of Rows lists.

    Raises:
        StatementError: The type of the field has none to list, or the options do not fit.
    """
    chosen = choose_rows(given, _field(given))
    return plan.Rows(
        field=chosen.field,
        after=chosen.after,
        limit=chosen.limit,
        like=chosen.like,
        column=chosen.column,
        within=chosen.within,
        during=chosen.during,
    )


def _field(given: Given) -> FieldSpec:
    spec = given.field()
    if spec.type not in _TYPES:
        raise given.error(
            f"{spec.type} fields not supported by Rows() query: it takes set, mutex and time fields; {spec.name!r} is "
            "none",
            given.argument_or_none("field"),
        )
    return spec


def _ask(given: Given) -> AskData:
    return given.ask(rows_of(given))


ROWS = Signature(
    name="Rows",
    sentence="The rows of a set, mutex or time field that hold at least one record, in order of row id.",
    example='Rows(species, like="%a", limit=10)',
    gives="rows",
    parameters=ROWS_PARAMETERS,
    ask=_ask,
)
