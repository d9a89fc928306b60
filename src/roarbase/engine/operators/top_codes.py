"""Rows by how many of the selected records hold them: what TopRows gives, and what records can be asked by."""

import numpy as np

from roarbase.engine.buffers.arrays import Int64s
from roarbase.engine.filters.filter import ALL, Filter
from roarbase.engine.grouping.counting import count_rows
from roarbase.engine.operators.scan import Scan, check_window
from roarbase.engine.plan import TopRows
from roarbase.engine.tables.fields import RowField

__all__ = ["top_codes"]


def top_codes(scan: Scan, field: RowField, plan: TopRows, among: Filter) -> tuple[Int64s, Int64s]:
    """The codes of the rows, the one with the most records first, ties by row id; and the count of each."""
    check_window(plan.k, 0)
    counts = count_rows(scan, among, field)
    are_chosen = counts >= max(plan.least, 1)
    if plan.within is not None:
        are_named = np.zeros(len(counts), np.bool_)
        are_named[field.codes_of(plan.within)] = True
        are_chosen &= are_named
    if plan.similarity is not None:
        either = count_rows(scan, ALL, field) + scan.count(among) - counts
        are_chosen &= -(-counts * 100 // np.maximum(either, 1)) > plan.similarity
    codes = np.flatnonzero(are_chosen)
    codes = codes[np.lexsort((field.names.row_ids(codes), -counts[codes]))][: plan.k]
    return codes, counts[codes]
