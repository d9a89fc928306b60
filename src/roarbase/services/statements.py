"""The statements that run, and the last that did: what `fb_exec_requests` shows, and KILL QUERY ends."""

import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from roarbase.errors import RequestTimeout, RoarbaseError
from roarbase.model.queries import LONGEST_KEPT
from roarbase.model.results import DataType, ResultColumn, ResultTable
from roarbase.model.users import Principal

__all__ = ["SHOWN", "Running", "Statements"]

_KEPT = 2000
_LONGEST = LONGEST_KEPT + 1  # one more than is shown: so it can be told that it is not the whole
SHOWN = 4000
_MILLISECONDS = 3
_KILLED = "cancelled"


@dataclass(slots=True)
class Running:
    """One statement. Times are in milliseconds since 1970; 0: it still runs.

    Attributes:
        tell_plan: Says how it is answered, where it asks something.
    """

    deployment_id: str
    user: str
    text: str
    user_id: str = ""
    language: str = ""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    began_ms: int = field(default_factory=lambda: time.time_ns() // 10**6)
    began_ns: int = field(default_factory=time.monotonic_ns)
    cpu_ns: int = 0
    ended_ms: int = 0
    elapsed_us: int = 0
    status: str = "running"
    rows: int = 0
    error: str = ""
    is_killed: bool = False
    tell_plan: Callable[[], str] = str

    @property
    def shown_elapsed_us(self) -> int:
        """How long it took, or takes up to now."""
        return self.elapsed_us if self.ended_ms else (time.monotonic_ns() - self.began_ns) // 1000


class Statements:
    """Knows them, some thousands over all deployments. Used from any thread.

    Args:
        ended: Told of each that is to be remembered, at its end: in the time of whoever waits for the answer.
    """

    def __init__(self, ended: Callable[[Running], None] | None = None) -> None:
        self._ended = ended
        self._known: OrderedDict[str, Running] = OrderedDict()
        self._counts: dict[tuple[str, str], int] = {}
        self._lock = threading.Lock()

    @contextmanager
    def running(
        self,
        deployment_id: str,
        caller: Principal,
        text: str,
        *,
        language: str,
        is_remembered: bool = True,
        is_abandoned: Callable[[], bool] = lambda: False,
    ) -> Iterator[Running]:
        """Note a statement while it runs, and how it ends."""
        made = Running(deployment_id, caller.email, text[:_LONGEST], caller.user_id if is_remembered else "", language)
        with self._lock:
            self._known[made.id] = made
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        cpu_ns = time.thread_time_ns()
        status = "error"
        try:
            yield made
            status = made.status if made.status != "running" else "complete"
        except RequestTimeout as error:
            status = _KILLED if made.is_killed or is_abandoned() else "timedout"
            made.error = error.message
            raise
        except Exception as error:
            made.error = error.message if isinstance(error, RoarbaseError) else "internal error"
            raise
        finally:
            made.cpu_ns = time.thread_time_ns() - cpu_ns
            made.elapsed_us = (time.monotonic_ns() - made.began_ns) // 1000
            made.ended_ms, made.status = time.time_ns() // 10**6, status
            with self._lock:
                self._counts[deployment_id, status] = self._counts.get((deployment_id, status), 0) + 1
            if self._ended is not None and made.user_id:
                self._ended(made)

    def running_of(self, user_id: str) -> list[Running]:
        """What a user runs just now, the latest first."""
        with self._lock:
            return [each for each in reversed(self._known.values()) if each.user_id == user_id and not each.ended_ms]

    def kill(self, deployment_id: str, statement_id: str) -> bool:
        """Have a statement end soon; False if it does not run."""
        with self._lock:
            found = self._known.get(statement_id)
        if found is None or found.deployment_id != deployment_id or found.ended_ms:
            return False
        found.is_killed = True
        return True

    def requests(self, deployment_id: str) -> ResultTable:
        """`fb_exec_requests`: the statements of a deployment, the latest first."""
        with self._lock:
            known = [each for each in reversed(self._known.values()) if each.deployment_id == deployment_id]
        return ResultTable(
            columns=tuple(_column(name, kind, [read(e) for e in known]) for name, kind, read in _COLUMNS)
        )

    def counters(self, deployment_id: str, memory_bytes: int, sequence: int) -> ResultTable:
        """`fb_performance_counters`: what was counted since the service started."""
        with self._lock:
            counts = {status: n for (where, status), n in self._counts.items() if where == deployment_id}
        rows = [("sql", f"statements_{status}", n, 1) for status, n in sorted(counts.items())]
        rows += [("engine", "memory_bytes", memory_bytes, 0), ("engine", "sequence", sequence, 1)]
        texts = {
            "nodeid": [deployment_id] * len(rows),
            "namespace": ["roarbase"] * len(rows),
            "subsystem": [row[0] for row in rows],
            "counter_name": [row[1] for row in rows],
        }
        columns = [_column(name, DataType.STRING, cells) for name, cells in texts.items()]
        columns.append(_column("value", DataType.INT64, [row[2] for row in rows]))
        columns.append(_column("counter_type", DataType.INT64, [row[3] for row in rows]))
        return ResultTable(columns=tuple(columns))


def _column(name: str, kind: DataType, cells: Sequence[object]) -> ResultColumn:
    scale = _MILLISECONDS if kind is DataType.TIMESTAMP else 0
    return ResultColumn(name=name, type=kind, cells=cells, scale=scale)


_Read = Callable[[Running], object]

_COLUMNS: tuple[tuple[str, DataType, _Read], ...] = (
    ("nodeid", DataType.STRING, lambda each: each.deployment_id),
    ("request_id", DataType.STRING, lambda each: each.id),
    ("user", DataType.STRING, lambda each: each.user),
    ("start_time", DataType.TIMESTAMP, lambda each: each.began_ms),
    ("end_time", DataType.TIMESTAMP, lambda each: each.ended_ms or None),
    ("status", DataType.STRING, lambda each: each.status),
    ("wait_type", DataType.STRING, lambda _: ""),
    ("wait_time", DataType.INT64, lambda _: 0),
    ("wait_resource", DataType.STRING, lambda _: ""),
    ("cpu_time", DataType.INT64, lambda each: each.cpu_ns // 1000),
    ("elapsed_time", DataType.INT64, lambda each: each.shown_elapsed_us),
    ("reads", DataType.INT64, lambda _: 0),
    ("writes", DataType.INT64, lambda _: 0),
    ("logical_reads", DataType.INT64, lambda _: 0),
    ("row_count", DataType.INT64, lambda each: each.rows),
    ("sql", DataType.STRING, lambda each: each.text[:SHOWN]),
    ("plan", DataType.STRING, lambda each: each.tell_plan()[:SHOWN]),
)
