"""The table of plans and the operators that answer them."""

from collections.abc import Callable, Mapping
from typing import Any

from roarbase.engine import plan
from roarbase.engine.plain.operators.extract import extract
from roarbase.engine.plain.operators.group_by import group_by
from roarbase.engine.plain.operators.numbers import min_max, sum_values
from roarbase.engine.plain.operators.records import count, records
from roarbase.engine.plain.operators.rows import distinct, rows, top_rows
from roarbase.engine.plain.operators.scan import Finish, Scan
from roarbase.engine.plain.operators.summarize import summarize

__all__ = ["answer"]

_OPERATORS: Mapping[type, Callable[[Scan, Any], Finish]] = {
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


def answer(scan: Scan, node: plan.Plan) -> Finish:
    """Gather what a plan asks of one table; the lock is held until this returns."""
    scan.budget.check()
    return _OPERATORS[type(node)](scan, node)
