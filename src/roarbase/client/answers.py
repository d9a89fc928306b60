"""Query answers as they come over HTTP, turned into Python values.

The service tags each cell with its kind, as the 2022 service did:
`{"ColumnVal": {"DecimalVal": {"value": 51, "scale": 1}}}` is `Decimal("5.1")`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import cast

from roarbase.errors import InternalError
from roarbase.model.results import DataType

__all__ = ["Answer", "AnswerColumn", "read_answers"]

_Members = Mapping[str, object]


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerColumn:
    """The name and type of one column."""

    name: str
    type: DataType


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """A table of Python values.

    Cells are int, str, bool, float, Decimal, datetime, a tuple of int or str for a set, None for null.

    Attributes:
        sequence: The place in the deployment's log up to which all was seen, or, of a statement that writes,
            what it wrote included.

    >>> one = Answer(columns=(AnswerColumn(name="count", type=DataType.UINT64),), rows=((150,),))
    >>> one.names, one.value
    (('count',), 150)
    """

    columns: tuple[AnswerColumn, ...] = ()
    rows: tuple[tuple[object, ...], ...] = ()
    sequence: int = field(default=0, compare=False)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def value(self) -> object:
        """The first cell, for answers that are one number; None if there are no rows."""
        return self.rows[0][0] if self.rows and self.rows[0] else None

    def records(self) -> list[dict[str, object]]:
        """Each row as a dictionary by column name."""
        return [dict(zip(self.names, row, strict=True)) for row in self.rows]


def read_answers(body: object, sequence: int = 0) -> tuple[Answer, ...]:
    """The tables of a query's answer: one, or one per call where a PQL statement holds several.

    Raises:
        InternalError: The body is not such an answer; something else than Roarbase answered.
    """
    results = body.get("results") if isinstance(body, dict) else None
    try:
        if isinstance(results, list):
            return tuple(_read_answer(table, sequence) for table in results)
        return (_read_answer(cast("_Members", results), sequence),)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InternalError(f"the answer to the query is not in the expected form: {error}", body=body) from error


def _read_answer(table: _Members, sequence: int) -> Answer:
    headers = cast("list[_Members]", table.get("headers") or [])
    rows = cast("list[dict[str, list[_Members]]]", table.get("rows") or [])
    return Answer(
        columns=tuple(AnswerColumn(name=str(h["name"]), type=DataType(str(h["datatype"]))) for h in headers),
        rows=tuple(tuple(_read_cell(cell["ColumnVal"]) for cell in row["columns"]) for row in rows),
        sequence=sequence,
    )


def _read_cell(tagged: object) -> object:
    if tagged is None:
        return None
    ((tag, value),) = cast("_Members", tagged).items()
    return _READERS[tag](value)


def _same(value: object) -> object:
    return value


def _decimal(value: object) -> Decimal:
    # Members that are zero are left out by the service.
    parts = cast("Mapping[str, int]", value)
    return Decimal(parts.get("value", 0)).scaleb(-parts.get("scale", 0))


def _values(value: object) -> tuple[object, ...]:
    return tuple(cast("Mapping[str, list[object]]", value).get("vals", ()))


def _timestamp(value: object) -> datetime:
    return datetime.fromisoformat(cast("str", value))


_READERS: dict[str, Callable[[object], object]] = {
    "BoolVal": _same,
    "DecimalVal": _decimal,
    "Float64Val": _same,
    "Int64Val": _same,
    "StringArrayVal": _values,
    "StringVal": _same,
    "TimestampVal": _timestamp,
    "Uint64ArrayVal": _values,
    "Uint64Val": _same,
}
