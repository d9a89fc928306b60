"""Where a page says what went wrong, or well, in words."""

from collections.abc import Iterator
from contextlib import contextmanager

from nicegui import ui

from roarbase.console.components.tag import Tag, sentence
from roarbase.console.session import SessionEnded
from roarbase.errors import RoarbaseError, StatementError

__all__ = ["Notice", "words_of"]


def words_of(error: RoarbaseError) -> str:
    """What a user is told of an error: its sentence, and where in a statement it lies."""
    text = sentence(error.message)
    if isinstance(error, StatementError) and error.line:
        return f"Line {error.line}, column {error.column}: {text}"
    wait_s = error.values.get("retry_after_s")
    return f"{text} Try again in {wait_s} s." if isinstance(wait_s, int) and "again" not in text else text


class Notice:
    """A region that screen readers read out when it changes; nothing is drawn while it is empty."""

    def __init__(self) -> None:
        self._region = Tag("div", classes="notice", role="alert")
        self._region.set_visibility(False)

    def error(self, text: str) -> None:
        """Say what went wrong."""
        self._show(text, "notice--error")

    def done(self, text: str) -> None:
        """Say what was done."""
        self._show(text, "notice--done")

    def clear(self) -> None:
        """Say nothing."""
        self._region.set_visibility(False)
        self._region.set_text("")

    def _show(self, text: str, kind: str) -> None:
        self._region.classes(kind, remove="notice--error notice--done")
        self._region.set_text(text)
        self._region.set_visibility(True)

    @contextmanager
    def watching(self, *, clears: bool = True) -> Iterator[None]:
        """Show the error that ends this block; without one, what stood here before is gone.

        Args:
            clears: False leaves what stands here: for what a page does by itself.
        """
        if clears:
            self.clear()
        try:
            yield
        except SessionEnded:
            ui.navigate.to("/sign-in")
        except RoarbaseError as error:
            self.error(words_of(error))
