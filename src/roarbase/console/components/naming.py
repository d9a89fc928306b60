"""Names: the rules, checked while one types, by the same function that the service checks with."""

from nicegui import ui

from roarbase.console.components.notice import words_of
from roarbase.errors import RoarbaseError
from roarbase.model.names import NamedThing, check_name

__all__ = ["name_input"]


def name_input(noun: NamedThing, label: str = "Name", hint: str = "") -> ui.input:
    """An input for the name of a `noun`."""

    def complaint(text: str | None) -> str | None:
        if not text:
            return "A name is needed."
        try:
            check_name(noun, text)
        except RoarbaseError as error:
            return words_of(error)
        return None

    made = ui.input(label, validation=complaint).without_auto_validation()
    made.on_value_change(lambda: made.validate())
    made._props["hint"] = hint or _HINT
    return made.props("outlined autocomplete=off").classes("wide")


_HINT = "Lower-case letters, digits, - and _; a letter first."
