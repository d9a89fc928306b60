"""The state of a resource as a word in a color."""

from roarbase.console.components.tag import Tag

__all__ = ["badge"]

_KINDS = {
    "RUNNING": "good",
    "ACTIVE": "good",
    "COMPLETED": "good",
    "FAILED": "bad",
    "CREATING": "busy",
    "DELETING": "busy",
    "IN_PROGRESS": "busy",
}


def badge(status: str) -> Tag:
    """Green works, red failed, amber is on its way; the word says it to who sees no colors."""
    return Tag("span", status, classes=f"badge badge--{_KINDS.get(status, 'other')}")
