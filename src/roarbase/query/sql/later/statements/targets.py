"""The columns that a statement writes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from roarbase.errors import BadRequest
from roarbase.model.fields import MAXIMUM_ID, FieldSpec, TableSpec
from roarbase.query.sql.kinds import SqlType
from roarbase.query.sql.later.statements.assigning import converter_for

__all__ = ["Target", "Written", "converter_of"]


@dataclass(frozen=True, slots=True)
class Target:
    """A column that is written: `spec` None is `_id`."""

    name: str
    type: SqlType
    spec: FieldSpec | None


@dataclass(frozen=True, slots=True)
class Written:
    """What a statement writes: a table, and the columns that each row of values is for."""

    table: TableSpec
    targets: Sequence[Target]


def converter_of(target: Target, given: SqlType) -> Callable[[Any], Any]:
    """A function from values of a type to what a column keeps; it raises BadRequest."""
    return _record_converter if target.spec is None else converter_for(target.spec, given)


def _record_converter(value: Any) -> Any:
    if isinstance(value, int) and not 0 <= value <= MAXIMUM_ID:
        raise BadRequest(f"value '{value}' out of range")
    return value
