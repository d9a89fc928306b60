"""BULK INSERT: records in CSV, NDJSON or Parquet that come with the statement, beside it, or from a URL."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from roarbase.errors import BadRequest
from roarbase.model.batch import Batch
from roarbase.model.fields import TableSpec
from roarbase.query.program import ChangeData, ChangeInPieces, Program
from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.later.binding.expressions import ExpressionBinder
from roarbase.query.sql.later.binding.kinds_of import like_set, read_column_type
from roarbase.query.sql.later.binding.scope import Binding, Scope
from roarbase.query.sql.later.bulk.formats import FORMATS, FORMATS_ELSEWHERE, Format
from roarbase.query.sql.later.bulk.mapping import Mapped, Switches
from roarbase.query.sql.later.columns.values import Given, Values, objects_of, values_or_objects
from roarbase.query.sql.later.evaluating import evaluate
from roarbase.query.sql.later.operations.operation import NO_PLACE, failure
from roarbase.query.sql.later.reading.expressions import read_type_name
from roarbase.query.sql.later.reading.queries import QueryReader
from roarbase.query.sql.later.statements.assigning import Stamped, check_assignable
from roarbase.query.sql.later.statements.batches import batch_of
from roarbase.query.sql.later.statements.inserting import no_answer, read_target, refuse_queries
from roarbase.query.sql.later.statements.keeping import kept_or_none, kept_values
from roarbase.query.sql.later.statements.tables import find_records
from roarbase.query.sql.later.statements.targets import Target, converter_of
from roarbase.query.sql.later.syntax import Expression
from roarbase.query.sql.later.tree import Column, Expr
from roarbase.query.sql.later.words import NUMBER_TOKEN, STRING_TOKEN, Words

__all__ = ["bulk_insert"]

_INPUTS = ("INLINE", "STREAM", "URL")
_AT_ONCE = 100_000
"""So many records are written at once: readers wait no longer than for the largest request of a sink."""

_OPTIONS = "BATCHSIZE, ROWSLIMIT, FORMAT, INPUT, ALLOW_MISSING_VALUES or HEADER_ROW"


@dataclass(slots=True)
class _Options:
    """What stands behind WITH."""

    format: Format | None = None
    input: str = ""
    rows_limit: int | None = None
    switches: set[str] = field(default_factory=set)


def bulk_insert(binding: Binding, words: Words) -> Program:
    """BULK INSERT INTO t [(columns)] MAP (…) [TRANSFORM (…)] FROM '…' WITH …"""
    words.expect("BULK")
    if not words.take("REPLACE"):
        words.expect("INSERT")
    words.expect("INTO")
    table = find_records(binding, words)
    targets = read_target(binding, words, table)
    words.expect("MAP")
    entries_at = words.offset
    entries = _read_map(binding, words)
    transform = _read_transform(words) if words.take("TRANSFORM") else None
    words.expect("FROM")
    source_at = words.offset
    text = words.take_string()
    options = _read_options(binding, words)
    words.expect_end()
    if len(entries if transform is None else transform) != len(targets):
        raise binding.error(entries_at, "mismatch in the count of expressions and target columns")
    assert options.format is not None
    mapped = _checked_map(binding, entries, options.format)
    values = _values(binding, mapped, transform, targets, entries_at)
    data = _data(binding, source_at, text, options.format, options.input)
    given = options.format.columns(data, mapped, _switches(options), options.rows_limit, binding.catalog.kernels)
    columns = _columns(binding, targets, values, given)
    return _written(table, targets, columns)


def _data(binding: Binding, at: int, text: str, form: Format, given: str) -> str | bytes:
    """What FROM says, or names.

    Raises:
        BadRequest: There is no such part, or the URL gives nothing.
    """
    if given == "URL":
        return binding.catalog.read_url(text)
    parts = binding.catalog.parts
    if given == "STREAM" and parts:
        if text != "*" and text not in parts:
            there = ", ".join(map(repr, parts))
            raise binding.error(at, f"unable to read datasource '{text[:100]}': the request has the parts {there}")
        if text == "*" and len(parts) > 1:
            raise binding.error(at, f"the request has several parts; name one of {', '.join(map(repr, parts))}")
        return parts[text] if text != "*" else next(iter(parts.values()))
    if not form.is_text:
        raise binding.error(at, f"{form.name} cannot stand in a statement: INPUT 'URL', or 'STREAM' with FROM '*'")
    if given == "STREAM" and text == "*":
        raise binding.error(at, "unable to read datasource '*': the request has no part beside the statement")
    return text


def _written(table: TableSpec, targets: Sequence[Target], columns: Sequence[Values]) -> Program:
    """All records in one write, or in several where they are many."""
    place = next(place for place, target in enumerate(targets) if target.spec is None)
    written = [(t.spec, column) for t, column in zip(targets, columns, strict=True) if t.spec is not None]
    if not columns[place]:
        return ()

    def piece(start: int) -> Batch:
        stop = start + _AT_ONCE
        return batch_of(
            table, columns[place].part(start, stop), [(spec, values.part(start, stop)) for spec, values in written]
        )

    starts = range(0, len(columns[place]), _AT_ONCE)
    if len(starts) == 1:
        return (ChangeData(table=table, change=piece(0), answer=no_answer),)
    return (ChangeInPieces(table=table, pieces=lambda: map(piece, starts)),)


# ---- MAP and TRANSFORM -----------------------------------------------------------------------


def _read_map(binding: Binding, words: Words) -> list[tuple[int, int | str | None, SqlType]]:
    """Of each entry its place in the text, its source (None: neither number nor string), and its type."""
    words.expect("(")
    found: list[tuple[int, int | str | None, SqlType]] = []
    while True:
        at, source = words.offset, _read_map_source(words)
        found.append((at, source, read_column_type(binding, read_type_name(words))[0]))
        if not words.take(","):
            words.expect(")")
            return found


def _read_map_source(words: Words) -> int | str | None:
    if words.kind == NUMBER_TOKEN:
        return words.take_integer()
    if words.kind == STRING_TOKEN:
        return words.take_string()
    words.next()
    return None


def _checked_map(
    binding: Binding, entries: Sequence[tuple[int, int | str | None, SqlType]], form: Format
) -> list[Mapped]:
    """The entries of MAP, numbers for CSV and strings for all others."""
    for at, source, _ in entries:
        if form.has_numbers and (not isinstance(source, int) or source < 0):
            raise binding.error(at, "integer literal expected")
        if not form.has_numbers and not isinstance(source, str):
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
    values = [like_set(binder.bind(n), target.type) for n, target in zip(transform, targets, strict=True)]
    for node, value, target in zip(transform, values, targets, strict=True):
        check_assignable(binding, node.at, value.type, target.type)
    return values


def _columns(
    binding: Binding, targets: Sequence[Target], values: Sequence[Expr], given: Sequence[Given]
) -> list[Values]:
    """The values of each target, as its column keeps them."""
    now = binding.now_ns // 10**9
    found: list[Values] = []
    for target, value in zip(targets, values, strict=True):
        cells = given[value.place] if isinstance(value, Column) else _worked_out(value, given)
        kept = None
        if isinstance(cells, Values):
            kept = kept_or_none(target, value.type, cells.are_there, cells.there(), now)
        found.append(_kept_singly(target, value.type, cells, now) if kept is None else kept)
    return found


def _worked_out(value: Expr, given: Sequence[Given]) -> Given:
    """The value of each row."""
    rows = zip(*map(objects_of, given), strict=True)
    found = [evaluate(value, dict(enumerate(row))) for row in rows]
    return found if value.type.kind == Kind.TUPLE else values_or_objects(value.type.kind, found)


def _kept_singly(target: Target, given: SqlType, cells: Given, now: int) -> Values:
    convert = converter_of(target, given)
    kept = [_kept(target, convert, cell, number, now) for number, cell in enumerate(objects_of(cells), 1)]
    return kept_values(target.type, kept)


def _kept(target: Target, convert: Callable[[Any], Any], cell: Any, number: int, now: int) -> Any:
    if cell is None and target.spec is not None:
        return None
    if cell is None:
        raise failure(f"row {number}: null cannot be inserted into column '_id'")
    try:
        kept = convert(cell)
    except BadRequest as error:
        message = error.message.removeprefix(NO_PLACE)
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
    if options.format is None:
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
    if name in FORMATS_ELSEWHERE:
        raise binding.error(at, f"the format {name} is not supported: CSV, NDJSON and PARQUET are")
    if name not in FORMATS:
        raise binding.error(at, f"invalid format specifier '{name}'")
    options.format = FORMATS[name]


def _read_input(binding: Binding, words: Words, options: _Options) -> None:
    words.next()
    at = words.offset
    name = words.take_string().upper()
    if name == "FILE":
        raise binding.error(at, "the input FILE is not supported: a service has no files of its users; use 'URL'")
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
