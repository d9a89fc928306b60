"""A button that reads a text file of the user's, in the browser: nothing is uploaded but its text."""

from collections.abc import Callable

from nicegui.events import GenericEventArguments

from roarbase.console.components.tag import Tag

__all__ = ["file_button"]

_MOST_BYTES = 500_000
_READ = f"""async (event) => {{
  const file = event.target.files[0];
  event.target.value = '';
  if (file) emit(file.size > {_MOST_BYTES} ? null : await file.text());
}}"""


def file_button(name: str, take: Callable[[str | None], None]) -> None:
    """Offer to choose a file; `take` gets its text, or None if it is too large."""

    def took(event: GenericEventArguments) -> None:
        take(event.args if isinstance(event.args, str) else None)

    with Tag("label", classes="file"):
        Tag("span", name)
        Tag("input", type="file", accept=".json,.txt,application/json").on("change", took, js_handler=_READ)
