"""The end of calendar views: now and then, those older than their field's TTL are dropped.

Only here the clock is read. The moment goes through each engine's log like any other change, so a
restart finds dropped what was dropped, and nothing else.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from roarbase.engine.port import Engine
from roarbase.errors import RoarbaseError
from roarbase.model.changes import DropViews
from roarbase.model.durations import duration_ns
from roarbase.model.fields import FieldSpec, FieldType

__all__ = ["ViewExpiry"]

_NS_PER_SECOND = 10**9
_log = logging.getLogger(__name__)


class ViewExpiry:
    """Works in a thread of its own once started; `expire` alone does one pass.

    Args:
        engines: Gives the open engines, each with the name that messages call it by.
        interval_s: How long to wait between two passes; 0 makes none.
        clock: Gives the moment, with its time zone.
    """

    def __init__(
        self, engines: Callable[[], Iterable[tuple[str, Engine]]], *, interval_s: float, clock: Callable[[], datetime]
    ) -> None:
        self._engines = engines
        self._interval_s = interval_s
        self._clock = clock
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Make a pass now, and from then on one after each interval."""
        if self._interval_s > 0:
            self._thread = threading.Thread(target=self._run, name="view-expiry", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the thread; a pass in hand is broken off between two fields."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def expire(self) -> None:
        """Drop the views of every open engine that ended at least their field's TTL ago."""
        for name, engine in self._engines():
            for change in self._changes(engine):
                if self._stopping.is_set():
                    return
                try:
                    engine.change(change)
                except RoarbaseError as error:
                    # Its disk refuses, or it is being closed: the next pass tries again.
                    _log.warning("old views of %s could not be dropped: %s", name, error.message)
                    break

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.expire()
            except Exception:
                _log.exception("a pass over old views failed")
            self._stopping.wait(self._interval_s)

    def _changes(self, engine: Engine) -> Iterator[DropViews]:
        for table in engine.schema().tables.values():
            for name, spec in table.fields.items():
                ttl_ns = _ttl_ns(spec)
                if ttl_ns:
                    ended_by = (self._now_ns() - ttl_ns) // _NS_PER_SECOND
                    yield DropViews(table=table.id, field_id=table.field_ids[name], ended_by=ended_by)

    def _now_ns(self) -> int:
        now = self._clock()
        return int(now.timestamp()) * _NS_PER_SECOND + now.microsecond * 1000


def _ttl_ns(spec: FieldSpec) -> int:
    """How long calendar views are kept after they end; 0 keeps them."""
    return duration_ns(spec.ttl) or 0 if spec.type is FieldType.TIME and spec.ttl else 0
