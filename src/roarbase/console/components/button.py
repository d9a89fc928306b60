"""Buttons in the console's own colors: the framework's own would not be readable in the dark."""

from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import ui

__all__ = ["WorkingButton", "danger_button", "icon_button", "main_button", "quiet_button", "working_button"]

_Handler = Callable[..., Any]


def main_button(text: str, on_click: _Handler, icon: str | None = None) -> ui.button:
    """What one came for."""
    return ui.button(text, on_click=on_click, icon=icon, color=None).props("unelevated no-caps").classes("button--main")


class WorkingButton(ui.button):
    """A main button whose work takes a while: it says so, and does not begin twice."""

    def __init__(self, text: str, work: Callable[[], Awaitable[None]], icon: str | None = None) -> None:
        super().__init__(text, on_click=self.act, icon=icon, color=None)
        self._work, self._is_busy = work, False
        self.props("unelevated no-caps").classes("button--main")

    async def act(self) -> None:
        """Do it, unless it is being done."""
        if self._is_busy:
            return
        self._is_busy = True
        self.props("loading")
        try:
            await self._work()
        finally:
            self._is_busy = False
            self.props(remove="loading")


def working_button(text: str, work: Callable[[], Awaitable[None]], icon: str | None = None) -> WorkingButton:
    """What one came for, where it takes a while."""
    return WorkingButton(text, work, icon)


def quiet_button(text: str, on_click: _Handler, icon: str | None = None) -> ui.button:
    """What one may do as well."""
    return ui.button(text, on_click=on_click, icon=icon, color=None).props("flat no-caps").classes("button--quiet")


def danger_button(text: str, on_click: _Handler) -> ui.button:
    """What cannot be undone."""
    return ui.button(text, on_click=on_click, color=None).props("unelevated no-caps").classes("button--danger")


def icon_button(icon: str, name: str, on_click: _Handler | None = None) -> ui.button:
    """A picture that says its name to screen readers, and to who waits over it."""
    button = ui.button(icon=icon, on_click=on_click, color=None).props("flat round dense").classes("button--icon")
    button._props["aria-label"] = name
    button._props["title"] = name
    return button
