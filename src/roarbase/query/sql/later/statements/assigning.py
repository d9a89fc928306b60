"""Which values a column takes, and how it keeps them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from roarbase.errors import BadRequest
from roarbase.model.fields import MAXIMUM_ID, FieldSpec
from roarbase.model.number_bounds import number_bounds
from roarbase.model.vectors import text_of_vector
from roarbase.query.sql.kinds import Kind, SqlType, type_of
from roarbase.query.sql.later.binding.kinds_of import plain_set, vector_numbers, vector_type
from roarbase.query.sql.later.binding.scope import Binding
from roarbase.query.sql.later.converting import converted, moment_of_text
from roarbase.query.sql.later.operations.arithmetic import power_of_ten
from roarbase.query.sql.later.operations.times import checked_moment
from roarbase.query.sql.later.tree import ID, STRING

__all__ = ["Stamped", "can_be_assigned", "check_assignable", "converter_for", "is_tuple_for"]

_NS_PLACES = 9
_TIMED = (Kind.IDSETQ, Kind.STRINGSETQ)


@dataclass(frozen=True, slots=True)
class Stamped:
    """Rows of a column with times, and when they were got, in seconds; None: now."""

    rows: tuple[Any, ...]
    second: int | None


def can_be_assigned(given: SqlType, column: SqlType) -> bool:
    """Whether a column takes values of a type."""
    if given.kind == Kind.NULL:
        return True
    match column.kind:
        case Kind.ID | Kind.INT:
            return given.kind in (Kind.INT, Kind.ID)
        case Kind.DECIMAL:
            return given.kind in (Kind.INT, Kind.ID) or (given.kind == Kind.DECIMAL and given.scale <= column.scale)
        case Kind.TIMESTAMP:
            return given.kind in (Kind.TIMESTAMP, Kind.STRING, Kind.INT, Kind.ID)
        case Kind.IDSETQ | Kind.STRINGSETQ:
            return plain_set(given) == plain_set(column) or is_tuple_for(given, column)
        case Kind.VECTOR:
            return column in (given, vector_type(given))
    return plain_set(given).kind == column.kind


def is_tuple_for(given: SqlType, column: SqlType) -> bool:
    """Whether a type is that of a moment with a set of the column's."""
    if given.kind != Kind.TUPLE or column.kind not in _TIMED or len(given.parts) != 2:
        return False
    moment, rows = given.parts
    return moment.kind in (Kind.INT, Kind.STRING, Kind.TIMESTAMP) and rows == plain_set(column)


def check_assignable(binding: Binding, at: int, given: SqlType, column: SqlType) -> None:
    """Raise if a column does not take values of a type."""
    if not can_be_assigned(given, column):
        raise binding.error(at, f"an expression of type '{given}' cannot be assigned to type '{column}'")


# ---- values ------------------------------------------------------------------------------------


def converter_for(spec: FieldSpec, given: SqlType) -> Callable[[Any], Any]:
    """A function from values of a type to what the column keeps: whole numbers, keys, ids, tuples of them, Stamped.

    The function raises BadRequest where the value is out of range or says no moment.
    """
    column = type_of(spec)
    match column.kind:
        case Kind.INT | Kind.DECIMAL:
            return _number(spec, column.scale - given.scale, given)
        case Kind.TIMESTAMP:
            return _moment(spec, given)
        case Kind.ID:
            return _row_id
        case Kind.IDSETQ | Kind.STRINGSETQ:
            return _stamped(given)
        case Kind.VECTOR:
            return _vector(given)
        case Kind.STRING if spec.length:
            return _limited(spec.length)
    return lambda value: value


def _outside(value: Any, given: SqlType) -> BadRequest:
    shown = converted(value, given, STRING) if given.kind in (Kind.DECIMAL, Kind.TIMESTAMP) else value
    return BadRequest(f"value '{shown}' out of range")


def _number(spec: FieldSpec, more_places: int, given: SqlType) -> Callable[[Any], int]:
    low, high = number_bounds(spec)
    factor = power_of_ten(more_places)

    def convert(value: int) -> int:
        number = value * factor
        if not low <= number <= high:
            raise _outside(value, given)
        return number

    return convert


def _row_id(value: int) -> int:
    if not 0 <= value <= MAXIMUM_ID:
        raise _outside(value, ID)
    return value


def _moment_ns(value: Any, given: SqlType) -> int:
    """A moment in nanoseconds: text, or a number of seconds."""
    if given.kind == Kind.STRING:
        ns = moment_of_text(value)
        if ns is None:
            raise BadRequest(f"unable to convert '{value[:60]}' to type 'timestamp'")
        return ns
    return int(value) * power_of_ten(_NS_PLACES - given.scale)


def _moment(spec: FieldSpec, given: SqlType) -> Callable[[Any], int]:
    low, high = number_bounds(spec)

    def convert(value: Any) -> int:
        number = _moment_ns(value, given) // power_of_ten(_NS_PLACES - spec.places)
        if not low <= number <= high:
            raise _outside(value, given)
        return number

    return convert


def _vector(given: SqlType) -> Callable[[Any], str]:
    if given.kind == Kind.VECTOR:
        return text_of_vector
    return lambda values: text_of_vector(vector_numbers(given, values))


def _limited(length: int) -> Callable[[str], str]:
    def convert(value: str) -> str:
        if len(value) > length:
            raise BadRequest(f"data overflow: a string of {len(value)} characters, where {length} is the most")
        return value

    return convert


def _stamped(given: SqlType) -> Callable[[Any], Any]:
    if given.kind != Kind.TUPLE:
        return lambda value: Stamped(value, None)

    def convert(value: tuple[Any, Any]) -> Stamped:
        moment, rows = value
        return Stamped(rows, checked_moment(_moment_ns(moment, given.parts[0])) // 10**_NS_PLACES)

    return convert
