"""Backups and restores over HTTP."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, cast

from roarbase.client.session import Session, path_of
from roarbase.errors import RequestTimeout

__all__ = ["RemoteTransfer", "Transfers"]

_FIRST_POLL_S, _LAST_POLL_S = 0.05, 2.0

_Action = Literal["backup", "restore"]


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoteTransfer:
    """The last backup or restore of a deployment, as the service showed it.

    Attributes:
        status: IN_PROGRESS, COMPLETED or FAILED.
        reason: Why it failed.
        url: Where the backup is.
        done_files: How many files are in place, of `files` (0: not known yet).
        sent_files: Of a backup: how many had to be sent.
        sequence: The last entry of the deployment's log that the backup has.
    """

    status: str
    reason: str
    url: str
    files: int
    done_files: int
    sent_files: int
    sent_bytes: int
    size_bytes: int
    sequence: int


class Transfers:
    """Backups and restores of deployments, one at a time for each."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def back_up(self, deployment_id: str, url: str) -> RemoteTransfer:
        """Ask for a backup to a folder below the service's own, or to `s3://bucket/path`; `wait` until it is made."""
        return self._start(deployment_id, "backup", url)

    def restore(self, deployment_id: str, url: str) -> RemoteTransfer:
        """Ask that a backup replaces all that a deployment holds; `wait` until it has."""
        return self._start(deployment_id, "restore", url)

    def get(self, deployment_id: str, action: _Action) -> RemoteTransfer:
        """How the last one went, or goes. Raises ResourceNotFound if there was none."""
        return _read(self._session.send("GET", path_of("deployments", deployment_id, "action", action)))

    def wait(
        self,
        deployment_id: str,
        action: _Action,
        *,
        timeout_s: float = 86400.0,
        progress: Callable[[RemoteTransfer], None] = lambda _: None,
    ) -> RemoteTransfer:
        """Return it once it has ended, be it COMPLETED or FAILED.

        Raises:
            RequestTimeout: It was still in progress at the end.
        """
        stop, poll_s = time.monotonic() + timeout_s, _FIRST_POLL_S
        while (found := self.get(deployment_id, action)).status == "IN_PROGRESS":
            progress(found)
            if time.monotonic() >= stop:
                raise RequestTimeout(f"the {action} is still in progress after {timeout_s:g} s")
            time.sleep(poll_s)
            poll_s = min(2 * poll_s, _LAST_POLL_S)
        return found

    def _start(self, deployment_id: str, action: _Action, url: str) -> RemoteTransfer:
        return _read(self._session.send("PUT", path_of("deployments", deployment_id, "action", action), {"url": url}))


def _read(item: Mapping[str, object]) -> RemoteTransfer:
    def count(name: str) -> int:
        return cast("int", item.get(name) or 0)

    return RemoteTransfer(
        status=str(item["status"]),
        reason=str(item.get("reason", "")),
        url=str(item.get("url", "")),
        files=count("files"),
        done_files=count("done_files"),
        sent_files=count("sent_files"),
        sent_bytes=count("sent_bytes"),
        size_bytes=count("size_bytes"),
        sequence=count("sequence"),
    )
