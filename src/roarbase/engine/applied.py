"""How far an engine's log has been applied, and waiting until it is further."""

from threading import Condition

__all__ = ["Applied"]


class Applied:
    """The sequence number of the last entry that is visible; one thread moves it on, any thread reads or waits."""

    def __init__(self, sequence: int) -> None:
        self._sequence = sequence
        self._moved = Condition()
        self._waiting = 0

    @property
    def sequence(self) -> int:
        return self._sequence

    def move_to(self, sequence: int) -> None:
        """Say that everything up to this number is visible."""
        self._sequence = sequence
        if self._waiting:  # whoever begins to wait from now on sees the number first
            with self._moved:
                self._moved.notify_all()

    def wait(self, sequence: int, timeout_s: float) -> bool:
        """Wait until everything up to this number is visible; whether it is.

        >>> Applied(7).wait(7, 0), Applied(7).wait(8, 0)
        (True, False)
        """
        with self._moved:
            self._waiting += 1
            try:
                return self._moved.wait_for(lambda: self._sequence >= sequence, timeout_s)
            finally:
                self._waiting -= 1
