"""The measurement: answers compared first, then visits to the systems by turns, and medians of what they took.

Every way to ask a peer is measured; the fastest one is the peer's figure. A way that took three
times as long as the fastest of the same system on the first visit is not visited again.
"""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from bench.cseg import protocol
from bench.cseg.answers import find_disagreement
from bench.cseg.conditions import Condition
from bench.cseg.dataset import Dataset
from bench.cseg.processes import Worker
from bench.cseg.queries.query import Query, Rows
from bench.cseg.systems import ROARBASE
from bench.quiet import Quiet

__all__ = ["Cell", "Effort", "Line", "compare", "measure"]

_HOPELESS = 3
_TIMEOUT_S = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class Effort:
    """How long to measure: `visits` to each way, each of `runs` runs unless `seconds` are over before, when it is
    quiet."""

    visits: int = 3
    runs: int = 25
    seconds: float = 0.05
    quiet: Quiet = field(default_factory=lambda: Quiet(0))


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
        bare: Roarbase by condition, when it is not warm.
        touched_bytes: What the query has to read at least.
        not_yet: Why Roarbase cannot answer it.
        problem: What is wrong with the answers, or with a system.
    """

    query: Query
    cells: dict[str, Cell] = field(default_factory=dict)
    bare: dict[Condition, Cell] = field(default_factory=dict)
    touched_bytes: float = 0
    not_yet: str | None = None
    problem: str | None = None

    @property
    def best_peer_ms(self) -> float | None:
        """The fastest peer."""
        return min((cell.ms for name, cell in self.cells.items() if name != ROARBASE), default=None)

    def ours(self, condition: Condition = Condition.WARM) -> Cell | None:
        """Roarbase's figure, if there is one."""
        return self.cells.get(ROARBASE) if condition is Condition.WARM else self.bare.get(condition)

    def ratio(self, condition: Condition = Condition.WARM) -> float | None:
        """How many times as long the fastest peer, always warm, took, if both are known."""
        ours, best = self.ours(condition), self.best_peer_ms
        return None if ours is None or best is None else best / ours.ms


def compare(query: Query, workers: Sequence[Worker], data: Dataset) -> Line:
    """Ask every system in every way once, and compare what they say."""
    line = Line(query=query, touched_bytes=0 if query.touches is None else query.touches(data))
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


@dataclass(frozen=True, slots=True)
class _Asked:
    """A system, the way and the condition in which it is asked."""

    worker: Worker
    way: str
    condition: Condition = Condition.WARM


def measure(line: Line, workers: Sequence[Worker], effort: Effort) -> None:
    """Fill in the figures of a line. Systems take turns, each round beginning with the next one."""
    times: dict[_Asked, list[float]] = {}
    asked = [_Asked(worker, way) for worker, way in _ways(line.query, workers)]
    asked = [one for one in asked if one.worker.name != ROARBASE or not line.not_yet]
    ours = [one for one in asked if one.worker.name == ROARBASE]
    asked += [replace(one, condition=bare) for one in ours for bare in Condition if bare is not Condition.WARM]
    for visit in range(effort.visits):
        turn = visit % max(len(asked), 1)
        for one in asked[turn:] + asked[:turn]:
            if visit == 0 or not _is_hopeless(times, one):
                times.setdefault(one, []).extend(effort.quiet.during(partial(_visit, line.query, one, effort)))
    for one, found in times.items():
        if found:
            _enter(line, one, Cell(statistics.median(found), one.way))


def _ways(query: Query, workers: Sequence[Worker]) -> Iterator[tuple[Worker, str]]:
    for worker in workers:
        for way in worker.ways[query.name]:
            yield worker, way


def _visit(query: Query, one: _Asked, effort: Effort) -> list[float]:
    """The times of some runs in a row; none where something cannot be measured."""
    request = protocol.Measure(
        query=query.name, way=one.way, runs=effort.runs, seconds=effort.seconds, condition=one.condition
    )
    reply = one.worker.ask(request, timeout_s=_TIMEOUT_S)
    return reply.times_ms if isinstance(reply, protocol.Measured) else []


def _is_hopeless(times: dict[_Asked, list[float]], one: _Asked) -> bool:
    """Whether a way is out of the running; conditions are figures of their own."""
    rivals = {
        other: statistics.median(found)
        for other, found in times.items()
        if found and (other.worker.name, other.condition) == (one.worker.name, one.condition)
    }
    return one not in rivals or rivals[one] > _HOPELESS * min(rivals.values())


def _enter(line: Line, one: _Asked, cell: Cell) -> None:
    if one.condition is not Condition.WARM:
        line.bare[one.condition] = cell
    elif one.worker.name not in line.cells or cell.ms < line.cells[one.worker.name].ms:
        line.cells[one.worker.name] = cell
