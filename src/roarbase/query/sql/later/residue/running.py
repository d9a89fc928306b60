"""A residue on an engine: its inputs are gathered, DuckDB is asked, its rows become the answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from roarbase.engine.port import Engine
from roarbase.model.budget import Budget
from roarbase.model.results import Result
from roarbase.query.sql.kinds import SqlType
from roarbase.query.sql.later.answers import as_table
from roarbase.query.sql.later.residue.gathering import Inputs, gather
from roarbase.query.sql.later.residue.loading import runner
from roarbase.query.sql.later.residue.printing import Printed, print_query
from roarbase.query.sql.later.tree import Selected

__all__ = ["Residue", "residue_of", "run_residue"]


@dataclass(frozen=True, slots=True)
class Residue:
    """A query as DuckDB runs it, ready to be run on an engine again and again."""

    printed: Printed
    columns: tuple[tuple[str, SqlType], ...]

    def __call__(self, engine: Engine, budget: Budget) -> Result:
        """The answer."""
        return self.answer(gather(self.printed.inputs, engine, budget), budget)

    def answer(self, inputs: Inputs, budget: Budget) -> Result:
        """The answer, of inputs that were gathered."""
        rows = runner().run(self.printed.text, inputs, self.printed.called, budget)
        return _rows_as_table(self.columns, rows)


def residue_of(query: Selected) -> Residue:
    """What answers a query: its text for DuckDB is written once, however often it is run."""
    return Residue(print_query(query), tuple((output.name, output.value.type) for output in query.outputs))


def run_residue(query: Selected, engine: Engine, budget: Budget) -> Result:
    """The answer to a query."""
    return residue_of(query)(engine, budget)


def _rows_as_table(columns: Sequence[tuple[str, SqlType]], rows: Sequence[tuple[Any, ...]]) -> Result:
    """Rows as the answer of a statement."""
    cells: Sequence[Sequence[Any]] = [*zip(*rows, strict=True)] if rows else [()] * len(columns)
    return as_table([(name, kind, _plain(column)) for (name, kind), column in zip(columns, cells, strict=True)])


def _plain(cells: Sequence[Any]) -> list[Any]:
    """Cells with sets as tuples."""
    return [tuple(cell) if isinstance(cell, list) else cell for cell in cells]
