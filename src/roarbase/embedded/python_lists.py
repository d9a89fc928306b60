"""Lists of Python objects as values. None is null."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal
from typing import Any, NamedTuple

import numpy as np

from roarbase.embedded.place import Place, shown
from roarbase.embedded.values import Booleans, Decimals, Floats, Integers, Lists, Mask, Moments, Nulls, Texts, Values
from roarbase.errors import InvalidParameter
from roarbase.model.fields import INT64_MAX, INT64_MIN, FieldSpec, FieldType

__all__ = ["list_values"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_UINT64_MAX = 2**64 - 1

_PLACES = Context(prec=400)
"""Holds every float, and every decimal that comes near to 64 bits, times 10^18."""


class _Read(NamedTuple):
    """A list that is being read, and where it has None, if anywhere."""

    items: Sequence[Any]
    is_null: Mask | None
    spec: FieldSpec | None
    place: Place

    def filled(self, filler: object) -> list[Any]:
        """The items, with something else for None."""
        return [filler if item is None else item for item in self.items]


def list_values(items: Sequence[Any], spec: FieldSpec | None, place: Place) -> Values:
    """The values of a list, all of one kind, except that numbers may be mixed.

    Args:
        spec: The field they are for; None for the names of records.

    Raises:
        InvalidParameter: They are of several kinds, or of one that no field takes.
    """
    kinds = {_kind_of(each) for each in set(map(type, items))} - {"null"}
    if not kinds:
        return Nulls(length=len(items))
    kind = "decimals" if len(kinds) > 1 and kinds <= {"integers", "floats", "decimals"} else next(iter(kinds))
    if kind is None or (len(kinds) > 1 and kind != "decimals"):
        raise _mixed(items, place)
    is_null = np.fromiter((item is None for item in items), np.bool_, len(items))
    return _READERS[kind](_Read(items, is_null if is_null.any() else None, spec, place))


def _kind_of(kind: type) -> str | None:
    """The name of a type's kind; None if there is none."""
    if issubclass(kind, np.timedelta64):  # numpy's durations are integers to Python
        return None
    return next((name for name, types in _KINDS if issubclass(kind, types)), None)


def _mixed(items: Sequence[Any], place: Place) -> InvalidParameter:
    """The error for the first item that is of no kind, or of another than those before it."""
    before = None
    for row, item in enumerate(items):
        kind = _kind_of(type(item))
        if kind is None:
            return place.wrong(row, f"{shown(item)} is of type {type(item).__name__}, which no field takes")
        if before not in (None, kind) and kind != "null":
            return place.wrong(row, f"{shown(item)} stands among {before}; a column has values of one kind")
        before = before if kind == "null" else kind
    raise AssertionError("nothing is mixed")


def _integers(read: _Read) -> Values:
    numbers = list(map(int, read.filled(0)))
    low, high = (INT64_MIN, INT64_MAX) if min(numbers) < 0 else (0, _UINT64_MAX)
    if min(numbers) < low or max(numbers) > high:
        row = next(row for row, number in enumerate(numbers) if not low <= number <= high)
        raise read.place.wrong(row, f"{shown(numbers[row])} is out of range: a column has numbers from {low} to {high}")
    return Integers(
        values=np.array(numbers, np.int64 if max(numbers) <= INT64_MAX else np.uint64), is_null=read.is_null
    )


def _floats(read: _Read) -> Values:
    return Floats(values=np.array(read.filled(0.0), np.float64), is_null=read.is_null)


def _booleans(read: _Read) -> Values:
    return Booleans(values=np.array(read.filled(False), np.bool_), is_null=read.is_null)


def _decimals(read: _Read) -> Values:
    """Numbers of any kind, as the field will store them: cut toward zero to its scale."""
    scale = 0 if read.spec is None else read.spec.scale
    numbers = [_scaled(number, scale, row, read) for row, number in enumerate(read.filled(0))]
    fits = [INT64_MIN <= number <= INT64_MAX for number in numbers]
    values = [number if does else 0 for number, does in zip(numbers, fits, strict=True)]
    return Decimals(values=np.array(values, np.int64), scale=scale, fits=np.array(fits, np.bool_), is_null=read.is_null)


def _scaled(number: Any, scale: int, row: int, read: _Read) -> int:
    if isinstance(number, int | np.integer):
        whole: int = int(number) * 10**scale
        return whole
    exact = number if isinstance(number, Decimal) else Decimal(repr(float(number)))
    if not exact.is_finite():
        raise read.place.wrong(row, f"{number} is no number; null is None")
    if exact.adjusted() > _PLACES.prec // 2:  # 1e999999 is not written out
        return _UINT64_MAX
    if read.spec is not None and read.spec.type is FieldType.INT and exact != exact.to_integral_value():
        raise read.place.wrong(row, f"{number} is not taken: an int field takes whole numbers")
    scaled: int = int(exact.scaleb(scale, _PLACES))
    return scaled


def _texts(read: _Read) -> Values:
    texts = read.filled(None)
    codes = {key: code for code, key in enumerate(dict.fromkeys(text for text in texts if text is not None))}
    numbers = np.fromiter((0 if text is None else codes[text] for text in texts), np.int64, len(texts))
    for key in codes:
        if not _is_text(key):
            raise read.place.wrong(texts.index(key), f"{shown(key)} is no text: it has half of a surrogate pair")
    return Texts(codes=numbers, keys=list(codes), is_null=read.is_null)


def _is_text(key: str) -> bool:
    try:
        key.encode()
    except UnicodeEncodeError:
        return False
    return True


def _moments(read: _Read) -> Values:
    """Dates are their first moment, and what says no zone is in UTC."""
    numbers = [(_moment(item) - _EPOCH) // _MICROSECOND for item in read.filled(_EPOCH)]
    return Moments(values=np.array(numbers, np.int64), places=6, is_null=read.is_null)


def _moment(item: date) -> datetime:
    if not isinstance(item, datetime):
        return datetime(item.year, item.month, item.day, tzinfo=UTC)
    return item.replace(tzinfo=UTC) if item.tzinfo is None else item


def _lists(read: _Read) -> Values:
    lists = [_flat(item, row, read.place) for row, item in enumerate(read.filled(()))]
    offsets = np.cumsum([0, *map(len, lists)])
    elements = [element for each in lists for element in each]
    return Lists(
        offsets=offsets, elements=list_values(elements, read.spec, read.place.inside(offsets)), is_null=read.is_null
    )


def _flat(item: Any, row: int, place: Place) -> Sequence[Any]:
    if isinstance(item, np.ndarray) and item.ndim != 1:
        raise place.wrong(row, f"an array of {item.ndim} dimensions; a list has one")
    return tuple(item)


_KINDS: tuple[tuple[str, tuple[type, ...]], ...] = (
    ("null", (type(None),)),
    ("booleans", (bool, np.bool_)),  # before integers, since bool is one of them
    ("integers", (int, np.integer)),
    ("floats", (float, np.floating)),
    ("decimals", (Decimal,)),
    ("strings", (str,)),
    ("timestamps", (date,)),
    ("lists", (list, tuple, set, frozenset, np.ndarray)),
)

_READERS: dict[str, Callable[[_Read], Values]] = {
    "booleans": _booleans,
    "integers": _integers,
    "floats": _floats,
    "decimals": _decimals,
    "strings": _texts,
    "timestamps": _moments,
    "lists": _lists,
}
