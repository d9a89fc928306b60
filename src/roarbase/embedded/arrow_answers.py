"""Results as Arrow tables, as the service gives them, too."""

from typing import Any

from roarbase.model.results import ResultTable
from roarbase.query.arrow_answers import table_of as plain_table_of

__all__ = ["table_of"]


def table_of(table: ResultTable) -> Any:
    """See `roarbase.query.arrow_answers.table_of`."""
    return plain_table_of(table)
