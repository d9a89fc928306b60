"""pyarrow is loaded with the first answer that somebody wants as Arrow."""

import importlib
from collections.abc import Iterator
from typing import cast

from roarbase.model.results import ResultTable

__all__ = ["stream_of"]


def stream_of(table: ResultTable) -> Iterator[bytes]:
    """See `arrow_answers.stream_of`."""
    return cast(Iterator[bytes], importlib.import_module("roarbase.query.arrow_answers").stream_of(table))
