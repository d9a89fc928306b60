"""What users asked, remembered for them: the last statements of each, on disk.

A statement that ended costs its query an append to a queue. A thread writes the queue to the metastore once a second,
and before anybody reads; so a process that is killed loses the statements of its last second.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

import structlog

from roarbase.errors import InvalidParameter, Unavailable
from roarbase.metastore.queries import QueryRepository
from roarbase.model.queries import LONGEST_KEPT, QueryRecord, QueryStatus
from roarbase.model.users import Principal, Privilege
from roarbase.services.redacting import without_secrets
from roarbase.services.statements import Running, Statements

__all__ = ["History", "HistoryPage"]

_EVERY_S = 1.0
_RETRY_S = 5.0
_MOST_WAITING = 5_000
"""More than a second of statements; the oldest are lost where the metastore is away for long."""
_MOST_AT_ONCE = 1_000
_LONGEST_ERROR = 2_000
_STATUSES = {
    "running": QueryStatus.RUNNING,
    "complete": QueryStatus.COMPLETED,
    "error": QueryStatus.FAILED,
    "timedout": QueryStatus.TIMED_OUT,
    "cancelled": QueryStatus.CANCELLED,
}
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class HistoryPage:
    """Some statements, the newest first; `next` is where the following page begins, if there is one."""

    records: list[QueryRecord]
    next: str | None


class History:
    """Writes in a thread of its own once started; `flush` alone writes what waits.

    Attributes:
        statements: Where statements are noted while they run; what ends there is remembered here.

    Args:
        most_per_user: How many are remembered; 0 remembers none.
    """

    def __init__(self, repository: QueryRepository, *, most_per_user: int) -> None:
        self.statements = Statements(self._note if most_per_user else None)
        self._repository = repository
        self._most = most_per_user
        self._waiting: deque[Running] = deque(maxlen=_MOST_WAITING)
        self._has_work = threading.Event()
        self._stopping = threading.Event()
        self._writing = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to write."""
        self._thread = threading.Thread(target=self._run, name="history", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what waits, and end the thread."""
        self._stopping.set()
        self._has_work.set()
        if self._thread is not None:
            self._thread.join()
        self._try_to_flush()

    def flush(self) -> None:
        """Write what waits.

        Raises:
            Unavailable: The metastore does not answer; what waits goes on waiting.
        """
        with self._writing:
            taken = list[Running]()
            while self._waiting:
                taken.append(self._waiting.popleft())
            records = [_record(each) for each in _last_of_each(taken, self._most)]
            try:
                if records:
                    self._repository.add(records, most_per_user=self._most)
            except Unavailable:
                room = _MOST_WAITING - len(self._waiting)
                self._waiting.extendleft(reversed(taken[-room:] if room else []))
                raise

    def find(
        self, caller: Principal, *, search: str = "", status: str = "", before: str = "", limit: int = 50
    ) -> HistoryPage:
        """The caller's own statements: those that run, then those that ended, the last first.

        Args:
            search: Only those that hold this text, whatever the case of its letters.
            status: Only those with this status.
            before: The `next` of the page before.

        Raises:
            InvalidParameter: `status`, `before` or `limit` is none.
        """
        caller.require(Privilege.QUERY)
        if not 1 <= limit <= _MOST_AT_ONCE:
            raise InvalidParameter(f"limit is {limit}; it takes 1 to {_MOST_AT_ONCE}", parameter="limit")
        if status and status not in set(QueryStatus):
            known = ", ".join(QueryStatus)
            raise InvalidParameter(f"there is no status {status!r:.80}; use one of {known}", parameter="status")
        fits = _fitting(search, status)
        start = _number_of(before)
        self.flush()
        running = [] if start is not None else [r for r in self._running(caller.user_id) if fits(r)]
        with self._repository.reading(caller.user_id, before=start) as kept:
            found = [*islice((pair for pair in kept if fits(pair[1])), limit + 1)]
        following = str(found[limit - 1][0]) if len(found) > limit else None
        return HistoryPage(records=[*running, *(record for _, record in found[:limit])], next=following)

    def clear(self, caller: Principal) -> None:
        """Forget all that the caller asked; what still runs is remembered when it ends."""
        caller.require(Privilege.QUERY)
        self.flush()
        self._repository.remove_of_user(caller.user_id)

    def _running(self, user_id: str) -> Iterator[QueryRecord]:
        return (_record(each) for each in self.statements.running_of(user_id)) if self._most else iter(())

    def _note(self, ended: Running) -> None:
        self._waiting.append(ended)
        if not self._has_work.is_set():
            self._has_work.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._has_work.wait()
            self._has_work.clear()
            self._stopping.wait(_EVERY_S)
            if not self._try_to_flush():
                self._has_work.set()
                self._stopping.wait(_RETRY_S)

    def _try_to_flush(self) -> bool:
        try:
            self.flush()
        except Unavailable as error:
            _log.warning("the history of queries waits for the metastore", cause=str(error.__cause__ or error))
            return False
        except Exception:
            _log.exception("some queries could not be remembered")  # a bug must not end the thread
        return True


def _last_of_each(taken: list[Running], most: int) -> list[Running]:
    """The last statements of each user, in their order: nobody writes what would be forgotten at once."""
    counts: dict[str, int] = {}
    kept = list[Running]()
    for each in reversed(taken):
        counts[each.user_id] = counts.get(each.user_id, 0) + 1
        if counts[each.user_id] <= most:
            kept.append(each)
    return kept[::-1]


def _record(ran: Running) -> QueryRecord:
    text = without_secrets(ran.text)
    is_whole = text == ran.text and len(text) <= LONGEST_KEPT
    return QueryRecord(
        id=ran.id,
        user_id=ran.user_id,
        deployment_id=_storable(ran.deployment_id[:100]),
        language=ran.language,
        statement=_storable(text[:LONGEST_KEPT]),
        is_whole=is_whole,
        status=_STATUSES[ran.status],
        error=_storable(without_secrets(ran.error)[:_LONGEST_ERROR]),
        rows=ran.rows,
        started_at=datetime.fromtimestamp(ran.began_ms / 1000, UTC),
        duration_us=ran.shown_elapsed_us,
    )


def _storable(text: str) -> str:
    """Without what no database takes."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


def _fitting(search: str, status: str) -> Callable[[QueryRecord], bool]:
    wanted = search.casefold()
    return lambda record: (not status or record.status == status) and wanted in record.statement.casefold()


def _number_of(before: str) -> int | None:
    if not before:
        return None
    if not (before.isascii() and before.isdecimal() and len(before) <= 18):
        raise InvalidParameter("before takes the `next` of the page before", parameter="before")
    return int(before)
