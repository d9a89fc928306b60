"""Transfers at work: one at a time for each deployment, each in a thread of its own, and what became of the last ones.

The last backup and the last restore of a deployment are kept in a small file each, so that whoever asks after a
restart is told what became of them. The file is no truth: what a backup is, its index says.
"""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import structlog

from roarbase.errors import IncorrectState, OperatorError, RoarbaseError, Unavailable
from roarbase.model.transfers import Transfer, TransferKind, TransferStatus
from roarbase.services.clock import Clock
from roarbase.services.private_files import write_private

__all__ = ["Transfers", "Work"]

_AT_ONCE = 4
"""Over all deployments: each takes a processor while it reads, and memory for a shard."""

_OUR_FAULT = "the service could not do its part; its log says why"
_STOPPED = "the service stopped while it was in progress"
_log = structlog.get_logger(__name__)

Work = Callable[[Callable[..., None]], dict[str, Any]]
"""Does a transfer. Given a function to tell members of the transfer with, which raises when the service
stops; returns the members to end with."""


class Transfers:
    """Begins transfers and knows the last ones.

    Args:
        folder: Where the last ones are kept; made when there is one.
    """

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._guard = threading.RLock()
        self._latest = {(t.deployment_id, t.kind): t for t in self._read()}
        self._threads: dict[str, threading.Thread] = {}
        self._stopping = False

    def latest_or_none(self, deployment_id: str, kind: TransferKind) -> Transfer | None:
        """The last backup or restore of a deployment, be it still in progress."""
        return self._latest.get((deployment_id, kind))

    def check_idle(self, deployment_id: str) -> None:
        """Raise IncorrectState while a transfer of the deployment is in progress."""
        for kind in TransferKind:
            found = self._latest.get((deployment_id, kind))
            if found is not None and found.status == TransferStatus.IN_PROGRESS:
                raise IncorrectState(
                    f"a {kind} of the deployment is in progress since {found.started_at:%H:%M:%S} UTC; "
                    "wait until it has ended",
                    status=found.status,
                )

    def begin(
        self,
        deployment_id: str,
        kind: TransferKind,
        place: str,
        work: Work,
        before: Callable[[], None] = lambda: None,
    ) -> Transfer:
        """Begin a transfer, which goes on in the background.

        Args:
            before: Done once it is sure that it begins; if this raises, it does not.

        Raises:
            IncorrectState: Another one of the deployment is in progress.
            Unavailable: The service stops, or has as many in progress as it takes on.
        """
        with self._guard:
            self.check_idle(deployment_id)
            if self._stopping or len(self._threads) >= _AT_ONCE:
                why = "the service stops" if self._stopping else f"{_AT_ONCE} backups and restores are in progress"
                raise Unavailable(f"{why}; try again later", retry_after_s=5)
            before()
            transfer = Transfer(
                deployment_id=deployment_id,
                kind=kind,
                place=place,
                status=TransferStatus.IN_PROGRESS,
                started_at=self._clock(),
            )
            self._put(transfer)
            self._start(transfer, work)
            return transfer

    @property
    def is_stopping(self) -> bool:
        """Whether those in progress should end soon."""
        return self._stopping

    def stop(self) -> None:
        """Have those in progress end soon, as failed, and wait for that."""
        with self._guard:
            self._stopping = True
            threads = [*self._threads.values()]
        for thread in threads:
            thread.join()

    def forget_all_but(self, deployment_ids: set[str]) -> None:
        """Forget what deployments had that are gone."""
        for (deployment_id, kind), _ in [*self._latest.items()]:
            if deployment_id not in deployment_ids:
                self._latest.pop((deployment_id, kind))
                self._file(deployment_id, kind).unlink(missing_ok=True)

    def _start(self, transfer: Transfer, work: Work) -> None:
        thread = threading.Thread(
            target=self._run, args=(transfer, work), name=f"roarbase-{transfer.kind}", daemon=True
        )
        self._threads[transfer.deployment_id] = thread
        try:
            thread.start()
        except RuntimeError as error:  # no thread is to be had: it fails as if the service stopped
            refusal = Unavailable(f"no thread can be started for it ({error}); try again later")
            self._run(transfer, work, refusal)
            raise refusal from error

    def _run(self, transfer: Transfer, work: Work, refusal: Unavailable | None = None) -> None:
        key = (transfer.deployment_id, transfer.kind)

        def tell(**members: Any) -> None:
            if refusal is not None:
                raise refusal
            if self._stopping:
                raise Unavailable(_STOPPED)
            self._latest[key] = replace(self._latest[key], **members)

        try:
            ending = {"status": TransferStatus.COMPLETED, **work(tell)}
        except Exception as error:
            ending = {"status": TransferStatus.FAILED, "reason": _reason_of(transfer, error)}
        with self._guard:
            self._threads.pop(transfer.deployment_id, None)
            self._put(replace(self._latest[key], **ending, finished_at=self._clock()))

    def _put(self, transfer: Transfer) -> None:
        self._latest[transfer.deployment_id, transfer.kind] = transfer
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(self._file(transfer.deployment_id, transfer.kind), msgspec.json.encode(transfer))
        except OSError as error:  # a full disk does not change what became of it
            _log.warning("the state of a transfer could not be kept", kind=transfer.kind, error=str(error))

    def _file(self, deployment_id: str, kind: TransferKind) -> Path:
        return self._folder / f"{deployment_id}.{kind}.json"

    def _read(self) -> list[Transfer]:
        found = []
        for path in sorted(self._folder.glob("*.json")):
            try:
                transfer = msgspec.json.decode(path.read_bytes(), type=Transfer)
            except (OSError, msgspec.MsgspecError) as error:
                _log.warning("the state of a transfer cannot be read", path=str(path), error=str(error))
                continue
            if transfer.status == TransferStatus.IN_PROGRESS:
                transfer = replace(transfer, status=TransferStatus.FAILED, reason=_STOPPED, finished_at=self._clock())
            found.append(transfer)
        return found


def _reason_of(transfer: Transfer, error: Exception) -> str:
    """What the requester is told. A disk's own error is told too: it is the place of the backup, or ours."""
    if isinstance(error, RoarbaseError) and not isinstance(error, OperatorError):
        return error.message
    if isinstance(error, OSError):
        return f"the disk refused: {error.strerror or error}"
    _log.error("a transfer failed", kind=transfer.kind, id=transfer.deployment_id, exc_info=error)
    return _OUR_FAULT
