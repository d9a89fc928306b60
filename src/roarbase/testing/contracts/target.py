"""The contract of places where backups are kept. A backend subclasses `TargetContract` and says how to make one."""

from collections.abc import Iterator

import pytest

from roarbase.backup.target import Target
from roarbase.errors import ResourceNotFound

__all__ = ["TargetContract"]

_LARGE = bytes(range(256)) * 4096 * 13
"""More than the parts of 5 MiB in which object stores take what is large."""


class TargetContract:
    """What every target does."""

    @pytest.fixture
    def target(self) -> Target:
        """An empty target."""
        raise NotImplementedError

    def test_an_empty_target_has_nothing(self, target: Target) -> None:
        """No keys, and nothing to read or remove."""
        assert target.sizes() == {}
        with pytest.raises(ResourceNotFound):
            b"".join(target.pieces("a"))
        target.remove("a")

    @pytest.mark.parametrize("content", [b"", b"x", _LARGE], ids=["empty", "one byte", "large"])
    def test_what_was_written_is_read(self, target: Target, content: bytes) -> None:
        """In whichever pieces it came, and in place of what was there."""
        target.write("files/a", [b"before"])
        target.write("files/a", (content[i : i + 700_000] for i in range(0, len(content), 700_000)))
        assert b"".join(target.pieces("files/a")) == content
        assert target.sizes() == {"files/a": len(content)}

    def test_keys_are_removed_one_by_one(self, target: Target) -> None:
        """What else is there stays."""
        for key in ("a", "files/a", "files/b"):
            target.write(key, [key.encode()])
        target.remove("files/a")
        assert target.sizes() == {"a": 1, "files/b": 7}
        with pytest.raises(ResourceNotFound):
            b"".join(target.pieces("files/a"))

    @pytest.mark.parametrize("before", [0, len(_LARGE)])
    def test_what_was_cut_short_is_not_there(self, target: Target, before: int) -> None:
        """The error of whoever gives the pieces comes through, and what was there stays."""

        def pieces() -> Iterator[bytes]:
            yield _LARGE[:before]
            raise KeyError("no more")

        target.write("a", [b"old"])
        for key in ("a", "b"):
            with pytest.raises(KeyError, match="no more"):
                target.write(key, pieces())
        assert target.sizes() == {"a": 3}
