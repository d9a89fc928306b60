"""An editor for code: highlighted, named for screen readers, left with Escape and Tab."""

import json
from collections.abc import Callable
from typing import Any, Literal

from nicegui import ui

__all__ = ["Language", "code_editor"]

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
