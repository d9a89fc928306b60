"""A part of a page that is drawn anew only when what it shows changes: the focus, and what is unfolded, stays."""

from collections.abc import Callable
from typing import Generic, TypeVar

from roarbase.console.components.tag import Tag

__all__ = ["Part"]

_T = TypeVar("_T")


class Part(Generic[_T]):
    """One part; nothing is drawn before it has something to show.

    Args:
        draw: Draws a value.
        classes: CSS classes of the element that it is drawn in.
        waits: Whether it says that the page is loading, until it has something to show: the first part of a page does.
    """

    def __init__(
        self, draw: Callable[[_T], object], *, tag: str = "section", classes: str = "card", waits: bool = False
    ) -> None:
        self._draw = draw
        self._shown: list[_T] = []
        self._place = Tag(tag, classes=classes)
        if waits:
            with self._place:
                Tag("p", "Loading", classes="empty", role="status")

    def show(self, value: _T) -> None:
        """Draw this value, unless it stands there already."""
        if self._shown == [value]:
            return
        self._shown = [value]
        self._place.clear()
        with self._place:
            self._draw(value)
