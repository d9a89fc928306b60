"""The table of plans and the operators that answer them."""

from collections.abc import Callable, Mapping
from typing import Any

from roarbase.engine import plan
from roarbase.engine.bitmap.operators.count import count
from roarbase.engine.bitmap.operators.distinct import distinct
from roarbase.engine.bitmap.operators.extract import extract
from roarbase.engine.bitmap.operators.group_by import group_by
from roarbase.engine.bitmap.operators.min_max import min_max
from roarbase.engine.bitmap.operators.records import records
from roarbase.engine.bitmap.operators.rows import rows
from roarbase.engine.bitmap.operators.scan import BitmapScan
from roarbase.engine.bitmap.operators.sum import sum_values
from roarbase.engine.bitmap.operators.summarize import summarize
from roarbase.engine.bitmap.operators.top_rows import top_rows
from roarbase.model.results import Result

__all__ = ["Finish", "answer"]

Finish = Callable[[], Result]
"""Makes the result of what was gathered; the lock need not be held any more."""

_OPERATORS: Mapping[type, Callable[[BitmapScan, Any], Finish]] = {
    plan.Records: records,
    plan.Count: count,
    plan.Rows: rows,
    plan.TopRows: top_rows,
    plan.Sum: sum_values,
    plan.MinMax: min_max,
    plan.Distinct: distinct,
    plan.Extract: extract,
    plan.GroupBy: group_by,
    plan.Summarize: summarize,
}


def answer(scan: BitmapScan, node: plan.Plan) -> Finish:
    """Run a plan on one table, up to the making of its result."""
    scan.budget.check()
    return _OPERATORS[type(node)](scan, node)
