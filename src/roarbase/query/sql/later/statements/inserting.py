"""INSERT and REPLACE: records made, or those that are there changed. There is no difference between the two words."""

from collections.abc import Callable, Sequence
from typing import Any

from roarbase.errors import BadRequest
from roarbase.model.fields import TableSpec
from roarbase.model.results import NoResult, Result
from roarbase.query.program import ChangeData, Program
from roarbase.query.sql.kinds import Kind, SqlType, record_type, type_of
from roarbase.query.sql.later.binding.expressions import ExpressionBinder
from roarbase.query.sql.later.binding.kinds_of import like_set
from roarbase.query.sql.later.binding.scope import Binding, Scope
from roarbase.query.sql.later.columns.values import Values
from roarbase.query.sql.later.evaluating import evaluate
from roarbase.query.sql.later.plan_cache import PlanCache
from roarbase.query.sql.later.reading.queries import QueryReader
from roarbase.query.sql.later.statements.assigning import Stamped, check_assignable
from roarbase.query.sql.later.statements.batches import batch_of
from roarbase.query.sql.later.statements.fast_values import fast_columns, split_insert
from roarbase.query.sql.later.statements.keeping import kept_values
from roarbase.query.sql.later.statements.tables import find_records
from roarbase.query.sql.later.statements.targets import Target, Written, converter_of
from roarbase.query.sql.later.syntax import Expression, Select
from roarbase.query.sql.later.tree import Expr, Literal, Selected
from roarbase.query.sql.later.words import Words, read_words
from roarbase.query.sql.names import RECORD_ID
from roarbase.query.sql.source import Source

__all__ = ["insert", "insert_plain", "no_answer", "read_target", "refuse_queries"]

_NO_COLUMN = "insert column list must have at least one non '_id' column specified"


def no_answer(_: int) -> Result:
    return NoResult()


def insert(binding: Binding, words: Words) -> Program:
    """INSERT INTO t [(columns)] VALUES (values), …"""
    written = _read_head(binding, words)
    words.expect("VALUES")
    rows = _read_rows(binding, words, len(written.targets))
    words.expect_end()
    columns = [_column(binding, target, [row[place] for row in rows]) for place, target in enumerate(written.targets)]
    return _write(written, [kept_values(t.type, c) for t, c in zip(written.targets, columns, strict=True)])


def insert_plain(binding: Binding, heads: PlanCache[Written]) -> Program | None:
    """The same for a statement whose values are plain literals, quickly; None if they are not.

    Args:
        heads: What was written by statements of the same words up to VALUES.
    """
    parts = split_insert(binding.text.text)
    if parts is None:
        return None
    head, rows = parts
    written = heads.find_or_none(head, binding.catalog.schema)
    if written is None:
        written = _read_head(binding, read_words(Source(head), binding.nesting))
        heads.keep(head, binding.catalog.schema, written)
    columns = fast_columns(written.targets, rows, binding.now_ns // 10**9, binding.catalog.kernels)
    return None if columns is None else _write(written, columns)


def _read_head(binding: Binding, words: Words) -> Written:
    words.next()
    words.expect("INTO")
    table = find_records(binding, words)
    return Written(table, read_target(binding, words, table))


def _write(written: Written, columns: Sequence[Values]) -> Program:
    place = next(place for place, target in enumerate(written.targets) if target.spec is None)
    fields = [(t.spec, values) for t, values in zip(written.targets, columns, strict=True) if t.spec is not None]
    batch = batch_of(written.table, columns[place], fields)
    return (ChangeData(table=written.table, change=batch, answer=no_answer),)


def read_target(binding: Binding, words: Words, table: TableSpec) -> list[Target]:
    """The columns that are written: those in parentheses, or all.

    Raises:
        StatementError: A column is not there or named twice, or `_id` or any other is missing.
    """
    at = words.offset
    if not words.take("("):
        if not table.fields:
            raise binding.error(at, _NO_COLUMN)
        own = Target(RECORD_ID, record_type(table), None)
        return [own, *(Target(name, type_of(spec), spec) for name, spec in table.fields.items())]
    targets: dict[str, Target] = {}
    while not words.take(")"):
        token = words.take_name("a column")
        target = _target(binding, table, token.text.lower(), token.start)
        if target.name in targets:
            raise binding.error(token.start, f"duplicate column '{target.name}'")
        targets[target.name] = target
        if not words.take(","):
            words.expect(")")
            break
    if RECORD_ID not in targets:
        raise binding.error(at, "insert column list must have '_id' column specified")
    if len(targets) == 1:
        raise binding.error(at, _NO_COLUMN)
    return [*targets.values()]


def _target(binding: Binding, table: TableSpec, name: str, at: int) -> Target:
    if name == RECORD_ID:
        return Target(name, record_type(table), None)
    spec = table.fields.get(name)
    if spec is None:
        raise binding.error(at, f"column '{name}' not found")
    return Target(name, type_of(spec), spec)


def _read_rows(binding: Binding, words: Words, width: int) -> list[tuple[Expression, ...]]:
    reader = QueryReader(words).expressions
    rows: list[tuple[Expression, ...]] = []
    while True:
        at = words.expect("(")
        row = reader.read_list(")")
        if len(row) != width:
            raise binding.error(at, "mismatch in the count of expressions and target columns")
        rows.append(row)
        if not words.take(","):
            return rows


# ---- values ------------------------------------------------------------------------------------


def _column(binding: Binding, target: Target, nodes: Sequence[Expression]) -> list[Any]:
    """The values of a column, as it keeps them."""
    binder = ExpressionBinder(binding, Scope(binding), refuse_queries(binding), where="VALUES")
    converters: dict[SqlType, Callable[[Any], Any]] = {}
    found: list[Any] = []
    for row, node in enumerate(nodes, 1):
        value = like_set(binder.bind(node), target.type)
        if value.type not in converters:
            check_assignable(binding, node.at, value.type, target.type)
            converters[value.type] = converter_of(target, value.type)
        given = value.value if isinstance(value, Literal) else evaluate(value)
        if given is None:
            if target.spec is None:
                raise binding.error(node.at, "null cannot be inserted into column '_id'")
            found.append(None)
            continue
        try:
            found.append(_converted(binding, target, converters[value.type], given, row, value))
        except BadRequest as error:
            raise binding.error(node.at, error.message) from None
    return found


def refuse_queries(binding: Binding) -> Callable[[Select, Scope], Selected]:
    """What a binder binds queries with where none may stand."""

    def refuse(select: Select, _: Scope) -> Selected:
        body = select.body
        raise binding.error(getattr(body, "at", 0), "a subquery cannot stand here")

    return refuse


def _converted(
    binding: Binding, target: Target, convert: Callable[[Any], Any], given: Any, row: int, value: Expr
) -> Any:
    try:
        kept = convert(given)
    except BadRequest as error:
        if "out of range" not in error.message:
            raise
        shown = f"{given / 10**value.type.scale:g}" if value.type.kind == Kind.DECIMAL else given
        message = f"inserting value into column '{target.name}', row {row}, value '{shown}' out of range"
        raise BadRequest(message) from None
    if isinstance(kept, Stamped) and kept.second is None:
        return Stamped(kept.rows, binding.now_ns // 10**9)
    return kept
