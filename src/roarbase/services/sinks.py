"""Sinks: ingest endpoints bound to one table and one record schema."""

import uuid
from collections.abc import Callable

import structlog

from roarbase.errors import IncorrectState, RelatedResourceNotFound, ResourceAlreadyExists, ResourceNotFound
from roarbase.ingest.compatibility import contradictions, deviations, missing_fields
from roarbase.ingest.completion import completed
from roarbase.ingest.declaration import read_declaration
from roarbase.metastore.store import Metastore
from roarbase.model.deployments import DeploymentStatus
from roarbase.model.fields import TableSpec
from roarbase.model.names import check_name
from roarbase.model.sinks import RecordSchema, Sink, SinkStatus
from roarbase.model.users import Principal, Privilege
from roarbase.services.clock import Clock
from roarbase.services.engines import Engines
from roarbase.services.expected import check_new_fields, expected_tables, with_schema

__all__ = ["Sinks"]

_log = structlog.get_logger(__name__)


class Sinks:
    """Use cases of sinks. `wake` tells the reconciler that there is work."""

    def __init__(
        self,
        metastore: Metastore,
        engines: Engines,
        *,
        maximum_fields: int,
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        self._metastore = metastore
        self._maximum_fields = maximum_fields
        self._engines = engines
        self._clock = clock
        self._wake = wake
        self._listeners: list[Callable[[str], None]] = []

    def when_deleted(self, listener: Callable[[str], None]) -> None:
        """Have `listener` called with the id of each sink that stops taking records."""
        self._listeners.append(listener)

    def create(
        self, caller: Principal, *, name: str, deployment_id: str, table: str, declaration: dict[str, object]
    ) -> Sink:
        """Begin to make a sink; it is CREATING until the reconciler has made its table's fields.

        Raises:
            InvalidParameter, MissingParameter: The name or the declaration; all faults at once.
            RelatedResourceNotFound: The deployment, the table, or a table that a field refers to is not there.
            IncorrectState: The deployment is not RUNNING, or the table's fields are others.
            ResourceAlreadyExists: The deployment has a sink of that name.
            ResourceLimitExceeded: The table would have more fields than it may have.
        """
        caller.require(Privilege.CHANGE_RESOURCES)
        check_name("sink", name)
        self._target(caller, deployment_id, table)  # before the wait: nobody waits for what is not his
        with self._engines.exclusively(deployment_id):
            spec = self._target(caller, deployment_id, table)
            expected = self._expected(deployment_id)
            declaration = completed(declaration, expected[table])
            noted = self._check_schema(read_declaration(declaration), expected, table)
            now = self._clock()
            sink = Sink(
                id=str(uuid.uuid4()),
                organization_id=caller.organization_id,
                deployment_id=deployment_id,
                name=name,
                table=table,
                table_id=spec.id,
                status=SinkStatus.CREATING,
                owner=caller.email,
                created_at=now,
                updated_at=now,
                declaration=declaration,
            )
            self._metastore.sinks.add(sink)
        if noted:
            _log.info("the table's options count, not the sink's", sink=sink.id, differences=noted)
        self._wake()
        return sink

    def check(
        self, caller: Principal, *, name: str, deployment_id: str, table: str, declaration: dict[str, object]
    ) -> dict[str, object]:
        """What `create` would keep of a declaration, and every reason for which it would refuse; makes nothing.

        Raises:
            As `create`.
        """
        caller.require(Privilege.CHANGE_RESOURCES)
        check_name("sink", name)
        self._target(caller, deployment_id, table)
        with self._engines.exclusively(deployment_id):
            self._target(caller, deployment_id, table)
            expected = self._expected(deployment_id)
            declaration = completed(declaration, expected[table])
            self._check_schema(read_declaration(declaration), expected, table)
            if any(sink.name == name for sink in self._metastore.sinks.find_in_deployment(deployment_id)):
                raise ResourceAlreadyExists(f"the deployment has a sink named {name!r} already", name=name)
        return declaration

    def find(self, caller: Principal) -> list[Sink]:
        """The organization's sinks, oldest first."""
        caller.require(Privilege.READ_RESOURCES)
        return self._metastore.sinks.find(caller.organization_id)

    def get(self, caller: Principal, sink_id: str) -> Sink:
        """One sink.

        Raises:
            ResourceNotFound: There is none, or it belongs to another organization.
        """
        caller.require(Privilege.READ_RESOURCES)
        sink = self._metastore.sinks.get_or_none(caller.organization_id, sink_id)
        if sink is None:
            raise ResourceNotFound(f"sink not found: {sink_id!r}", sink_id=sink_id)
        return sink

    def delete(self, caller: Principal, sink_id: str) -> None:
        """Begin to delete a sink; asking again while it goes is fine. Its table stays."""
        caller.require(Privilege.CHANGE_RESOURCES)
        with self._engines.exclusively(self.get(caller, sink_id).deployment_id):
            if self.get(caller, sink_id).status == SinkStatus.DELETING:
                return
            self._metastore.sinks.set_status(sink_id, SinkStatus.DELETING, at=self._clock())
        for listener in self._listeners:
            listener(sink_id)
        self._wake()

    def _target(self, caller: Principal, deployment_id: str, table: str) -> TableSpec:
        deployment = self._metastore.deployments.get_or_none(caller.organization_id, deployment_id)
        if deployment is None:
            raise RelatedResourceNotFound(f"deployment not found: {deployment_id!r}", deployment_id=deployment_id)
        if deployment.status != DeploymentStatus.RUNNING:
            raise IncorrectState(f"the deployment {deployment.name!r} is {deployment.status}, not RUNNING")
        spec = self._engines.get(deployment_id).schema().tables.get(table)
        if spec is None:
            raise RelatedResourceNotFound(
                f"the deployment {deployment.name!r} has no table {table!r}; create it first", table=table
            )
        return spec

    def _expected(self, deployment_id: str) -> dict[str, TableSpec]:
        in_deployment = self._metastore.sinks.find_in_deployment(deployment_id)
        return expected_tables(self._engines.get(deployment_id).schema(), in_deployment)

    def _check_schema(self, schema: RecordSchema, expected: dict[str, TableSpec], table: str) -> list[str]:
        """Raise unless the schema fits the table, its pending fields included. Returns what it says otherwise."""
        found = contradictions(schema, expected[table])
        if found:
            raise IncorrectState(
                f"the schema disagrees with the table {table!r}: {'; '.join(found)}", differences=found
            )
        made = {**expected, table: with_schema(expected[table], schema)}  # a field may refer to its own table
        check_new_fields(expected[table], missing_fields(schema, expected[table]), made, self._maximum_fields)
        return deviations(schema, expected[table])
