"""Rows: those that options leave, that most records hold, the first and the last."""

import re
from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from math import ceil
from typing import Any

from roarbase.engine.plan import ExtremeRow, GroupField, Rows, TopRows
from roarbase.model.results import RowCount, RowResult, TopRowsResult
from roarbase.testing.batches import RecordName
from roarbase.testing.reference.records import ReferenceRecords

__all__ = ["chosen_rows", "extreme_row", "is_like", "top_rows"]


def chosen_rows(table: ReferenceRecords, options: Rows | GroupField, names: set[RecordName]) -> list[Any]:
    """The rows or values of these records that the options of Rows leave, in the field's order."""
    order = table.order(options.field)
    if options.within is not None:
        has_keys = table.has_keys(options.field)
        known = [v for v in options.within if not has_keys or v in table.row_keys[options.field]]
        return sorted(set(known), key=order)
    names = names if options.column is None else names & {options.column}
    rows = table.distinct(names, options.field, options.during)
    if options.after is not None:
        rows = [row for row in rows if order(row) > order(options.after)]
    rows = rows[: options.limit]
    return rows if options.like is None else [row for row in rows if is_like(row, options.like)]


def top_rows(table: ReferenceRecords, plan: TopRows, among: set[RecordName]) -> TopRowsResult:
    """The rows that most of these records hold."""
    counts = _holders(table, among, plan)
    everywhere = counts if plan.similarity is None else _holders(table, table.records, plan)

    def is_left(row: Any) -> bool:
        """Whether the options leave a row."""
        if counts[row] < plan.least or (plan.within is not None and row not in plan.within):
            return False
        either = len(among) + everywhere[row] - counts[row]
        return plan.similarity is None or ceil(Fraction(100 * counts[row], either)) > plan.similarity

    order = table.order(plan.field)
    rows = [row for row in sorted(counts, key=lambda row: (-counts[row], order(row))) if is_left(row)]
    top = tuple(RowCount(row=row, count=counts[row]) for row in rows[: plan.k])
    return TopRowsResult(field=plan.field, rows=top, is_keyed=table.specs[plan.field].is_keyed)


def _holders(table: ReferenceRecords, among: Iterable[Any], plan: TopRows) -> Counter[Any]:
    """How many of these records hold each row."""
    return Counter(row for name in among for row in table.held(name, plan.field, plan.during))


def extreme_row(table: ReferenceRecords, plan: ExtremeRow, among: set[RecordName]) -> RowResult:
    """The first or the last row that any of these records holds."""
    rows = table.distinct(among, plan.field)
    row = None if not rows else rows[0] if plan.function == "min" else rows[-1]
    count = sum(row in table.held(name, plan.field) for name in among) if rows else 0
    return RowResult(field=plan.field, row=row, count=count, is_keyed=table.specs[plan.field].is_keyed)


def is_like(text: str, pattern: str) -> bool:
    """`%` any run, `_` one character."""
    expression = "".join({"%": ".*", "_": "."}.get(char, re.escape(char)) for char in pattern)
    return re.fullmatch(expression, text, re.DOTALL) is not None
