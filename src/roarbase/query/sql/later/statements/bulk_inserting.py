"""BULK INSERT: records in CSV or NDJSON that come with the statement."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NoReturn

from sqlglot.tokenizer_core import TokenType

from roarbase.errors import BadRequest
from roarbase.query.program import ChangeData, Program
from roarbase.query.sql.kinds import SqlType
from roarbase.query.sql.later.binding.expressions import ExpressionBinder
from roarbase.query.sql.later.binding.kinds_of import read_type
from roarbase.query.sql.later.binding.scope import Binding, Scope
from roarbase.query.sql.later.bulk.csv_rows import read_csv
from roarbase.query.sql.later.bulk.mapping import Mapped, ReadRows, Switches
from roarbase.query.sql.later.bulk.ndjson_rows import read_ndjson
from roarbase.query.sql.later.evaluating import evaluate
from roarbase.query.sql.later.operations.operation import failure
from roarbase.query.sql.later.reading.expressions import read_type_name
from roarbase.query.sql.later.reading.queries import QueryReader
from roarbase.query.sql.later.statements.assigning import Stamped, check_assignable
from roarbase.query.sql.later.statements.batches import batch_of
from roarbase.query.sql.later.statements.inserting import no_answer, read_target, refuse_queries
from roarbase.query.sql.later.statements.tables import find_table
from roarbase.query.sql.later.statements.targets import Target, converter_of
from roarbase.query.sql.later.syntax import Expression
from roarbase.query.sql.later.tree import Column, Expr
from roarbase.query.sql.later.words import Words

__all__ = ["bulk_insert"]

_FORMATS: dict[str, ReadRows] = {"CSV": read_csv, "NDJSON": read_ndjson}
_FORMATS_ELSEWHERE = ("PARQUET", "ORC")
_INPUTS = ("INLINE", "STREAM")
_INPUTS_ELSEWHERE = ("FILE", "URL")
_OPTIONS = "BATCHSIZE, ROWSLIMIT, FORMAT, INPUT, ALLOW_MISSING_VALUES or HEADER_ROW"


@dataclass(slots=True)
class _Options:
    """What stands behind WITH."""

    read: ReadRows | None = None
    input: str = ""
    rows_limit: int | None = None
    switches: set[str] = field(default_factory=set)


def bulk_insert(binding: Binding, words: Words) -> Program:
    """BULK INSERT INTO t [(columns)] MAP (…) [TRANSFORM (…)] FROM '…' WITH …"""
    words.expect("BULK")
    if not words.take("REPLACE"):
        words.expect("INSERT")
    words.expect("INTO")
    table = find_table(binding, words, "table or view")
    targets = read_target(binding, words, table)
    words.expect("MAP")
    entries_at = words.offset
    entries = _read_map(binding, words)
    transform = _read_transform(words) if words.take("TRANSFORM") else None
    words.expect("FROM")
    text = words.take_string()
    options = _read_options(binding, words)
    words.expect_end()
    if len(entries if transform is None else transform) != len(targets):
        raise binding.error(entries_at, "mismatch in the count of expressions and target columns")
    mapped = _checked_map(binding, entries, options)
    values = _values(binding, mapped, transform, targets, entries_at)
    assert options.read is not None
    rows = options.read(text, mapped, _switches(options))
    columns = _columns(binding, targets, values, islice(rows, options.rows_limit))
    if not columns[0]:
        return ()
    place = next(place for place, target in enumerate(targets) if target.spec is None)
    written = [(t.spec, column) for t, column in zip(targets, columns, strict=True) if t.spec is not None]
    return (ChangeData(table=table, change=batch_of(table, columns[place], written), answer=no_answer),)


# ---- MAP and TRANSFORM -----------------------------------------------------------------------


def _read_map(binding: Binding, words: Words) -> list[tuple[int, int | str | None, SqlType]]:
    """Of each entry its place in the text, its source (None: neither number nor string), and its type."""
    words.expect("(")
    found: list[tuple[int, int | str | None, SqlType]] = []
    while True:
        at, source = words.offset, _read_map_source(words)
        found.append((at, source, read_type(binding, read_type_name(words))))
        if not words.take(","):
            words.expect(")")
            return found


def _read_map_source(words: Words) -> int | str | None:
    if words.kind == TokenType.NUMBER:
        return words.take_integer()
    if words.kind == TokenType.STRING:
        return words.take_string()
    words.next()
    return None


def _checked_map(
    binding: Binding, entries: Sequence[tuple[int, int | str | None, SqlType]], options: _Options
) -> list[Mapped]:
    """The entries of MAP, numbers for CSV and strings for NDJSON."""
    is_csv = options.read is read_csv
    for at, source, _ in entries:
        if is_csv and (not isinstance(source, int) or source < 0):
            raise binding.error(at, "integer literal expected")
        if not is_csv and not isinstance(source, str):
            raise binding.error(at, "string literal expected")
    return [Mapped(source, kind) for _, source, kind in entries if source is not None]


def _read_transform(words: Words) -> tuple[Expression, ...]:
    words.expect("(")
    return QueryReader(words).expressions.read_list(")")


def _values(
    binding: Binding,
    mapped: Sequence[Mapped],
    transform: Sequence[Expression] | None,
    targets: Sequence[Target],
    at: int,
) -> list[Expr]:
    """What each target gets, over the values of a row.

    Raises:
        StatementError: A target does not take it.
    """
    variables = tuple(Column(each.type, 0, place, f"@{place}") for place, each in enumerate(mapped))
    if transform is None:
        for target, variable in zip(targets, variables, strict=True):
            check_assignable(binding, at, variable.type, target.type)
        return [*variables]
    binder = ExpressionBinder(binding, Scope(binding), refuse_queries(binding), where="TRANSFORM", variables=variables)
    values = [binder.bind(node) for node in transform]
    for node, value, target in zip(transform, values, targets, strict=True):
        check_assignable(binding, node.at, value.type, target.type)
    return values


def _columns(
    binding: Binding, targets: Sequence[Target], values: Sequence[Expr], rows: Iterator[list[Any]]
) -> list[list[Any]]:
    """The values of each target, as its column keeps them."""
    converters = [converter_of(target, value.type) for target, value in zip(targets, values, strict=True)]
    columns: list[list[Any]] = [[] for _ in targets]
    now = binding.now_ns // 10**9
    for number, row in enumerate(rows, 1):
        given = dict(enumerate(row))
        for target, value, convert, column in zip(targets, values, converters, columns, strict=True):
            cell = evaluate(value, given)
            column.append(None if cell is None and target.spec else _kept(target, convert, cell, number, now))
    return columns


def _kept(target: Target, convert: Callable[[Any], Any], cell: Any, number: int, now: int) -> Any:
    if cell is None:
        raise failure(f"row {number}: null cannot be inserted into column '_id'")
    try:
        kept = convert(cell)
    except BadRequest as error:
        message = error.message.removeprefix("[0:0] ")
        raise failure(f"inserting value into column '{target.name}', row {number}, {message}") from None
    return Stamped(kept.rows, now) if isinstance(kept, Stamped) and kept.second is None else kept


# ---- WITH ------------------------------------------------------------------------------------


def _switches(options: _Options) -> Switches:
    return Switches(
        has_header="HEADER_ROW" in options.switches,
        allows_missing="ALLOW_MISSING_VALUES" in options.switches,
        empty_is_null="CSV_EMPTY_STRING_AS_NULL" in options.switches,
        null_is_null="CSV_NULL_AS_NULL" in options.switches,
    )


def _read_options(binding: Binding, words: Words) -> _Options:
    options = _Options()
    at = words.offset
    words.take("WITH")
    while words.kind is not None:
        read = _READERS.get(words.word)
        if read is None:
            _unknown_option(words)
        read(binding, words, options)
    if options.read is None:
        raise binding.error(at, "format specifier expected")
    if not options.input:
        raise binding.error(at, "input specifier expected")
    return options


def _unknown_option(words: Words) -> NoReturn:
    words.fail(_OPTIONS)


def _read_format(binding: Binding, words: Words, options: _Options) -> None:
    words.next()
    at = words.offset
    name = words.take_string().upper()
    if name in _FORMATS_ELSEWHERE:
        raise binding.error(at, f"the format {name} is not supported yet")
    if name not in _FORMATS:
        raise binding.error(at, f"invalid format specifier '{name}'")
    options.read = _FORMATS[name]


def _read_input(binding: Binding, words: Words, options: _Options) -> None:
    words.next()
    at = words.offset
    name = words.take_string().upper()
    if name in _INPUTS_ELSEWHERE:
        raise binding.error(at, f"the input {name} is not supported: data comes with the statement, INPUT 'INLINE'")
    if name not in _INPUTS:
        raise binding.error(at, f"invalid input specifier '{name}'")
    options.input = name


def _read_batch_size(binding: Binding, words: Words, _: _Options) -> None:
    words.next()
    at = words.offset
    size = words.take_integer()
    if size < 1:
        raise binding.error(at, f"invalid batch size '{size}'")


def _read_rows_limit(binding: Binding, words: Words, options: _Options) -> None:
    words.next()
    at = words.offset
    limit = words.take_integer()
    if limit < 0:
        raise binding.error(at, f"invalid rows limit '{limit}'")
    options.rows_limit = limit or None


def _read_switch(_: Binding, words: Words, options: _Options) -> None:
    options.switches.add(words.next().text.upper())


_READERS: dict[str, Callable[[Binding, Words, _Options], None]] = {
    "FORMAT": _read_format,
    "INPUT": _read_input,
    "BATCHSIZE": _read_batch_size,
    "CONCURRENCY": _read_batch_size,
    "ROWSLIMIT": _read_rows_limit,
    **dict.fromkeys(
        (
            *("HEADER_ROW", "ALLOW_MISSING_VALUES", "CSV_EMPTY_STRING_AS_NULL", "CSV_NULL_AS_NULL"),
            "NULL_AS_EMPTY_SET",
        ),
        _read_switch,
    ),
}
