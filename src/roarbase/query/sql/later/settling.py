"""An order for what DuckDB gives, where the statement asks for none: the same rows come the same way each time.

groups      by their keys, null first, as bitmaps give them
DISTINCT    by its columns
joins       by the ids of the tables joined, from left to right
"""

from dataclasses import replace

from roarbase.query.sql.kinds import record_type
from roarbase.query.sql.later.tree import Column, Expr, JoinedSource, Order, Query, Selected, TableRows
from roarbase.query.sql.later.walking import leaves_of
from roarbase.query.sql.names import RECORD_ID

__all__ = ["settled"]


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
    if not isinstance(query.source, JoinedSource):
        return ()
    tables = [rows for rows in leaves_of(query.source) if isinstance(rows, TableRows)]
    return tuple(Column(record_type(rows.table), rows.number, 0, RECORD_ID) for rows in tables)
