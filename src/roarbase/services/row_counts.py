"""How many rows a result has, without making its table."""

from collections.abc import Callable, Sequence
from typing import Any

from roarbase.model.results import (
    DistinctResult,
    ExplainResult,
    ExtractResult,
    GroupsResult,
    NoResult,
    RecordsResult,
    Result,
    ResultTable,
    RowsResult,
    SortedResult,
    TopRowsResult,
)

__all__ = ["row_count"]


def row_count(results: Sequence[Result]) -> int:
    """The rows of all results of a statement together.

    >>> from roarbase.model.results import CountResult
    >>> row_count([CountResult(count=17), NoResult(), RecordsResult(records=[1, 2], is_keyed=False)])
    3
    """
    return sum(_LENGTHS[type(result)](result) if type(result) in _LENGTHS else 1 for result in results)


_LENGTHS: dict[type, Callable[[Any], int]] = {
    DistinctResult: lambda result: len(result.column.cells),
    ExplainResult: lambda result: len(result.table().columns[0].cells),
    ExtractResult: lambda result: len(result.records.cells),
    GroupsResult: lambda result: len(result.counts),
    NoResult: lambda _: 0,
    RecordsResult: lambda result: len(result.records),
    ResultTable: lambda result: len(result.columns[0].cells) if result.columns else 0,
    RowsResult: lambda result: len(result.rows),
    SortedResult: lambda result: len(result.records.cells),
    TopRowsResult: lambda result: len(result.rows),
}
"""Results that are not here are one row."""
