"""An order for what DuckDB gives, where the statement asks for none: the same rows come the same way each time.

groups      by their keys, null first, as bitmaps give them
DISTINCT    by its columns
joins       by the ids of the tables joined, from left to right; so do rows with values over windows
"""

from msgspec.structs import replace

from roarbase.query.sql.kinds import record_type
from roarbase.query.sql.later.tree import Column, Expr, JoinedSource, Order, Query, Rows, Selected, TableRows
from roarbase.query.sql.later.walking import has_window, leaves_of
from roarbase.query.sql.names import RECORD_ID

__all__ = ["record_ids", "settled"]


def settled(query: Selected) -> Selected:
    """The query, ordered if it was not."""
    if not isinstance(query, Query) or query.order:
        return query
    return replace(query, order=tuple(Order(value, False, True) for value in _natural(query)))


def _natural(query: Query) -> tuple[Expr, ...]:
    if query.is_distinct:
        return tuple(output.value for output in query.outputs)
    if query.is_grouped:
        return query.keys
    has_windows = any(has_window(output.value) for output in query.outputs)
    if not has_windows and not isinstance(query.source, JoinedSource):
        return ()
    return record_ids(query.source)


def record_ids(rows: Rows | None) -> tuple[Expr, ...]:
    """The ids of the tables that rows are joined of."""
    tables = [leaf for leaf in leaves_of(rows) if isinstance(leaf, TableRows)]
    return tuple(Column(record_type(leaf.table), leaf.number, 0, RECORD_ID) for leaf in tables)
