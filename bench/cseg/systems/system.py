"""What the runner knows of a system. Each runs in a process of its own."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Protocol

from bench.cseg.conditions import Condition
from bench.cseg.dataset import Dataset
from bench.cseg.queries.query import Query, Rows

__all__ = ["Loaded", "System", "Unanswered", "plain_rows"]


class Unanswered(Exception):
    """The system cannot answer the query yet; the sentence says why."""


class Loaded(dict[str, float]):
    """What loading took: `seconds` for the table `cseg`, and what else the system can say by name."""


class System(Protocol):
    """A database with the dataset in it."""

    version: str
    warm_up_runs: int
    """Runs before those that are timed: what is made at the first asking, or was pushed out of the processor's
    cache by another system, is there then."""

    def load(self, data: Dataset) -> Loaded:
        """Make both tables and whatever the idioms of the queries need."""
        ...

    def ways(self, query: Query) -> Sequence[str]:
        """The names of the ways to ask the query."""
        ...

    def run(self, query: Query, way: str) -> Any:
        """Ask, up to a finished answer: this is what is timed.

        Raises:
            Unanswered: The system cannot answer it yet.
        """
        ...

    def rows(self, query: Query, answer: Any) -> Rows:
        """An answer of `run` as plain rows."""
        ...

    def bring_about(self, condition: Condition) -> bool:
        """Have the next run find this condition; False if the system knows no such."""
        ...

    def memory_bytes_or_none(self) -> int | None:
        """What the data takes now, with all that is kept to answer from it, if the system can tell."""
        ...

    def close(self) -> None: ...


def plain_rows(rows: Sequence[Sequence[Any]]) -> Rows:
    """Rows of a peer with decimals as hundredths, times as seconds since 1970 and lists sorted.

    >>> plain_rows([(Decimal("4.50"), datetime(1970, 1, 1, 0, 1), [3, 1])])
    [[450, 60, [1, 3]]]
    """
    return [[_plain(cell) for cell in row] for row in rows]


def _plain(cell: Any) -> Any:
    if isinstance(cell, Decimal):
        return int(cell * 100)
    if isinstance(cell, datetime):
        return int(cell.replace(tzinfo=UTC).timestamp())
    return sorted(cell) if isinstance(cell, list) else cell
