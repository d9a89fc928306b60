"""Ingest: a body of JSON records in, a verdict per record out, everything good on disk before the answer."""

import asyncio
import sys
from dataclasses import dataclass
from functools import partial

from anyio import CapacityLimiter, to_thread

from roarbase.errors import RoarbaseError
from roarbase.ingest.decoder import Decoded
from roarbase.model.batch import Batch
from roarbase.model.settings import Settings
from roarbase.model.sinks import Verdicts
from roarbase.model.users import Principal, Privilege
from roarbase.model.written import Written
from roarbase.services.engines import Engines
from roarbase.services.feeds import Feed, Feeds
from roarbase.services.rates import SinkRates
from roarbase.services.sequences import note_sequence
from roarbase.services.shares import Shares

__all__ = ["Ingest"]

_DECODERS, _DECODERS_PER_ORGANIZATION = 4, 2
"""Threads for large bodies. Not the loop's own, which are for asking the metastore: some bodies take seconds."""

_INLINE_BYTES = 64 * 1024
"""Bodies above this are decoded in a thread: below, the hand-over costs more than the decoding."""


@dataclass(frozen=True, slots=True)
class _Acknowledgement:
    """Passes a write's outcome to the coroutine that waits. Called on the loop by the engine's deliverer."""

    future: "asyncio.Future[Written]"

    def __call__(self, outcome: Written | RoarbaseError) -> None:
        if self.future.done():
            return
        if isinstance(outcome, RoarbaseError):
            self.future.set_exception(outcome)
        else:
            self.future.set_result(outcome)


class Ingest:
    """Takes the records of sinks."""

    def __init__(self, feeds: Feeds, engines: Engines, settings: Settings) -> None:
        self._feeds = feeds
        self._engines = engines
        self._rates = SinkRates(settings)
        self._decoders = CapacityLimiter(_DECODERS)
        self._shares = Shares(_DECODERS_PER_ORGANIZATION)
        self._maximum_records = settings.integer("request_records") or sys.maxsize

    async def take(self, caller: Principal, sink_id: str, body: bytes) -> Verdicts:
        """Decode a body, write what is good in it, and return the verdicts once that is on disk.

        Raises:
            ResourceNotFound, IncorrectState: The sink is not there, or not RUNNING.
            InvalidBody, PayloadTooLarge: The body as a whole cannot be read.
            ResourceThroughputExceeded: The sink's rate.
            ResourceLimitExceeded, Unavailable: Memory or disk is full; nothing was written.
        """
        caller.require(Privilege.INGEST)
        feed = self._feeds.kept_or_none(caller, sink_id)
        if feed is None:
            feed = await asyncio.to_thread(self._feeds.load, caller, sink_id)
        self._rates.take_bytes(sink_id, len(body))
        decoded = await self._decode(feed, body)
        self._rates.take_records(sink_id, decoded.verdicts.record_count)
        if decoded.batch is not None:
            await self._write(feed, decoded.batch)
        else:
            note_sequence(self._engines.get(feed.deployment_id).sequence())
        return decoded.verdicts

    async def _decode(self, feed: Feed, body: bytes) -> Decoded:
        if len(body) <= _INLINE_BYTES:
            return feed.decoder.decode(body, maximum_records=self._maximum_records)
        decode = partial(feed.decoder.decode, body, maximum_records=self._maximum_records)
        async with self._shares.share(feed.organization_id):
            return await to_thread.run_sync(decode, limiter=self._decoders)

    async def _write(self, feed: Feed, batch: Batch) -> Written:
        future: asyncio.Future[Written] = asyncio.get_running_loop().create_future()
        self._engines.get(feed.deployment_id).write(batch, _Acknowledgement(future))
        return await future
