"""Every PQL call, one per file: this table is what the compiler, its errors and the reference know.

A call is added by its file and a line here.
"""

from roarbase.query.pql.calls.all import ALL
from roarbase.query.pql.calls.clear import CLEAR
from roarbase.query.pql.calls.clear_row import CLEAR_ROW
from roarbase.query.pql.calls.condition import CONDITION
from roarbase.query.pql.calls.const_row import CONST_ROW
from roarbase.query.pql.calls.count import COUNT
from roarbase.query.pql.calls.delete import DELETE
from roarbase.query.pql.calls.difference import DIFFERENCE
from roarbase.query.pql.calls.distinct import DISTINCT
from roarbase.query.pql.calls.explain import EXPLAIN
from roarbase.query.pql.calls.extract import EXTRACT
from roarbase.query.pql.calls.field_value import FIELD_VALUE
from roarbase.query.pql.calls.group_by import GROUP_BY
from roarbase.query.pql.calls.includes_column import INCLUDES_COLUMN
from roarbase.query.pql.calls.intersect import INTERSECT
from roarbase.query.pql.calls.limit import LIMIT
from roarbase.query.pql.calls.max import MAX
from roarbase.query.pql.calls.max_row import MAX_ROW
from roarbase.query.pql.calls.min import MIN
from roarbase.query.pql.calls.min_row import MIN_ROW
from roarbase.query.pql.calls.not_ import NOT
from roarbase.query.pql.calls.options import OPTIONS
from roarbase.query.pql.calls.percentile import PERCENTILE
from roarbase.query.pql.calls.row import RANGE, ROW
from roarbase.query.pql.calls.rows import ROWS
from roarbase.query.pql.calls.set_ import SET
from roarbase.query.pql.calls.shift import SHIFT
from roarbase.query.pql.calls.sort import SORT
from roarbase.query.pql.calls.store import STORE
from roarbase.query.pql.calls.sum import SUM
from roarbase.query.pql.calls.top_k import TOP_K
from roarbase.query.pql.calls.top_n import TOP_N
from roarbase.query.pql.calls.union import UNION
from roarbase.query.pql.calls.union_rows import UNION_ROWS
from roarbase.query.pql.calls.xor import XOR
from roarbase.query.pql.frame import Signature

__all__ = ["CALLS", "LATER", "SIGNATURES"]

CALLS: tuple[Signature, ...] = (
    # sets of records
    ROW,
    RANGE,
    ALL,
    CONST_ROW,
    UNION,
    INTERSECT,
    DIFFERENCE,
    XOR,
    NOT,
    LIMIT,
    UNION_ROWS,
    SHIFT,
    # rows and groups
    ROWS,
    TOP_K,
    TOP_N,
    GROUP_BY,
    CONDITION,
    # numbers and values
    COUNT,
    SUM,
    MIN,
    MAX,
    PERCENTILE,
    MIN_ROW,
    MAX_ROW,
    FIELD_VALUE,
    INCLUDES_COLUMN,
    DISTINCT,
    EXTRACT,
    SORT,
    # writes
    SET,
    CLEAR,
    CLEAR_ROW,
    STORE,
    DELETE,
    # other
    OPTIONS,
    EXPLAIN,
)
"""In the order of the reference."""

SIGNATURES = {signature.name.lower(): signature for signature in CALLS}

LATER = frozenset({"Apply", "Arrow", "ExternalLookup"})
"""Calls of the language that this engine does not have yet."""
