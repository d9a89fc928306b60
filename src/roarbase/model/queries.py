"""What is remembered of a statement that somebody ran."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

__all__ = ["LONGEST_KEPT", "QueryRecord", "QueryStatus"]

LONGEST_KEPT = 10_000
"""Characters of a statement that are kept."""


class QueryStatus(StrEnum):
    """How a statement stands, or how it ended."""

    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, kw_only=True, slots=True)
class QueryRecord:
    """One statement of one user.

    Attributes:
        language: "pql", "sql", or "later_sql".
        is_whole: False where the statement was longer than LONGEST_KEPT, or a secret was taken out of it:
            it cannot be run again as it stands.
        error: What the user was told, where it failed.
        rows: How many rows it gave, over all its calls.
        duration_us: How long it took; while it runs, up to now.
    """

    id: str
    user_id: str
    deployment_id: str
    language: str
    statement: str
    is_whole: bool
    status: QueryStatus
    error: str
    rows: int
    started_at: datetime
    duration_us: int
