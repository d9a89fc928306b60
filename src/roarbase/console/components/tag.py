"""Plain HTML elements whose text is text: whatever stands in it, nothing of it becomes markup."""

from nicegui.elements.mixins.text_element import TextElement

__all__ = ["Tag", "heading", "sentence"]


class Tag(TextElement):
    """One element by its name: `Tag("h2", "Tables")`. As a context it holds others."""

    def __init__(self, tag: str, text: str = "", *, classes: str = "", **attributes: str) -> None:
        super().__init__(tag=tag, text=text)
        if classes:
            self.classes(classes)
        self._props.update({name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()})


def heading(level: int, text: str, classes: str = "") -> Tag:
    """A heading; each page has one of level 1."""
    return Tag(f"h{level}", text, classes=classes)


def sentence(text: str) -> str:
    """An error's message as a sentence.

    >>> sentence("the name is taken")
    'The name is taken.'
    """
    text = text.strip()
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "?", "!", ":")) else f"{text}."
