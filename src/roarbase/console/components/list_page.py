"""A page that lists what there is of one kind: kept up to date, with a way to make one, and to take one away."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from nicegui import ui

from roarbase.console.api import Call
from roarbase.console.components.button import icon_button, main_button
from roarbase.console.components.confirm import Done
from roarbase.console.components.listing import Column, Listing
from roarbase.console.components.tag import Tag
from roarbase.console.frame import Page

__all__ = ["ListPage"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ListPage:
    """What such pages differ in.

    Attributes:
        title: Their heading; in lower case, what it lists.
        sentence: What one of them is.
        new: What the button says that leads to the page under `path` where one is made.
        empty: What stands there instead of a list.
        verb: What taking one away is called, and `remove` asks for it.
        load: What there is now.
        every_s: How often that is asked.
    """

    title: str
    sentence: str
    new: str
    path: str
    empty: str
    columns: Sequence[Column]
    remove: Callable[[Page, dict[str, Any], Done], None]
    load: Callable[[Page], Awaitable[list[dict[str, Any]]]]
    verb: str = "Delete"
    every_s: float = 2.0

    def draw(self, page: Page) -> None:
        """Draw it."""
        with page.frame(self.title) as notice:
            with Tag("div", classes="toolbar"):
                Tag("p", self.sentence, classes="quiet grow")
                main_button(self.new, lambda: ui.navigate.to(self.path), "add")
            with Tag("section", classes="card", aria_label=self.title):
                listing = Listing(
                    self.title.lower(),
                    self.columns,
                    actions=lambda one: icon_button(
                        "delete", f"{self.verb} {one['name']}", lambda: self.remove(page, one, done)
                    ),
                    empty=self.empty,
                )
            curl = page.curl_view()

            async def done(call: Call) -> None:
                curl.show(call)
                await load()

            async def load() -> None:
                with notice.watching():
                    listing.show(await self.load(page))

            page.every(self.every_s, load)
