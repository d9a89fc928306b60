"""The measurement: answers compared first, then visits to the systems by turns, and medians of what they took.

Every way to ask a peer is measured; the fastest one is the peer's figure. A way that took three
times as long as the fastest of the same system on the first visit is not visited again.
"""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bench.cseg import protocol
from bench.cseg.answers import find_disagreement
from bench.cseg.dataset import Dataset
from bench.cseg.processes import Worker
from bench.cseg.queries.query import Query, Rows
from bench.cseg.systems import ROARBASE

__all__ = ["COLD", "Cell", "Effort", "Line", "compare", "measure"]

COLD = "caches dropped"
"""The way to ask Roarbase that drops its caches before each run."""

_HOPELESS = 3
_TIMEOUT_S = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class Effort:
    """How long to measure: `visits` to each way, each of `runs` runs unless `seconds` are over before."""

    visits: int = 3
    runs: int = 5
    seconds: float = 0.03


@dataclass(frozen=True, slots=True)
class Cell:
    """A system's figure for a query: the median, and the way it was asked."""

    ms: float
    way: str


@dataclass(kw_only=True, slots=True)
class Line:
    """All that was found out about a query.

    Attributes:
        cells: By system; one that has no figure is not in it.
        cold: Roarbase with its caches dropped, if it has caches to drop.
        not_yet: Why Roarbase cannot answer it.
        problem: What is wrong with the answers, or with a system.
    """

    query: Query
    cells: dict[str, Cell] = field(default_factory=dict)
    cold: Cell | None = None
    not_yet: str | None = None
    problem: str | None = None

    @property
    def best_peer_ms(self) -> float | None:
        """The fastest peer."""
        return min((cell.ms for name, cell in self.cells.items() if name != ROARBASE), default=None)

    def ratio(self, *, is_cold: bool = False) -> float | None:
        """How many times as long the fastest peer took, if both are known."""
        ours, best = self.cold if is_cold else self.cells.get(ROARBASE), self.best_peer_ms
        return None if ours is None or best is None else best / ours.ms


def compare(query: Query, workers: Sequence[Worker], data: Dataset) -> Line:
    """Ask every system in every way once, and compare what they say."""
    line = Line(query=query)
    answers: dict[str, Rows] = {}
    for worker, way in _ways(query, workers):
        reply = worker.ask(protocol.Ask(query=query.name, way=way), timeout_s=_TIMEOUT_S)
        if isinstance(reply, protocol.Answered):
            answers[f"{worker.name} ({way})"] = reply.rows
        elif isinstance(reply, protocol.NotYet):
            line.not_yet = reply.reason
        elif isinstance(reply, protocol.Failed):
            line.problem = line.problem or f"{worker.name} ({way}): {reply.error.strip().splitlines()[-1]}"
    line.problem = line.problem or find_disagreement(query, answers, data)
    return line


def measure(line: Line, workers: Sequence[Worker], effort: Effort) -> None:
    """Fill in the figures of a line. Systems take turns, each round beginning with the next one."""
    times: dict[tuple[str, str], list[float]] = {}
    asked = [(worker, way) for worker, way in _ways(line.query, workers) if worker.name != ROARBASE or not line.not_yet]
    asked += [(worker, COLD) for worker, _ in asked if worker.name == ROARBASE]
    for visit in range(effort.visits):
        turn = visit % max(len(asked), 1)
        for worker, way in asked[turn:] + asked[:turn]:
            if visit == 0 or not _is_hopeless(times, worker.name, way):
                times.setdefault((worker.name, way), []).extend(_visit(line.query, worker, way, effort))
    for (name, way), found in times.items():
        if found:
            _enter(line, name, Cell(statistics.median(found), way))


def _ways(query: Query, workers: Sequence[Worker]) -> Iterator[tuple[Worker, str]]:
    for worker in workers:
        for way in worker.ways[query.name]:
            yield worker, way


def _visit(query: Query, worker: Worker, way: str, effort: Effort) -> list[float]:
    """The times of some runs in a row; none where something cannot be measured."""
    is_cold = way == COLD
    asked_way = worker.ways[query.name][0] if is_cold else way
    request = protocol.Measure(
        query=query.name, way=asked_way, runs=effort.runs, seconds=effort.seconds, is_cold=is_cold
    )
    reply = worker.ask(request, timeout_s=_TIMEOUT_S)
    return reply.times_ms if isinstance(reply, protocol.Measured) else []


def _is_hopeless(times: dict[tuple[str, str], list[float]], name: str, way: str) -> bool:
    """Whether a way is out of the running; caches dropped are a figure of their own."""
    medians = {key: statistics.median(found) for key, found in times.items() if found and key[0] == name}
    if way == COLD:
        return (name, way) not in medians
    rivals = [median for (_, other), median in medians.items() if other != COLD]
    return medians.get((name, way), float("inf")) > _HOPELESS * min(rivals, default=float("inf"))


def _enter(line: Line, name: str, cell: Cell) -> None:
    if cell.way == COLD:
        line.cold = cell
    elif name not in line.cells or cell.ms < line.cells[name].ms:
        line.cells[name] = cell
