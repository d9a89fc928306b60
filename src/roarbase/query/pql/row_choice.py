"""Which rows of a field `Rows` chooses: shared by Rows, GroupBy and UnionRows."""

from roarbase.engine import plan
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.query.pql.conditions import number_of, record_name, row_name
from roarbase.query.pql.frame import Given, Parameter
from roarbase.query.pql.kinds import FIELD, NATURAL, RECORD, ROW, ROWS, TEXT, TIME
from roarbase.query.pql.times import time_range_or_none

__all__ = ["ROWS_PARAMETERS", "choose_rows"]

ROWS_PARAMETERS = (
    Parameter("field", FIELD, "The field; its name alone may stand first.", is_required=True),
    Parameter("previous", ROW, "Begin strictly behind this row."),
    Parameter("limit", NATURAL, "Give this many rows at most; cut before `like` is applied."),
    Parameter("column", RECORD, "Only rows of this record."),
    Parameter("from", TIME, "Only rows set at or after this time; time fields only."),
    Parameter("to", TIME, "Only rows set before this time; time fields only."),
    Parameter("like", TEXT, "Only keys that match: `%` is any run, `_` one character. Keyed fields only."),
    Parameter("in", ROWS, "Exactly these rows. Takes no other argument beside it."),
)

_BOOLS = {"true": True, "false": False}


def choose_rows(given: Given, spec: FieldSpec) -> plan.GroupField:
    """The rows that a call of Rows chooses.

    Raises:
        StatementError: The options do not fit the field or one another.
    """
    if given.argument_or_none("in") is not None:
        return plan.GroupField(field=spec.name, within=_within(given, spec))
    column = given.argument_or_none("column")
    return plan.GroupField(
        field=spec.name,
        after=_after(given, spec),
        limit=given.natural_or_none("limit"),
        like=_like(given, spec),
        column=None if column is None else record_name(given, column, column.value),
        during=time_range_or_none(given, spec),
    )


def _within(given: Given, spec: FieldSpec) -> tuple[plan.RowName, ...]:
    argument = given.argument("in")
    other = next((a for a in given.call.arguments if a.name not in ("field", "in")), None)
    if other is not None:
        raise given.error(f"{given.name}: in does not support other arguments beside it; found {other.name}", other)
    if spec.type.is_number and not spec.is_reference:
        raise given.error(f"{given.name}: in chooses rows; {spec.name!r} is of type {spec.type}", argument)
    items = given.items("in")
    if spec.type is FieldType.BOOL:  # the last of a list is read as a word
        items = tuple(_BOOLS.get(item, item) if isinstance(item, str) else item for item in items)
    return tuple(dict.fromkeys(row_name(given, argument, spec, item) for item in items))


def _after(given: Given, spec: FieldSpec) -> plan.RowName | None:
    previous = given.argument_or_none("previous")
    if previous is None:
        return None
    if spec.type.has_rows or spec.is_reference:
        return row_name(given, previous, spec, previous.value)
    return number_of(given, previous, spec, previous.value)


def _like(given: Given, spec: FieldSpec) -> str | None:
    like = given.argument_or_none("like")
    if like is not None and not (spec.is_keyed or spec.is_reference):
        raise given.error(f"{given.name}: like compares keys, and the rows of {spec.name!r} have none", like)
    return given.text_or_none("like")
