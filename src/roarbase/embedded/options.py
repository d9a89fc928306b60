"""Options of fields as Python writes them."""

from collections.abc import Mapping
from datetime import UTC, datetime

import numpy as np

from roarbase.model.field_definitions import read_field
from roarbase.model.fields import FieldSpec

__all__ = ["Options", "field_of"]

Options = str | Mapping[str, object]
"""A field's options by name, as docs/fields.md lists them; or only its type."""


def field_of(name: str, options: Options, path: str) -> FieldSpec:
    """The field that options define. Moments may be datetimes, in UTC if they name no zone.

    Raises:
        InvalidParameter, MissingParameter: The name or an option; `path` says where it stood.

    >>> field_of("age", {"type": "int", "min": np.int8(18)}, "options").minimum
    18
    """
    given = {"type": options} if isinstance(options, str) else options
    return read_field(name, {option: _plain(value) for option, value in given.items()}, path)


def _plain(value: object) -> object:
    """A value as JSON would have it."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    return value
