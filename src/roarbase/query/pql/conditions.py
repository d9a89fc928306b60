"""Conditions on a field: what `Row` compares, as sets of records.

A literal is brought into the field's unit first, as a value that is written is: of 4.359, a field of scale 2
keeps 4.35, and a timestamp field in seconds keeps whole seconds. Literals beyond the 64-bit range hold for all
values or for none.
"""

from dataclasses import dataclass
from decimal import Context, Decimal
from math import floor

from roarbase.engine import plan
from roarbase.model.fields import INT64_MAX, INT64_MIN, MAXIMUM_ID, FieldSpec, FieldType
from roarbase.model.timestamps import timestamp_seconds
from roarbase.query.pql.frame import Given
from roarbase.query.pql.kinds import is_integer
from roarbase.query.pql.scanner import shown
from roarbase.query.pql.tree import Argument, Between

__all__ = ["Bounds", "bounds_of", "number_of", "record_name", "records_where", "row_name"]


_EXACT = Context(prec=100)
"""Room for all digits that a literal and a scale can have."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """`low` <= value <= `high`; None leaves an end open."""

    low: int | None = None
    high: int | None = None


def records_where(given: Given, argument: Argument, spec: FieldSpec) -> plan.Bitmap:
    """The records for which a condition on a field holds.

    Raises:
        StatementError: The field's type has no such comparison, or the value is not of its kind.
    """
    if argument.value is None:
        return _null_test(given, argument, spec)
    if spec.is_reference:
        return _referring(given, argument, spec)
    if spec.type.has_rows:
        if argument.operator not in ("=", "=="):
            message = f"{argument.operator} compares numbers; {spec.name!r} is of type {spec.type}, which takes ="
            raise given.error(message, argument)
        return plan.RowIs(spec.name, row_name(given, argument, spec, argument.value))
    if argument.operator == "!=":
        number = number_of(given, argument, spec, argument.value)
        return plan.Difference((plan.NotNull(spec.name), _range(spec.name, Bounds(number, number))))
    return _range(spec.name, bounds_of(given, argument, spec))


def _referring(given: Given, argument: Argument, spec: FieldSpec) -> plan.Bitmap:
    """Records that refer to a record, or with != to another one, by key."""
    if argument.operator not in ("=", "==", "!="):
        message = f"{argument.operator} compares numbers; {spec.name!r} refers to records of {spec.foreign_index!r}"
        raise given.error(f"{message}, whose keys are compared by = and != only", argument)
    key = row_name(given, argument, spec, argument.value)
    return plan.RefersElsewhere(spec.name, key) if argument.operator == "!=" else plan.RowIs(spec.name, key)


def bounds_of(given: Given, argument: Argument, spec: FieldSpec) -> Bounds:
    """The bounds that a comparison (not !=) sets for the values of a number field."""
    value, operator = argument.value, argument.operator
    if isinstance(value, Between):
        low = number_of(given, argument, spec, value.low)
        high = number_of(given, argument, spec, value.high)
        return Bounds(low if value.includes_low else low + 1, high if value.includes_high else high - 1)
    if operator == "><":
        if not isinstance(value, tuple) or len(value) != 2:
            raise given.wrong(argument, "a list of two values: x >< [low, high]")
        return Bounds(*(number_of(given, argument, spec, item) for item in value))
    number = number_of(given, argument, spec, value)
    if operator == "<":
        return Bounds(high=number - 1)
    if operator == "<=":
        return Bounds(high=number)
    if operator == ">":
        return Bounds(low=number + 1)
    if operator == ">=":
        return Bounds(low=number)
    return Bounds(number, number)


def number_of(given: Given, argument: Argument, spec: FieldSpec, value: object) -> int:
    """A literal in the unit of a number field, what is finer cut off toward zero: 4.359 at scale 2 is 435.

    Of a timestamp it is the unit since 1970 that the moment lies in; an integer counts from the field's epoch.

    Raises:
        StatementError: The literal is not of the field's kind.
    """
    if spec.type is FieldType.TIMESTAMP:
        seconds = timestamp_seconds(value) if isinstance(value, str) else None
        if seconds is not None:
            return floor(seconds.scaleb(spec.places, _EXACT))
        if isinstance(value, int) and is_integer(value):
            return value + spec.epoch_units
        raise given.wrong(argument, "a timestamp such as '2022-06-30T12:00:00Z', or a count of the field's units")
    if isinstance(value, Decimal) and (spec.type is FieldType.DECIMAL or value == int(value)):
        return int(value.scaleb(spec.scale, _EXACT))
    if isinstance(value, int) and is_integer(value):
        units: int = 10**spec.scale
        return value * units
    if isinstance(value, str):
        raise given.error(
            f"{argument.name}: cannot find keys on unkeyed field: found {shown(value)}, and it takes numbers", argument
        )
    kind = "a whole number" if spec.type is FieldType.INT else "a number"
    raise given.wrong(argument, f"{kind}, as {spec.name!r} is of type {spec.type}")


def row_name(given: Given, argument: Argument, spec: FieldSpec, value: object) -> plan.RowName:
    """A row of a field as the caller names it.

    Raises:
        StatementError: The field's rows are not named so.
    """
    where = f"{given.name}: {argument.name}"
    if spec.type is FieldType.BOOL:
        if isinstance(value, bool):
            return value
        if isinstance(value, str):
            raise given.error(
                f"{where}: cannot find keys on unkeyed field: found {shown(value)}, use true or false", argument
            )
        raise given.wrong(argument, "true or false, as the field is of type bool")
    has_keys = spec.is_keyed or spec.is_reference
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise given.wrong(argument, "a key in quotes" if has_keys else "a row id")
    if spec.is_reference and not isinstance(value, str):
        raise given.error(f"{where}: integer ID {value}, but {spec.name!r} refers to records by key", argument)
    if spec.is_keyed and not isinstance(value, str):
        raise given.error(f"{where}: found integer ID {value} on keyed field, use its key", argument)
    if not has_keys and isinstance(value, str):
        raise given.error(f"{where}: cannot find keys on unkeyed field: found {shown(value)}, use a row id", argument)
    _check_id(given, argument, value)
    return value


def record_name(given: Given, argument: Argument, value: object) -> int | str:
    """A record as the caller names it. In a table still open for ids or keys, both are taken.

    Raises:
        StatementError: The table's records are not named so.
    """
    where, is_keyed = f"{given.name}: {given.label(argument)}", given.scope.table.is_keyed
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise given.wrong(argument, "a record: an id, or a key")
    if is_keyed is True and not isinstance(value, str):
        raise given.error(f"{where}: found integer ID {value} on keyed index, use its key", argument)
    if is_keyed is False and isinstance(value, str):
        raise given.error(
            f"{where}: cannot find keys on unkeyed index: found {shown(value)}, use a record id", argument
        )
    _check_id(given, argument, value)
    return value


def _check_id(given: Given, argument: Argument, value: int | str) -> None:
    if isinstance(value, int) and not 0 <= value <= MAXIMUM_ID:
        raise given.error(f"{given.name}: {given.label(argument)}: the id {value} is negative", argument)


def _null_test(given: Given, argument: Argument, spec: FieldSpec) -> plan.Bitmap:
    if argument.operator in ("=", "=="):
        return plan.Difference((plan.All(), plan.NotNull(spec.name)))
    if argument.operator == "!=":
        return plan.NotNull(spec.name)
    raise given.error(f"null is compared by == and != only; found {argument.operator}", argument)


def _range(field: str, bounds: Bounds) -> plan.Bitmap:
    low, high = bounds.low, bounds.high
    if (low is not None and low > INT64_MAX) or (high is not None and high < INT64_MIN):
        return plan.Nothing()
    low = None if low is not None and low <= INT64_MIN else low
    high = None if high is not None and high >= INT64_MAX else high
    if low is None and high is None:
        return plan.NotNull(field)
    if low is not None and high is not None and low > high:
        return plan.Nothing()
    return plan.NumberRange(field, low, high)
