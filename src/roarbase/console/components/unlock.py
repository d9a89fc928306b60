"""The dialog that asks for the password again, over the page as it stands."""

from nicegui import ui

from roarbase.console.components.button import main_button, quiet_button
from roarbase.console.components.notice import Notice
from roarbase.console.components.tag import Tag, heading
from roarbase.console.session import ConsoleSession

__all__ = ["attach_unlock"]


def attach_unlock(session: ConsoleSession) -> None:
    """Have this page ask whenever the session needs the password."""
    with ui.dialog().props("persistent aria-labelledby=unlock-title") as dialog, ui.card().classes("dialog"):
        heading(2, "Your sign-in has ended").props("id=unlock-title")
        Tag("p", "Nothing you typed is lost: give your password and go on where you are.")
        Tag("p", session.email, classes="quiet")
        notice = Notice()
        password = ui.input("Password", password=True).props("outlined autofocus autocomplete=current-password")
        password.classes("wide")

        async def unlock() -> None:
            with notice.watching():
                given, password.value = password.value, ""
                await session.unlock(given or "")

        def leave() -> None:
            session.end()
            ui.navigate.to("/sign-in")

        password.on("keydown.enter", unlock)
        with Tag("div", classes="actions"):
            quiet_button("Sign out", leave)
            main_button("Go on", unlock)

    def ask(is_locked: bool) -> None:
        dialog.set_value(is_locked)

    client = ui.context.client
    session.on_lock(client, ask)
    client.on_delete(lambda: session.forget(client))
