"""Answers as Arrow, for the planes."""

from collections.abc import Iterator

from roarbase.model.results import ResultTable
from roarbase.query import arrow_loading

__all__ = ["stream_of"]


def stream_of(table: ResultTable) -> Iterator[bytes]:
    """See `roarbase.query.arrow_answers.stream_of`."""
    return arrow_loading.stream_of(table)
