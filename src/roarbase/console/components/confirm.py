"""What cannot be undone asks for a word to be typed first."""

from collections.abc import Awaitable, Callable

from nicegui import ui

from roarbase.console.api import Call
from roarbase.console.components.button import danger_button, quiet_button
from roarbase.console.components.notice import Notice
from roarbase.console.components.tag import Tag, heading

__all__ = ["Done", "confirm_by_typing"]

Done = Callable[[Call], Awaitable[None]]
"""What a page does once a call of this kind was made."""

_WORD = "DELETE"


def confirm_by_typing(
    title: str, consequence: str, act: Callable[[], Awaitable[None]], *, verb: str = "Delete"
) -> None:
    """Ask, then act; a refusal is told inside the dialog, which stays open."""
    with (
        ui.context.client.content,  # not in the row that asks, which may be redrawn meanwhile
        ui.dialog(value=True).props("aria-labelledby=confirm-title") as dialog,
        ui.card().classes("dialog"),
    ):
        heading(2, title).props("id=confirm-title")
        Tag("p", f"{consequence} This cannot be undone.")
        notice = Notice()
        typed = ui.input(f"Type {_WORD} to confirm").props("outlined autofocus autocomplete=off").classes("wide")

        async def go() -> None:
            if typed.value != _WORD:
                return
            button.disable()
            with notice.watching():
                await act()
                dialog.close()
            button.set_enabled(typed.value == _WORD)

        typed.on("keydown.enter", go)
        with Tag("div", classes="actions"):
            quiet_button("Cancel", dialog.close)
            button = danger_button(verb, go)
            button.disable()
        typed.on_value_change(lambda: button.set_enabled(typed.value == _WORD))
    dialog.on("hide", dialog.delete)
