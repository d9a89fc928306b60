"""The table of plans and the operators that answer them."""

from collections.abc import Callable, Mapping
from typing import Any

from roarbase.engine import plan
from roarbase.engine.operators.count import count
from roarbase.engine.operators.distinct import distinct
from roarbase.engine.operators.explain import explain
from roarbase.engine.operators.extract import extract
from roarbase.engine.operators.extreme_row import extreme_row
from roarbase.engine.operators.group_by import group_by
from roarbase.engine.operators.min_max import min_max
from roarbase.engine.operators.percentile import percentile
from roarbase.engine.operators.records import records
from roarbase.engine.operators.rows import rows
from roarbase.engine.operators.scan import Scan
from roarbase.engine.operators.stamped import stamped
from roarbase.engine.operators.sum import sum_values
from roarbase.engine.operators.summarize import summarize
from roarbase.engine.operators.top_rows import top_rows
from roarbase.model.results import Result

__all__ = ["Finish", "answer"]

Finish = Callable[[], Result]
"""Makes the result of what was gathered; the lock need not be held any more."""

_OPERATORS: Mapping[type, Callable[[Scan, Any], Finish]] = {
    plan.Records: records,
    plan.Count: count,
    plan.Rows: rows,
    plan.TopRows: top_rows,
    plan.ExtremeRow: extreme_row,
    plan.Sum: sum_values,
    plan.MinMax: min_max,
    plan.Percentile: percentile,
    plan.Distinct: distinct,
    plan.Extract: extract,
    plan.GroupBy: group_by,
    plan.Summarize: summarize,
    plan.Stamped: stamped,
}


def answer(scan: Scan, node: plan.Plan) -> Finish:
    """Run a plan on one table, up to the making of its result."""
    scan.budget.check()
    if isinstance(node, plan.Explain):
        return explain(scan, node.plan, answer)
    return _OPERATORS[type(node)](scan, node)
