"""When it is time for snapshots."""

from dataclasses import dataclass

__all__ = ["SnapshotPolicy", "has_enough", "is_worth_closing", "seconds_until_due"]


@dataclass(frozen=True, kw_only=True, slots=True)
class SnapshotPolicy:
    """How much a start may have to replay.

    Attributes:
        log_bytes: Snapshots are taken once the log has grown by so much since the last ones; 0: never for that.
        interval_s: They are taken after so long, if the log has grown at all; 0: never for that.
        closing_bytes: A close takes them too if the log has grown by so much.
        closing_s: It writes no more shards after so long.
    """

    log_bytes: int = 256 << 20
    interval_s: float = 600
    closing_bytes: int = 8 << 20
    closing_s: float = 5


def has_enough(policy: SnapshotPolicy, log_bytes: int) -> bool:
    """Whether the log has grown by enough to wait no longer."""
    return 0 < policy.log_bytes <= log_bytes


def is_worth_closing(policy: SnapshotPolicy, log_bytes: int) -> bool:
    """Whether a close should spare the next start what it would have to replay."""
    return log_bytes >= policy.closing_bytes and bool(policy.log_bytes or policy.interval_s)


def seconds_until_due(policy: SnapshotPolicy, log_bytes: int, waited_s: float) -> float | None:
    """How long to wait, if nothing more is written; None: until something is.

    Args:
        log_bytes: How much the log has grown since the last snapshots.
        waited_s: How long ago these were.

    >>> policy = SnapshotPolicy(log_bytes=100, interval_s=60)
    >>> [seconds_until_due(policy, log_bytes, 45) for log_bytes in (0, 1, 100)]
    [None, 15, 0]
    """
    if not log_bytes:
        return None
    if has_enough(policy, log_bytes):
        return 0
    return max(0, policy.interval_s - waited_s) if policy.interval_s else None
