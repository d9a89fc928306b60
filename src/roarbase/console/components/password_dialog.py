"""The dialog in which users change their own password."""

from nicegui import ui

from roarbase.console.api import Call
from roarbase.console.components.button import main_button, quiet_button
from roarbase.console.components.curl import CurlView
from roarbase.console.components.notice import Notice
from roarbase.console.components.tag import Tag, heading
from roarbase.console.origins import Origins
from roarbase.console.session import PASSWORD_PATH, ConsoleSession
from roarbase.model.passwords import PASSWORD_RULES

__all__ = ["ask_for_new_password"]

_SHOWN = {"current_password": "<the present password>", "new_password": "<the new password>"}


def ask_for_new_password(session: ConsoleSession, origins: Origins) -> None:
    """Open it. What was typed goes with the dialog, whatever becomes of it."""
    with (
        ui.context.client.content,
        ui.dialog(value=True).props("aria-labelledby=password-title") as dialog,
        ui.card().classes("dialog"),
    ):
        heading(2, "Change your password").props("id=password-title")
        Tag("p", "Other browsers and programs that are signed in as you must sign in again.", classes="quiet")
        notice = Notice()
        current = _password("Present password", "current-password").props("autofocus")
        new = _password("New password", "new-password")
        rules = Tag("ul", classes="rules", aria_live="polite")
        again = _password("New password again", "new-password")
        new.on_value_change(lambda: _draw_rules(rules, new.value or ""))
        _draw_rules(rules, "")

        async def change() -> None:
            if (new.value or "") != (again.value or ""):
                notice.error("The two new passwords differ.")
                return
            button.disable()
            with notice.watching():
                await session.change_password(current.value or "", new.value or "")
                dialog.close()
                ui.notify("Your password is changed.", type="positive", position="bottom")
            button.enable()

        again.on("keydown.enter", change)
        with Tag("div", classes="actions"):
            quiet_button("Cancel", dialog.close)
            button = main_button("Change password", change)
        CurlView(origins).show(Call("POST", PASSWORD_PATH, _SHOWN))
    dialog.on("hide", dialog.delete)


def _password(label: str, autocomplete: str) -> ui.input:
    made = ui.input(label, password=True, password_toggle_button=False)
    return made.props(f"outlined autocomplete={autocomplete}").classes("wide")


def _draw_rules(place: Tag, password: str) -> None:
    """What a new password needs; what it has already is marked, in a color and in words."""
    place.clear()
    with place:
        for rule, is_kept in PASSWORD_RULES:
            if rule.startswith("at most") and is_kept(password):
                continue
            is_good = bool(password) and is_kept(password)
            with Tag("li", classes="rule rule--kept" if is_good else "rule"):
                Tag("span", "\N{CHECK MARK}" if is_good else "\N{BULLET}", classes="rule__mark", aria_hidden="true")
                Tag("span", rule[:1].upper() + rule[1:])
                if is_good:
                    Tag("span", ": done", classes="unseen")
