"""Commands to take away: what a page just did, as one would do it with curl."""

import json
from collections.abc import Sequence

from nicegui import ui

from roarbase.console.api import Call
from roarbase.console.components.button import icon_button
from roarbase.console.components.tag import Tag
from roarbase.console.origins import Origins

__all__ = ["CurlView", "copyable"]


def copyable(text: str, name: str) -> None:
    """A text in a box, with a button that copies it.

    Args:
        name: What it is, for the button's name: "the command".
    """

    def copied() -> None:
        ui.notify(f"Copied {name}", type="info", position="bottom")

    with Tag("div", classes="copyable"):
        Tag("pre", text, tabindex="0")
        button = icon_button("content_copy", f"Copy {name}")
        button.on("click", copied, js_handler=f"(event) => {{ {_copy_script(text)}; emit() }}")


def _copy_script(text: str) -> str:
    """Copies also where the page did not come over TLS, where browsers offer no clipboard."""
    quoted = json.dumps(text).replace("<", "\\u003c")
    return (
        f"const text = {quoted};"
        "if (navigator.clipboard) { navigator.clipboard.writeText(text) } else {"
        "const area = document.createElement('textarea'); area.value = text; document.body.append(area);"
        "area.select(); document.execCommand('copy'); area.remove() }"
    )


class CurlView:
    """Shows what was just done as commands; nothing before there was something.

    Args:
        calls: What the page before did.
    """

    def __init__(self, origins: Origins, calls: Sequence[Call] = ()) -> None:
        self._origins = origins
        self._place = Tag("div", classes="curl")
        if calls:
            self.show(*calls)

    def show(self, *calls: Call) -> None:
        """Show these."""
        self._place.clear()
        with self._place, ui.expansion("The same with curl", icon="terminal").classes("wide"):
            copyable("\n\n".join(call.curl(self._origins) for call in calls), "the command")
