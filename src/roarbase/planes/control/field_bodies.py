"""What the control plane reads and answers of fields. Their options come from the table in model/field_options.py."""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from roarbase.model.field_options import FIELD_OPTIONS, FieldOption
from roarbase.model.field_types import TYPE_NAMES, names_of

__all__ = ["CreateField", "DescribedField", "FieldAnswer", "FieldOptions"]


def _described(option: FieldOption) -> Any:
    """The type of an option's value, with what the document says of it."""
    if option.name == "type":
        return Annotated[str, Meta(description=option.sentence, extra_json_schema={"enum": list(TYPE_NAMES)})]
    default = f"Default: {option.default}." if option.default else "Required there."
    text = f"{option.sentence} Only of {names_of(option.types)}. {default}"
    return Annotated[option.form, Meta(description=text)]


def _member(option: FieldOption) -> tuple[str, Any] | tuple[str, Any, Any]:
    described = _described(option)
    return (option.name, described) if option.name == "type" else (option.name, described | UnsetType, UNSET)


FieldOptions = msgspec.defstruct(
    "FieldOptions",
    [_member(option) for option in FIELD_OPTIONS],
    namespace={"__doc__": "The definition of a field. Options that do not apply to its type are left out."},
    kw_only=True,
)


class CreateField(Struct, kw_only=True):
    """A field to make. The options are read with the field's name, so that all faults are told at once."""

    options: Any


DescribedField = msgspec.defstruct(
    "CreateField",
    [("options", FieldOptions)],
    namespace={"__doc__": "A field to make: its name stands in the path."},
    kw_only=True,
)
"""What CreateField takes, for the document."""


class FieldAnswer(Struct, kw_only=True):
    """A field of a table. `options` define the same field again."""

    id: str
    name: str
    type: str
    options: FieldOptions  # type: ignore[valid-type]
