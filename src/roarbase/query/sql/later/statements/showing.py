"""SHOW: databases, tables, columns, and the statement that makes a table or view."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlglot.tokenizer_core import Token

from roarbase.model.fields import MAXIMUM_LENGTH, UNIT_OF_PLACES, FieldSpec, FieldType, TableSpec
from roarbase.model.option_values import shown_bound
from roarbase.model.results import Result
from roarbase.model.tables import TableView
from roarbase.query.program import Program, Tell
from roarbase.query.sql.kinds import Kind, SqlType, record_type, type_of
from roarbase.query.sql.later.answers import as_table
from roarbase.query.sql.later.binding.kinds_of import VARCHAR
from roarbase.query.sql.later.binding.queries import bind_query
from roarbase.query.sql.later.binding.scope import Binding
from roarbase.query.sql.later.syntax import Item, Name, Select, SelectBody, Star, TableName
from roarbase.query.sql.later.tree import BOOL, INT, STRING, Output
from roarbase.query.sql.later.views_table import VIEWS_TABLE
from roarbase.query.sql.later.words import Words, written_name
from roarbase.query.sql.names import RECORD_ID

__all__ = ["SYSTEM_PREFIX", "ddl_of", "show"]

SYSTEM_PREFIX = "fb_"
"""What names of system tables begin with."""

_SECONDS = SqlType(Kind.TIMESTAMP)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_Columns = Sequence[tuple[str, SqlType]]
_DATABASE_COLUMNS: _Columns = (
    *((name, STRING) for name in ("_id", "name", "owner", "updated_by")),
    *((name, _SECONDS) for name in ("created_at", "updated_at")),
    ("units", INT),
    ("description", STRING),
)
_TABLE_COLUMNS: _Columns = (
    *((name, STRING) for name in ("_id", "name", "owner", "updated_by")),
    *((name, _SECONDS) for name in ("created_at", "updated_at")),
    ("keys", BOOL),
    ("space_used", INT),
    ("description", STRING),
)
_COLUMN_COLUMNS: _Columns = (
    *((name, STRING) for name in ("_id", "name", "type")),
    ("created_at", _SECONDS),
    ("keys", BOOL),
    ("cache_type", STRING),
    *((name, INT) for name in ("cache_size", "scale", "min", "max")),
    ("timeunit", STRING),
    ("epoch", INT),
    *((name, STRING) for name in ("timequantum", "ttl")),
)


def show(binding: Binding, words: Words) -> Program:
    """SHOW DATABASES, TABLES, COLUMNS and CREATE TABLE."""
    words.expect("SHOW")
    read = _SHOWN.get(words.word)
    if read is None:
        words.fail("DATABASES, TABLES, COLUMNS or CREATE TABLE")
    words.next()
    result = read(binding, words)
    words.expect_end()
    return (Tell(result),)


def _table(columns: _Columns, rows: Iterable[Sequence[Any]]) -> Result:
    cells = [*zip(*rows, strict=True)] or [()] * len(columns)
    return as_table((name, kind, [*column]) for (name, kind), column in zip(columns, cells, strict=True))


def _seconds(moment: datetime) -> int:
    return int((moment - _EPOCH).total_seconds())


def _databases(binding: Binding, _: Words) -> Result:
    rows = binding.catalog.read_databases()
    shown = (
        (d.id, d.name, d.owner, d.owner, _seconds(d.created_at), _seconds(d.updated_at), d.units, d.description)
        for d in rows
    )
    return _table(_DATABASE_COLUMNS, shown)


def _tables(binding: Binding, words: Words) -> Result:
    has_system = False
    if words.take("WITH"):
        if not words.take("SYSTEM"):
            raise binding.error(words.offset, f"unknown show option {words.found()!r}")
        has_system = True
    views = binding.catalog.tables()
    sizes = binding.catalog.read_table_bytes()
    shown = [
        _table_row(view, sizes.get(view.spec.id, 0))
        for view in views
        if has_system or not view.spec.name.startswith(SYSTEM_PREFIX)
    ]
    if has_system:
        shown += [(name, name, "", "", 0, 0, True, 0, "") for name in sorted(binding.catalog.system_tables())]
    return _table(_TABLE_COLUMNS, shown)


def _table_row(view: TableView, size_bytes: int) -> Sequence[Any]:
    record, spec = view.record, view.spec
    made, changed = _seconds(record.created_at), _seconds(record.updated_at)
    is_keyed = bool(spec.is_keyed)
    return spec.name, spec.name, record.owner, record.owner, made, changed, is_keyed, size_bytes, record.description


# ---- columns ---------------------------------------------------------------------------------


def _columns(binding: Binding, words: Words) -> Result:
    words.expect("FROM")
    token = words.take_name("a table")
    table = binding.catalog.schema.tables.get(token.text.lower())
    if table is None:
        return _table(_COLUMN_COLUMNS, map(_asked_row, _columns_asked(binding, token)))
    made = {view.spec.id: _seconds(view.record.created_at) for view in binding.catalog.tables()}.get(table.id, 0)
    own = (None, RECORD_ID, str(record_type(table)), made, bool(table.is_keyed), "", 0, 0, 0, 0, "", 0, "", "")
    return _table(_COLUMN_COLUMNS, [own, *(_column_row(spec, made) for spec in table.fields.values())])


def _columns_asked(binding: Binding, token: Token) -> Sequence[Output]:
    """The columns of a view, or of a system table: those that a query for all of them gives."""
    at, name = token.start, Name(token.start, token.text.lower())
    body = SelectBody(at=at, items=(Item(Star(at)),), source=TableName(name))
    return bind_query(binding, Select(body=body)).outputs


def _asked_row(output: Output) -> Sequence[Any]:
    kind = output.value.type
    is_keyed = kind.member.kind == Kind.STRING
    scale = kind.scale if kind.kind == Kind.DECIMAL else 0
    unit = UNIT_OF_PLACES.get(kind.scale, "") if kind.kind == Kind.TIMESTAMP else ""
    return None, output.name, str(kind), 0, is_keyed, "", 0, scale, 0, 0, unit, 0, "", ""


def _type_text(spec: FieldSpec) -> str:
    """The type as the column was defined with it."""
    if spec.length:
        return f"{VARCHAR}({'max' if spec.length == MAXIMUM_LENGTH else spec.length})"
    return str(type_of(spec))


def _column_row(spec: FieldSpec, made: int) -> Sequence[Any]:
    is_moment = spec.type is FieldType.TIMESTAMP
    return (
        None,
        spec.name,
        _type_text(spec),
        made,
        spec.is_keyed,
        spec.cache_type,
        spec.cache_size,
        spec.scale,
        spec.minimum or 0,
        spec.maximum or 0,
        spec.unit if is_moment else "",
        spec.epoch_units,
        spec.quantum,
        spec.ttl,
    )


# ---- the statement that makes a table ----------------------------------------------------------


def ddl_of(table: TableSpec, description: str = "") -> str:
    """The CREATE TABLE that makes such a table.

    >>> ddl_of(TableSpec(id="", name="t", is_keyed=True, fields={"n": FieldSpec(name="n", type=FieldType.INT)}))
    'create table t (_id string, n int)'
    """
    columns = [f"_id {record_type(table)}", *map(_definition, table.fields.values())]
    comment = " comment '" + description.replace("'", "''") + "'" if description else ""
    return f"create table {written_name(table.name)} ({', '.join(columns)}){comment}"


def _definition(spec: FieldSpec) -> str:
    parts = [written_name(spec.name), _type_text(spec)]
    if spec.type in (FieldType.INT, FieldType.DECIMAL):
        parts += [f"min {shown_bound(spec.minimum, spec)}"] if spec.minimum is not None else []
        parts += [f"max {shown_bound(spec.maximum, spec)}"] if spec.maximum is not None else []
    if spec.type is FieldType.TIMESTAMP:
        parts.append(f"timeunit '{spec.unit}'")
        parts += [f"epoch '{spec.epoch}'"] if spec.epoch else []
    parts += [f"timequantum '{spec.quantum}'"] if spec.quantum else []
    parts += [f"ttl '{spec.ttl}'"] if spec.ttl else []
    if spec.cache_type:
        parts.append(f"cachetype {spec.cache_type}" + (f" size {spec.cache_size}" if spec.cache_size else ""))
    return " ".join(parts)


def _create(binding: Binding, words: Words) -> Result:
    words.expect("TABLE")
    token = words.take_name("a table")
    name, catalog = token.text.lower(), binding.catalog
    if name == VIEWS_TABLE or name in catalog.system:
        raise binding.error(token.start, f"'{name}' is a system table, which no statement makes", table=name)
    table = catalog.schema.tables.get(name)
    if table is None:
        return _ddl(_view_ddl(binding, token.start, name))
    told = {view.spec.id: view.record.description for view in catalog.tables()}
    return _ddl(ddl_of(table, told.get(table.id, "")))


def _ddl(text: str) -> Result:
    return as_table([("ddl", STRING, [text])])


def _view_ddl(binding: Binding, at: int, name: str) -> str:
    """The CREATE VIEW that makes a view, or raise."""
    view = binding.catalog.view_or_none(name)
    if view is None:
        raise binding.error(at, f"table or view '{name}' not found", table=name)
    return f"create view {written_name(name)} as {view}"


_SHOWN: dict[str, Callable[[Binding, Words], Result]] = {
    "DATABASES": _databases,
    "TABLES": _tables,
    "COLUMNS": _columns,
    "FIELDS": _columns,
    "CREATE": _create,
}
