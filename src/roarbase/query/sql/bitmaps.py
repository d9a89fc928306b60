"""Conditions to bitmaps: the records for which a condition is true.

Works on conditions whose negations stand in the leaves (`passes/push_negations.py`): then the
records of an OR are the union, those of an AND the intersection, and nulls are in no leaf
unless it asks for them.
"""

from decimal import Decimal

from roarbase.engine.plan import (
    All,
    Bitmap,
    Difference,
    IdRange,
    Nothing,
    NotNull,
    NumberIn,
    NumberRange,
    RecordSet,
    RowIs,
    RowName,
    RowsIn,
    RowsLike,
    TimeRange,
)
from roarbase.model.fields import INT64_MAX, INT64_MIN, MAXIMUM_ID
from roarbase.query.sql.combine import intersect, unite
from roarbase.query.sql.kinds import Kind
from roarbase.query.sql.names import RECORD_ID
from roarbase.query.sql.numbers import exactly, limits
from roarbase.query.sql.tree import (
    Aggregate,
    And,
    Condition,
    Constant,
    Field,
    IsNull,
    Like,
    Not,
    OneOf,
    Operand,
    Or,
    Ordered,
    Value,
)

__all__ = ["bitmap_of"]

_NUMBERS = (Kind.INT, Kind.DECIMAL, Kind.TIMESTAMP)


def bitmap_of(condition: Condition) -> Bitmap:
    """The records for which the condition is true; unknown counts as false."""
    match condition:
        case Constant(value):
            return All() if value else Nothing()
        case And(inputs):
            return intersect([bitmap_of(i) for i in inputs])
        case Or(inputs):
            return unite([bitmap_of(i) for i in inputs])
        case Not():
            raise AssertionError("negations are pushed into the leaves before plans are made")
        case IsNull(operand, is_negated):
            present = _present(_field(operand))
            return present if is_negated else _without(present, among=All())
        case Like(operand, pattern, is_negated, during):
            field = _field(operand)
            return _either(field, RowsLike(field.name, pattern, during), is_negated=is_negated)
        case OneOf(operand, values, is_negated, during):
            field = _field(operand)
            if is_negated and field.type.kind == Kind.BOOL:
                return _one_of(field, tuple(b for b in (False, True) if b not in values))
            return _either(field, _one_of(field, values, during), is_negated=is_negated)
        case Ordered():
            return _ordered(condition)


def _field(operand: Operand) -> Field:
    assert not isinstance(operand, Aggregate), "aggregates are conditions on groups, not on records"
    return operand


def _present(field: Field) -> Bitmap:
    """Records with a value; each record has its id."""
    return All() if field.name == RECORD_ID else NotNull(field.name)


def _without(excluded: Bitmap, *, among: Bitmap) -> Bitmap:
    if excluded == Nothing():
        return among
    return Nothing() if excluded == among else Difference((among, excluded))


def _either(field: Field, wanted: Bitmap, *, is_negated: bool) -> Bitmap:
    return _without(wanted, among=_present(field)) if is_negated else wanted


def _one_of(field: Field, values: tuple[Value, ...], during: TimeRange | None = None) -> Bitmap:
    if field.type.kind in _NUMBERS:
        scaled = [exactly(v, field.type.scale) for v in values if isinstance(v, Decimal)]
        units = tuple(sorted({u for u in scaled if u is not None and INT64_MIN <= u <= INT64_MAX}))
        return NumberIn(field.name, units) if units else Nothing()
    names = tuple(name for name in map(_row_name, values) if name is not None)
    if field.name == RECORD_ID:
        return RecordSet(tuple(sorted(names, key=_sort_key))) if names else Nothing()
    if len(names) == 1:
        return RowIs(field.name, names[0], during)
    return RowsIn(field.name, tuple(sorted(names, key=_sort_key)), during) if names else Nothing()


def _row_name(value: Value) -> RowName | None:
    """A value as the name of a row or record; None where no id is such a number."""
    if not isinstance(value, Decimal):
        return value
    number = exactly(value, 0)
    return number if number is not None and 0 <= number <= MAXIMUM_ID else None


def _sort_key(name: RowName) -> tuple[str, RowName]:
    return type(name).__name__, name


def _ordered(condition: Ordered) -> Bitmap:
    field = _field(condition.operand)
    low, high = limits(condition.operator, condition.value, field.type.scale)
    first, last = (0, MAXIMUM_ID) if field.name == RECORD_ID else (INT64_MIN, INT64_MAX)
    if (low is not None and low > last) or (high is not None and high < first):
        return Nothing()
    low = None if low is None or low <= first else low
    high = None if high is None or high >= last else high
    if low is None and high is None:
        return _present(field)
    return IdRange(low, high) if field.name == RECORD_ID else NumberRange(field.name, low, high)
