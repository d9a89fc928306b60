"""Transfers: a backup or a restore of a deployment, which goes on while its requester asks how far it is."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

__all__ = ["Transfer", "TransferKind", "TransferStatus"]


class TransferKind(StrEnum):
    """Which way the data goes."""

    BACKUP = "backup"
    RESTORE = "restore"


class TransferStatus(StrEnum):
    """IN_PROGRESS -> COMPLETED, or FAILED; then nothing was changed."""

    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


@dataclass(frozen=True, kw_only=True, slots=True)
class Transfer:
    """The last backup, or the last restore, of one deployment.

    Attributes:
        place: Where the backup is; without secrets.
        reason: Why it failed.
        done_files: How many files are in place, of `files` (0: not known yet).
        sent_files: Of a backup: how many had to be sent, since the place did not have them.
        size_bytes: Of the whole backup.
        sequence: The last entry of the deployment's log that the backup has.
    """

    deployment_id: str
    kind: TransferKind
    place: str
    status: TransferStatus
    started_at: datetime
    finished_at: datetime | None = None
    reason: str = ""
    done_files: int = 0
    files: int = 0
    sent_files: int = 0
    sent_bytes: int = 0
    size_bytes: int = 0
    sequence: int = 0
