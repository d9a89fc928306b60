"""Names and values side by side."""

from collections.abc import Callable

from roarbase.console.components.tag import Tag

__all__ = ["facts"]


def facts(*rows: tuple[str, str | Callable[[], object]]) -> None:
    """One row each: a name, and a text or what draws the value. Rows whose text is empty are left out."""
    with Tag("dl", classes="facts"):
        for name, value in rows:
            if value == "":
                continue
            Tag("dt", name)
            if isinstance(value, str):
                Tag("dd", value)
                continue
            with Tag("dd"):
                value()
