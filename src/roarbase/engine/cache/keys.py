"""What a cached bitmap is of: a row, or a range of numbers."""

from dataclasses import dataclass

__all__ = ["Key", "RangeKey", "RowKey"]


@dataclass(frozen=True, slots=True)
class RowKey:
    """Records holding the row with this code."""

    code: int


@dataclass(frozen=True, slots=True)
class RangeKey:
    """Records with a number from `low` to `high`, both included."""

    low: int
    high: int


Key = RowKey | RangeKey
