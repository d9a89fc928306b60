"""How much an answer would have, against what may be returned: looked at before values are gathered."""

from roarbase.engine.filters.compiler import selected
from roarbase.engine.operators.scan import Scan
from roarbase.engine.plan import Bitmap

__all__ = ["check_records"]


def check_records(scan: Scan, node: Bitmap, limit: int | None = None, offset: int = 0) -> None:
    """Raise PayloadTooLarge if more records would be returned than the query's budget allows."""
    most = scan.budget.most_records
    if not most or (limit is not None and limit <= most):
        return
    found = max(scan.count(selected(scan, node)) - offset, 0)
    scan.budget.check_records(found if limit is None else min(found, limit))
