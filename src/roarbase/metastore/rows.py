"""What the repositories have in common: from a noun to a row and back."""

from dataclasses import fields
from typing import Any

__all__ = ["values_of"]


def values_of(noun: Any) -> dict[str, Any]:
    """The members of a dataclass by name: the columns of its row.

    Unlike `dataclasses.asdict`, nested values stay as they are.
    """
    return {field.name: getattr(noun, field.name) for field in fields(noun)}
