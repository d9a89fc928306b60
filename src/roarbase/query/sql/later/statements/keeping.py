"""Values of a column as it keeps them, all at once; None where one is out of bounds, or needs a closer look.

It gives what `assigning.converter_for` gives for each value.
"""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from roarbase.model.batch import NO_TIME
from roarbase.model.fields import INT64_MAX, INT64_MIN, MAXIMUM_ID
from roarbase.model.number_bounds import number_bounds
from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.later.columns.moments import moments
from roarbase.query.sql.later.columns.numbers import Integers, within
from roarbase.query.sql.later.columns.texts import Texts
from roarbase.query.sql.later.columns.values import Cells, Sets, Values, values_of
from roarbase.query.sql.later.operations.arithmetic import power_of_ten
from roarbase.query.sql.later.statements.assigning import Stamped
from roarbase.query.sql.later.statements.targets import Target, converter_of

__all__ = ["kept_or_none", "kept_values"]

_NS_PLACES = 9
_TIMED = (Kind.IDSETQ, Kind.STRINGSETQ)


def kept_or_none(
    target: Target, given: SqlType, are_there: NDArray[np.bool_] | None, cells: Cells | Texts, now_s: int
) -> Values | None:
    """The values as the column keeps them.

    Args:
        given: The type of the cells, which can be assigned to the column.
        are_there: Which rows have a value; None: all.
        cells: Of the rows that have one.
        now_s: When rows of columns with times are got.
    """
    if target.spec is None and are_there is not None:
        return None
    if given.kind == Kind.NULL:
        return kept_values(target.type, [None] * (0 if are_there is None else len(are_there)))
    kept = _kept(target, given, cells, now_s)
    return None if kept is None else Values.at(are_there, kept)


def _kept(target: Target, given: SqlType, cells: Cells | Texts, now_s: int) -> Cells | None:
    kind = target.type.kind
    if kind == Kind.TIMESTAMP and isinstance(cells, Texts | list):
        texts = cells if isinstance(cells, Texts) else Texts.of(cells)
        return _in_units(target, moments(texts), _NS_PLACES)
    if isinstance(cells, Sets):
        return Sets(cells.offsets, cells.members, np.full(len(cells), now_s)) if kind in _TIMED else cells
    if kind == Kind.VECTOR:
        return [*map(converter_of(target, given), cast(list[Any], cells))]
    if kind == Kind.STRING and target.spec is not None and target.spec.length:
        strings = cells.strings() if isinstance(cells, Texts) else cast(list[str], cells)
        return strings if max(map(len, strings), default=0) <= target.spec.length else None
    if kind in (Kind.STRING, Kind.BOOL):
        return cells
    numbers = cast(Integers, cells)
    return within(numbers, 0, MAXIMUM_ID) if kind == Kind.ID else _in_units(target, numbers, given.scale)


def _in_units(target: Target, cells: Integers | None, scale: int) -> Integers | None:
    """Numbers of some places in the units of the column."""
    assert target.spec is not None
    low, high = number_bounds(target.spec)
    places = target.spec.places if target.type.kind == Kind.TIMESTAMP else target.type.scale
    factor, is_cut = power_of_ten(abs(places - scale)), places < scale
    low, high = (low * factor, high * factor + factor - 1) if is_cut else (-(-low // factor), high // factor)
    given = within(cells, max(low, INT64_MIN), min(high, INT64_MAX))
    if given is None or factor == 1:
        return given
    numbers = given.astype(np.int64, copy=False)
    return numbers // factor if is_cut else numbers * factor


def kept_values(kind: SqlType, objects: Sequence[Any]) -> Values:
    """Values of a column, each as it keeps it: of one with times `Stamped`, or rows alone where they have no time."""
    if kind.kind not in _TIMED:
        return values_of(kind.kind, objects)
    stamped = [each if isinstance(each, Stamped) else Stamped(each, None) for each in objects]
    found = values_of(kind.kind, [each.rows for each in stamped])
    assert isinstance(found.cells, Sets)
    times = np.array([NO_TIME if each.second is None else each.second for each in stamped], np.int64)
    return Values(Sets(found.cells.offsets, found.cells.members, times), found.are_there)
