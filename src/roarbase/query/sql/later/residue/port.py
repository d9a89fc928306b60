"""What the residue needs of whoever runs it: a table of rows for a text."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from roarbase.model.budget import Budget
from roarbase.query.sql.later.residue.called import Called

__all__ = ["GatheredColumn", "Runner"]

GatheredColumn = tuple[str, str, Sequence[Any]]
"""Name, type and cells."""


class Runner(Protocol):
    """Runs texts on gathered columns."""

    def run(
        self, text: str, inputs: Mapping[str, Sequence[GatheredColumn]], called: Sequence[Called], budget: Budget
    ) -> list[tuple[Any, ...]]:
        """The rows of a query.

        Raises:
            BadRequest: It fails while it runs.
            RequestTimeout: The budget is used up.
            ResourceLimitExceeded: It needs more memory than it may have.
        """
        ...
