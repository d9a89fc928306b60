"""An editor for code: highlighted, named for screen readers, left with Escape and Tab."""

import json
from collections.abc import Callable
from typing import Any, Literal

from nicegui import ui

from roarbase.errors import PayloadTooLarge, Unavailable

__all__ = ["MOST_CHARACTERS", "Language", "code_editor", "said_by_page", "text_in"]

MOST_CHARACTERS = 900_000
"""As JSON: a page says no more to the service at once, and drops what is longer."""

Language = Literal["JSON"]


def code_editor(
    name: str, *, language: Language | None, value: str = "", on_change: Callable[[], Any] | None = None
) -> ui.codemirror:
    """One editor.

    Args:
        name: What it is for, which screen readers say.
        language: Which words are coloured; None: none, or those that a page colours by itself.
        on_change: Called with each change, half a second after the last one.
    """
    editor = ui.codemirror(value, language=language, line_wrapping=True, indent="  ").classes("editor")
    editor._props[":theme"] = "Quasar.Dark.isActive ? 'githubDark' : 'githubLight'"
    said = json.dumps(f"{name}. Escape, then Tab leaves the editor.")
    ui.timer(0, lambda: ui.run_javascript(_NAMING % (editor.id, said)), once=True)
    if on_change is not None:
        _later(editor, on_change)
    return editor


async def text_in(editor: ui.codemirror) -> str:
    """What stands in an editor in the browser: of a paste that was too long, the service's own copy knows nothing.

    Raises:
        PayloadTooLarge: More than a page can say.
        Unavailable: The page did not say in time.
    """
    return str(await said_by_page(_TEXT % (editor.id, MOST_CHARACTERS)))


async def said_by_page(code: str) -> Any:
    """What the page says of an editor; null stands for more than it can say.

    Raises:
        PayloadTooLarge: As said.
        Unavailable: It did not say in time.
    """
    try:
        said = await ui.run_javascript(code, timeout=_PATIENCE_S)
    except TimeoutError as error:
        raise Unavailable("the page did not say in time what stands in the editor: try it again") from error
    if said is None:
        raise PayloadTooLarge(
            f"there is more in the editor than the {MOST_CHARACTERS:,} characters that a page can send: use the API"
        )
    return said


_PATIENCE_S = 10.0
_TEXT = """const one = getElement(%s), view = one.editor || (await one.editorPromise);
const text = view.state.doc.toString();
return JSON.stringify(text).length > %s ? null : text;"""

_NAMING = """(function name(left) {
  const box = document.querySelector('#c%s .cm-content');
  if (box) box.setAttribute('aria-label', %s); else if (left) setTimeout(() => name(left - 1), 50);
})(200)"""

_QUIET_S = 0.5


def _later(editor: ui.codemirror, act: Callable[[], Any]) -> None:
    """Run `act` once nobody has typed for a moment."""
    waiting: list[ui.timer] = []

    def again() -> None:
        while waiting:
            waiting.pop().cancel()
        with editor.parent_slot.parent if editor.parent_slot else editor:
            waiting.append(ui.timer(_QUIET_S, act, once=True, immediate=False))

    editor.on_value_change(again)
