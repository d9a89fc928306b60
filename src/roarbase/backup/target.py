"""The port to where backups are kept: objects by key, a text with slashes."""

from collections.abc import Iterable, Iterator
from typing import Protocol

__all__ = ["Target"]


class Target(Protocol):
    """A folder, or a part of a bucket. Every method may raise InvalidParameter (a bucket that is not there, or that
    the service has no right to) and Unavailable (it cannot be reached, or is full); neither tells a secret."""

    @property
    def text(self) -> str:
        """Where it is, for messages."""
        ...

    def pieces(self, key: str) -> Iterator[bytes]:
        """The content of an object, from the start.

        Raises:
            ResourceNotFound: There is no such object.
        """
        ...

    def write(self, key: str, pieces: Iterable[bytes]) -> None:
        """Put an object in place, durably, instead of one that is there: whole, or not at all.

        Raises:
            Whatever `pieces` raised.
        """
        ...

    def sizes(self) -> dict[str, int]:
        """All keys, and how many bytes are there. None, where there is no folder yet."""
        ...

    def remove(self, key: str) -> None:
        """Remove an object; one that is gone is no error."""
        ...
