"""What statements of the later SQL can name in a deployment, and what they are shown of it."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from roarbase import __version__
from roarbase.engine.port import Engine
from roarbase.model.deployments import SHAPES, Deployment, DeploymentStatus
from roarbase.model.results import DataType, ResultColumn, ResultTable
from roarbase.model.tables import TableView
from roarbase.model.users import Principal, Privilege
from roarbase.query.sql.later.catalog import Catalog, DatabaseRow
from roarbase.query.sql.later.identifiers import Identifiers
from roarbase.query.sql.later.statements.showing import ddl_of
from roarbase.query.sql.later.views import views_of
from roarbase.services.deployments import Deployments
from roarbase.services.fetching import Fetching
from roarbase.services.statements import Statements
from roarbase.services.tables import Tables

__all__ = ["Catalogs"]


class Catalogs:
    """Makes the catalog of a deployment for one statement."""

    def __init__(self, deployments: Deployments, tables: Tables, fetching: Fetching, statements: Statements) -> None:
        self._deployments = deployments
        self._tables = tables
        self._fetching = fetching
        self._statements = statements
        self._identifiers = Identifiers()

    def of(
        self, caller: Principal, deployment: Deployment, engine: Engine, parts: Mapping[str, bytes] | None = None
    ) -> Catalog:
        """The catalog as one user sees it. `parts` came with the request, beside the statement."""
        return Catalog(
            schema=engine.schema(),
            read_views=partial(views_of, engine),
            system=self._system(caller, deployment, engine),
            read_tables=partial(self._tables.find, caller, deployment.id),
            read_table_bytes=engine.table_bytes,
            read_databases=partial(self._databases, caller),
            owner=caller.email,
            take_id=partial(self._identifiers.take, engine),
            read_url=partial(self._fetch, caller),
            kernels=engine.cells,
            parts=parts or {},
            kill=partial(self._statements.kill, deployment.id),
        )

    def _databases(self, caller: Principal) -> list[DatabaseRow]:
        """The deployments of a caller; those that are being deleted are no databases any more."""
        return [_row(d) for d in self._deployments.find(caller) if d.status is not DeploymentStatus.DELETING]

    def _fetch(self, caller: Principal, url: str) -> bytes:
        caller.require(Privilege.INGEST)  # before anybody is contacted
        return self._fetching.fetch(url)

    def _system(
        self, caller: Principal, deployment: Deployment, engine: Engine
    ) -> Mapping[str, Callable[[], ResultTable]]:
        """The tables about the deployment itself, by name."""
        info, nodes = partial(_database_info, deployment), partial(_nodes, deployment, engine)
        return {
            "fb_database_info": info,
            "fb_cluster_info": info,
            "fb_database_nodes": nodes,
            "fb_cluster_nodes": nodes,
            "fb_table_ddl": lambda: _ddl(self._tables.find(caller, deployment.id)),
            "fb_exec_requests": partial(self._statements.requests, deployment.id),
            "fb_performance_counters": lambda: self._statements.counters(
                deployment.id, engine.memory_bytes(), engine.sequence()
            ),
        }


def _row(deployment: Deployment) -> DatabaseRow:
    units = next((shape.memory_bytes >> 30 for shape in SHAPES if shape.name == deployment.shape), 0)
    return DatabaseRow(
        id=deployment.id,
        name=deployment.name,
        owner=deployment.owner,
        created_at=deployment.created_at,
        updated_at=deployment.updated_at,
        units=units,
        description=deployment.description,
    )


def _strings(**cells: str) -> tuple[ResultColumn, ...]:
    return tuple(ResultColumn(name=name, type=DataType.STRING, cells=[cell]) for name, cell in cells.items())


def _numbers(**cells: int) -> tuple[ResultColumn, ...]:
    return tuple(ResultColumn(name=name, type=DataType.INT64, cells=[cell]) for name, cell in cells.items())


def _database_info(deployment: Deployment) -> ResultTable:
    texts = _strings(
        id=deployment.id,
        name=deployment.name,
        platform="roarbase",
        platform_version=__version__,
        db_version=__version__,
        state=str(deployment.status),
    )
    return ResultTable(columns=(*texts, *_numbers(node_count=1, replica_count=1)))


def _nodes(deployment: Deployment, engine: Engine) -> ResultTable:
    texts = _strings(id=deployment.id, type="node", state="NORMAL", uri="", grpc_uri="")
    primary = ResultColumn(name="is_primary", type=DataType.BOOL, cells=[True])
    return ResultTable(columns=(*texts, primary, *_numbers(space_used=engine.memory_bytes())))


def _ddl(tables: Sequence[TableView]) -> ResultTable:
    columns = {
        "id": [view.spec.id for view in tables],
        "name": [view.spec.name for view in tables],
        "ddl": [ddl_of(view.spec, view.record.description) for view in tables],
    }
    return ResultTable(
        columns=tuple(ResultColumn(name=name, type=DataType.STRING, cells=cells) for name, cells in columns.items())
    )
