"""Feeds: running sinks, compiled and kept at hand for the ingest path.

A feed is kept as long as its sink runs: asking the metastore for each request would cost more
than decoding it. Only this process changes sinks, so forgetting on a change is enough.
"""

import threading
from dataclasses import dataclass

from roarbase.errors import IncorrectState
from roarbase.ingest.compatibility import with_table_fields
from roarbase.ingest.declaration import read_declaration
from roarbase.ingest.decoder import SinkDecoder
from roarbase.model.sinks import SinkStatus
from roarbase.model.users import Principal
from roarbase.services.engines import Engines
from roarbase.services.sinks import Sinks

__all__ = ["Feed", "Feeds"]

_MOST_KEPT = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Feed:
    """A running sink: whose it is, where it leads, and how to read its records."""

    sink_id: str
    organization_id: str
    deployment_id: str
    decoder: SinkDecoder


class Feeds:
    """Finds the feed of a sink."""

    def __init__(self, sinks: Sinks, engines: Engines) -> None:
        self._sinks = sinks
        self._engines = engines
        self._feeds: dict[str, Feed] = {}
        self._guard = threading.Lock()
        sinks.when_deleted(self.forget)

    def kept_or_none(self, caller: Principal, sink_id: str) -> Feed | None:
        """The feed if it is at hand and the caller's; never waits."""
        feed = self._feeds.get(sink_id)
        return feed if feed is not None and feed.organization_id == caller.organization_id else None

    def load(self, caller: Principal, sink_id: str) -> Feed:
        """Read and compile a sink.

        Raises:
            ResourceNotFound: There is none, or it belongs to another organization.
            IncorrectState: It is not RUNNING.
        """
        with self._guard:
            sink = self._sinks.get(caller, sink_id)
            if sink.status != SinkStatus.RUNNING:
                raise IncorrectState(f"the sink {sink.name!r} is {sink.status}, not RUNNING", status=sink.status)
            # What a schema does not say of a field, such as its bounds, the table says.
            table = self._engines.get(sink.deployment_id).schema().get_table(sink.table)
            feed = Feed(
                sink_id=sink.id,
                organization_id=sink.organization_id,
                deployment_id=sink.deployment_id,
                decoder=SinkDecoder(with_table_fields(read_declaration(sink.declaration), table), sink.table_id),
            )
            if len(self._feeds) >= _MOST_KEPT:
                self._feeds.clear()
            self._feeds[sink_id] = feed
            return feed

    def forget(self, sink_id: str) -> None:
        """Let a sink be read anew: it is being deleted."""
        with self._guard:
            self._feeds.pop(sink_id, None)
