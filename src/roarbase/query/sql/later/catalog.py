"""What a statement can name: tables, views and system tables, as of now."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from roarbase.engine.kernels.cells.plain import PlainCells
from roarbase.engine.kernels.cells.port import CellKernels
from roarbase.errors import BadRequest
from roarbase.model.fields import TableSpec
from roarbase.model.results import ResultTable
from roarbase.model.schema import Schema
from roarbase.model.tables import TableRecord, TableView
from roarbase.query.sql.later.views_table import VIEWS_TABLE, no_views

__all__ = ["Catalog", "DatabaseRow"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _no_bytes() -> Mapping[str, int]:
    return {}


def _no_views() -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, kw_only=True, slots=True)
class DatabaseRow:
    """A deployment as SHOW DATABASES shows it."""

    id: str
    name: str
    owner: str
    created_at: datetime
    updated_at: datetime
    units: int
    description: str = ""


def _no_databases() -> Sequence[DatabaseRow]:
    return ()


def _unknown(spec: TableSpec) -> TableRecord:
    return TableRecord(
        id=spec.id, deployment_id="", name=spec.name, description="", owner="", created_at=_EPOCH, updated_at=_EPOCH
    )


def _no_id(table: TableSpec) -> int:
    raise BadRequest(f"nobody counts the ids of table {table.name!r} here")


def _no_url(_: str) -> bytes:
    raise BadRequest("nothing is fetched from URLs here")


def _no_statement(_: str) -> bool:
    return False


@dataclass(frozen=True, kw_only=True, slots=True)
class Catalog:
    """The names of one deployment.

    Attributes:
        read_views: Gives the text of each view by name. Asked only for names that no table has.
        system: Gives a system table by name, but for that of views.
        read_tables: Gives the tables with the words around them, by name.
        read_table_bytes: Gives the memory that each table takes, by uuid.
        read_databases: Gives the rows of SHOW DATABASES.
        owner: Who runs the statement: the owner of what it makes.
        take_id: Gives an id that no record of a table has, and gave none twice.
        read_url: Gives what a URL has, under the rules of whoever runs statements.
        kill: Has a running statement end; says whether there was one.
        kernels: What reads texts of values.
        parts: What came with the request beside the statement, by name.
    """

    schema: Schema
    read_views: Callable[[], Mapping[str, str]] = _no_views
    system: Mapping[str, Callable[[], ResultTable]] = field(default_factory=dict)
    read_tables: Callable[[], Sequence[TableView]] | None = None
    read_table_bytes: Callable[[], Mapping[str, int]] = _no_bytes
    read_databases: Callable[[], Sequence[DatabaseRow]] = _no_databases
    owner: str = ""
    take_id: Callable[[TableSpec], int] = _no_id
    read_url: Callable[[str], bytes] = _no_url
    kill: Callable[[str], bool] = _no_statement
    kernels: CellKernels = field(default_factory=PlainCells)
    parts: Mapping[str, bytes] = field(default_factory=dict)

    def tables(self) -> Sequence[TableView]:
        """The tables by name; where nobody keeps words around them, those are empty."""
        if self.read_tables is not None:
            return self.read_tables()
        return [TableView(record=_unknown(spec), spec=spec) for _, spec in sorted(self.schema.tables.items())]

    def system_tables(self) -> Mapping[str, Callable[[], ResultTable]]:
        """What gives the system tables, by their names."""
        return self.system if VIEWS_TABLE in self.schema.tables else {**self.system, VIEWS_TABLE: no_views}

    def view_or_none(self, name: str) -> str | None:
        """The text of a view."""
        return self.read_views().get(name) if VIEWS_TABLE in self.schema.tables else None
