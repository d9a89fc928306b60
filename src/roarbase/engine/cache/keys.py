"""What a cached bitmap is of: a row, at any time or within a span, or a range of numbers."""

from dataclasses import dataclass

from roarbase.engine.views.spans import Span

__all__ = ["Key", "RangeKey", "RowKey"]


@dataclass(frozen=True, slots=True)
class RowKey:
    """Records holding the row with this code; of a time field, what they got within a span."""

    code: int
    during: Span | None = None


@dataclass(frozen=True, slots=True)
class RangeKey:
    """Records with a number from `low` to `high`, both included."""

    low: int
    high: int


Key = RowKey | RangeKey
