"""HoldingRows: records holding any of the rows that options choose."""

from collections.abc import Sequence

from roarbase.engine import plan
from roarbase.engine.filters.filter import Filter
from roarbase.engine.filters.holding import holding
from roarbase.engine.operators.choices import chosen_codes
from roarbase.engine.operators.scan import Scan
from roarbase.engine.operators.top_codes import top_codes

__all__ = ["holding_rows"]


def holding_rows(scan: Scan, node: plan.HoldingRows, inputs: Sequence[Filter]) -> Filter:
    rows = node.rows
    field = scan.rows(rows.field, "asking for its rows", rows.during)
    if isinstance(rows, plan.TopRows):
        return holding(scan, field, top_codes(scan, field, rows, inputs[0])[0])
    return holding(scan, field, chosen_codes(scan, field, rows, inputs[0]))
