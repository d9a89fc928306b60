"""Unions and intersections of bitmaps, as short as they can be said.

`a >= 1 and a < 10` is one range, and a union of unions one union: a plan names what the
engine reads, each thing once.
"""

from collections.abc import Sequence

from roarbase.engine.plan import All, Bitmap, IdRange, Intersect, Nothing, NotNull, NumberRange, Union

__all__ = ["intersect", "unite"]


def intersect(inputs: Sequence[Bitmap]) -> Bitmap:
    """Records in every input. None at all: every record.

    >>> intersect([NumberRange("a", low=1), All(), NumberRange("a", high=9)])
    NumberRange(field='a', low=1, high=9)
    """
    flat = [inner for i in inputs for inner in (i.inputs if isinstance(i, Intersect) else (i,))]
    kept = _with_ranges_merged(list(dict.fromkeys(i for i in flat if not isinstance(i, All))))
    if any(isinstance(bitmap, Nothing) for bitmap in kept):
        return Nothing()
    if not kept:
        return All()
    return kept[0] if len(kept) == 1 else Intersect(tuple(kept))


def unite(inputs: Sequence[Bitmap]) -> Bitmap:
    """Records in any input. None at all: no record."""
    flat = [inner for i in inputs for inner in (i.inputs if isinstance(i, Union) else (i,))]
    kept = list(dict.fromkeys(i for i in flat if not isinstance(i, Nothing)))
    if any(isinstance(bitmap, All) for bitmap in kept):
        return All()
    if not kept:
        return Nothing()
    return kept[0] if len(kept) == 1 else Union(tuple(kept))


def _with_ranges_merged(inputs: list[Bitmap]) -> list[Bitmap]:
    """Ranges of one field become their overlap, where the first of them stood."""
    merged: dict[object, Bitmap] = {}
    for bitmap in inputs:
        key: object = ("numbers", bitmap.field) if isinstance(bitmap, NumberRange) else bitmap
        key = "ids" if isinstance(bitmap, IdRange) else key
        before = merged.get(key)
        merged[key] = bitmap if before is None else _overlap(before, bitmap)
    ranged = {bitmap.field for bitmap in merged.values() if isinstance(bitmap, NumberRange)}
    return [b for b in merged.values() if not (isinstance(b, NotNull) and b.field in ranged)]


def _overlap(left: Bitmap, right: Bitmap) -> Bitmap:
    if not isinstance(left, (NumberRange, IdRange)) or not isinstance(right, (NumberRange, IdRange)):
        return Nothing()  # an overlap before was empty already
    lows = [r.low for r in (left, right) if r.low is not None]
    highs = [r.high for r in (left, right) if r.high is not None]
    low, high = max(lows, default=None), min(highs, default=None)
    if low is not None and high is not None and low > high:
        return Nothing()
    return NumberRange(left.field, low, high) if isinstance(left, NumberRange) else IdRange(low, high)
