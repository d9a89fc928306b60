"""Answers of the service as tables of text: what the eye is given is exact, whatever the type.

Both forms are read here: tagged cells (PQL), and columns with rows (the later SQL). Null stays None.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from roarbase.errors import InternalError, StatementError

__all__ = ["Table", "TableColumn", "read_sql", "read_tagged"]

_NUMBERS = frozenset(("uint64", "int64", "decimal", "float64", "int", "id", "double", "float"))
_PLACE = re.compile(r"(?:\[(\d+):(\d+)\]|(\d+):(\d+):)\s*")


@dataclass(frozen=True, kw_only=True)
class TableColumn:
    """One column; its type as the service names it."""

    name: str
    type: str

    @property
    def is_number(self) -> bool:
        return self.type.partition("(")[0].lower() in _NUMBERS


@dataclass(frozen=True, kw_only=True)
class Table:
    """One result. No columns: a statement that gives nothing.

    Attributes:
        engine_us: How long the service took, in microseconds; 0 where it did not say.
    """

    columns: tuple[TableColumn, ...] = ()
    rows: tuple[tuple[str | None, ...], ...] = ()
    engine_us: int = 0


def read_sql(body: bytes) -> tuple[Table, ...]:
    """The answer of the later SQL.

    Raises:
        StatementError: It says that the statement is wrong; line and column are 0 where it is wrong at no place.

    >>> read_sql(b'{"schema":{"fields":[{"name":"d","type":"decimal(2)"}]},"data":[[12.30],[null]],"execution-time":7}')
    (Table(columns=(TableColumn(name='d', type='decimal(2)'),), rows=(('12.30',), (None,)), engine_us=7),)
    """
    # Numbers stay as they are written: as floats or rounded they would not be what the service said.
    answer = json.loads(body, parse_float=str, parse_int=str)
    if "error" in answer:
        raise _statement_error(str(answer["error"]))
    try:
        columns = _columns((each["name"], each["type"]) for each in answer["schema"]["fields"])
        rows = tuple(tuple(map(_plain_text, row)) for row in answer["data"])
        return (Table(columns=columns, rows=rows, engine_us=int(answer["execution-time"])),)
    except (KeyError, TypeError) as error:
        raise InternalError(f"the answer is not in the expected form: {error}") from error


def read_tagged(body: bytes) -> tuple[Table, ...]:
    """The answer of version 1: a table, or one per call of PQL.

    >>> read_tagged(b'{"results":{"headers":[{"name":"n","datatype":"uint64"}],'
    ...             b'"rows":[{"columns":[{"ColumnVal":{"Uint64Val":18446744073709551615}}]}]}}')
    (Table(columns=(TableColumn(name='n', type='uint64'),), rows=(('18446744073709551615',),), engine_us=0),)
    """
    results = json.loads(body, parse_float=str).get("results")
    try:
        return tuple(map(_tagged_table, results if isinstance(results, list) else [results]))
    except (KeyError, TypeError, AttributeError) as error:
        raise InternalError(f"the answer is not in the expected form: {error}") from error


def _columns(named: Iterable[tuple[str, str]]) -> tuple[TableColumn, ...]:
    """Those of these names and types; `count(*)` without an alias has no name, and gets one for the eyes."""
    return tuple(TableColumn(name=name or f"column {n}", type=kind) for n, (name, kind) in enumerate(named, 1))


def _statement_error(text: str) -> StatementError:
    place = _PLACE.match(text)
    if place is None:
        return StatementError(text, line=0, column=0)
    line, column = int(place[1] or place[3]), int(place[2] or place[4])
    return StatementError(text[place.end() :], line=line, column=column)


def _plain_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(_plain_text(each) or "" for each in value)
    return json.dumps(value, ensure_ascii=False)


def _tagged_table(table: Mapping[str, Any]) -> Table:
    columns = _columns((each["name"], each["datatype"]) for each in table.get("headers") or ())
    rows = tuple(tuple(map(_tagged_text, row["columns"])) for row in table.get("rows") or ())
    return Table(columns=columns, rows=rows)


def _tagged_text(cell: Mapping[str, Any]) -> str | None:
    tagged = cell["ColumnVal"]
    if tagged is None:
        return None
    ((tag, value),) = tagged.items()
    return _TEXTS.get(tag, str)(value)


def _decimal_text(parts: Mapping[str, int]) -> str:
    # Members that are zero are left out by the service.
    number, scale = parts.get("value", 0), parts.get("scale", 0)
    digits, sign = f"{abs(number):0{scale + 1}d}", "-" if number < 0 else ""
    return f"{sign}{digits[:-scale]}.{digits[-scale:]}" if scale else f"{sign}{digits}"


_TEXTS: dict[str, Callable[[Any], str]] = {
    "BoolVal": lambda value: "true" if value else "false",
    "DecimalVal": _decimal_text,
    "StringArrayVal": lambda value: ", ".join(value.get("vals", ())),
    "Uint64ArrayVal": lambda value: ", ".join(map(str, value.get("vals", ()))),
}
