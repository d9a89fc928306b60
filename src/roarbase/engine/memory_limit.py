"""Whether there is memory for a write, without adding up all buffers before each of thousands a second."""

from collections.abc import Callable

from roarbase.errors import ResourceLimitExceeded

__all__ = ["MemoryLimit"]

_UNSEEN_BYTES = 1 << 20
"""After so many bytes of writes, by their estimates, it is asked anew what is used: buffers grow by doubling."""


class MemoryLimit:
    """What a deployment may use, and about what it does.

    Args:
        used: Tells what is used; asked now and then, and before any write is refused.

    Attributes:
        limit_bytes: Writes that would take more are refused. Any thread may set it.
    """

    def __init__(self, used: Callable[[], int], limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self._used = used
        self._told_bytes = 0
        self._unseen_bytes = _UNSEEN_BYTES

    def check(self, size_bytes: int, waiting_bytes: int = 0) -> None:
        """See that there is room for a write.

        Args:
            waiting_bytes: What others will take that are not applied yet.

        Raises:
            ResourceLimitExceeded: There is not.
        """
        limit_bytes = self.limit_bytes
        needed_bytes = waiting_bytes + size_bytes
        if self._unseen_bytes < _UNSEEN_BYTES and self._told_bytes + self._unseen_bytes + needed_bytes <= limit_bytes:
            return
        self._told_bytes, self._unseen_bytes = self._used(), 0
        memory_bytes = self._told_bytes + waiting_bytes
        if memory_bytes + size_bytes > limit_bytes:
            raise ResourceLimitExceeded(
                f"the write needs about {size_bytes} bytes of memory; the deployment uses {memory_bytes} of the "
                f"{limit_bytes} bytes of its shape: drop data, or choose a larger shape",
                limit_bytes=limit_bytes,
                memory_bytes=memory_bytes,
                size_bytes=size_bytes,
            )

    def note(self, size_bytes: int) -> None:
        """Writes of about this size are applied."""
        self._unseen_bytes += size_bytes
