"""What a cached bitmap is of: a row, at any time or within a span, any row, a range of numbers, or a join.

Every question looks some up: tuples are hashed and compared in a tenth of the time of dataclasses. Bitmaps are kept by
field, and a field has keys of one kind.
"""

from dataclasses import dataclass
from typing import NamedTuple

from roarbase.engine.plan import Referred, Referring
from roarbase.engine.views.spans import Span

__all__ = ["AnyRowKey", "JoinKey", "Key", "RangeKey", "RowKey"]


class RowKey(NamedTuple):
    """Records holding the row with this code; of a time field, what they got within a span."""

    code: int
    during: Span | None = None


class AnyRowKey(NamedTuple):
    """Records holding some row, whichever."""


class RangeKey(NamedTuple):
    """Records with a number from `low` to `high`, both included."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class JoinKey:
    """Records joined to those of other tables, as these were when so much had changed in them.

    Writes do not follow what they do to a join. They change `changes`, and with it the key.
    """

    node: Referred | Referring
    changes: tuple[tuple[str, int], ...]


Key = RowKey | AnyRowKey | RangeKey | JoinKey
