"""What the data plane reads and answers, member by member."""

from typing import Any

from msgspec import UNSET, Struct, UnsetType

__all__ = [
    "IngestAnswer",
    "IngestBody",
    "IngestRecord",
    "NativeAnswer",
    "QueryAnswer",
    "QueryBody",
    "RecordVerdict",
    "SqlAnswer",
    "SqlColumn",
    "SqlSchema",
]


class IngestRecord(Struct, kw_only=True):
    """One record: its value is an object in the form that the sink's schema describes."""

    value: dict[str, Any]


class IngestBody(Struct, kw_only=True):
    """Records for a sink. Only for the OpenAPI document: the sink's own decoder reads the body."""

    records: list[IngestRecord]


class RecordVerdict(Struct, kw_only=True):
    """What became of one record: `success`, or `error` with a code and a sentence."""

    status: str
    error_code: str | UnsetType = UNSET
    error_message: str | UnsetType = UNSET


class IngestAnswer(Struct, kw_only=True):
    """A verdict per record, in the order of the request."""

    success_count: int
    error_count: int
    records: list[RecordVerdict]


class QueryBody(Struct, kw_only=True):
    """A statement; a PQL statement begins with its table: `[table]Count(All())`."""

    language: str
    statement: str


class QueryAnswer(Struct, kw_only=True):
    """`headers` and `rows` of tagged cells; an array of such tables if the statement has several calls.

    Both are empty where a statement has no rows to give.
    """

    results: Any


class NativeAnswer(Struct, kw_only=True):
    """One result per call, in the shape of its kind: a number, true or false, an object, an array."""

    results: list[Any]


class SqlColumn(Struct, kw_only=True, rename="kebab"):
    """A column: its type such as `decimal(2)`, that type without its scale, and the scale in `type-info`."""

    name: str
    type: str
    base_type: str
    type_info: dict[str, int] | None


class SqlSchema(Struct, kw_only=True):
    """The columns of an answer."""

    fields: list[SqlColumn]


class SqlAnswer(Struct, kw_only=True, rename="kebab"):
    """Columns and rows; instead of them `error` where the statement is wrong. `execution-time` is in microseconds."""

    schema: SqlSchema | UnsetType = UNSET
    data: list[list[Any]] | UnsetType = UNSET
    error: str | UnsetType = UNSET
    warnings: list[str] | UnsetType = UNSET
    query_plan: dict[str, Any] | UnsetType = UNSET
    execution_time: int
