"""Comparison of answers: the same rows, whichever system gave them."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.cseg.dataset import Dataset
from bench.cseg.queries.query import Query, Rows

__all__ = ["find_disagreement"]

_MEAN_TOLERANCE = 1e-12
"""Means are divided in floating point, which rounds the last digit."""

_SHOWN = 160


def find_disagreement(query: Query, answers: Mapping[str, Rows], data: Dataset) -> str | None:
    """What is wrong with the answers, by the name of who gave them; None if all agree.

    Where systems may choose the records, each answer is compared with the data instead.
    """
    if query.any_of is not None:
        among = query.any_of.among(data)
        for name, rows in answers.items():
            wrong = _wrong_records(rows, query.any_of.limit, among, data)
            if wrong is not None:
                return f"{name} gave {wrong}"
        return None
    prepared = {name: rows if query.is_ordered else sorted(rows) for name, rows in answers.items()}
    names = list(prepared)
    for name in names[1:]:
        if not _agree(prepared[names[0]], prepared[name], query.tolerance or _MEAN_TOLERANCE):
            return f"{names[0]} says {_shown(prepared[names[0]])}, {name} says {_shown(prepared[name])}"
    return None


def _wrong_records(rows: Rows, limit: int, among: NDArray[np.bool_], data: Dataset) -> str | None:
    """What is wrong with records that a system chose."""
    expected = min(limit, int(among.sum()))
    if len(rows) != expected or len({row[0] for row in rows}) != expected:
        return f"{len(rows)} records, not {expected} different ones"
    for row in rows:
        if not among[row[0]]:
            return f"record {row[0]}, which was not asked for"
        if row != data.record(row[0]):
            return f"{_shown(row)} for {_shown(data.record(row[0]))}"
    return None


def _agree(one: Any, other: Any, tolerance: float) -> bool:
    """Equal; where a number is no integer, or a query allows it, as near as the tolerance says."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(_agree(a, b, tolerance) for a, b in zip(one, other, strict=True))
    if isinstance(one, float) or isinstance(other, float) or tolerance > _MEAN_TOLERANCE:
        return math.isclose(one, other, rel_tol=tolerance)
    return bool(one == other)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
