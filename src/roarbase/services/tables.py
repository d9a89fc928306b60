"""Tables: the engine holds them, the metastore the words around them."""

import uuid
from collections.abc import Sequence

from roarbase.engine.port import Engine
from roarbase.errors import IncorrectState, ResourceAlreadyExists, RoarbaseError
from roarbase.metastore.store import Metastore
from roarbase.model.changes import CreateWholeTable, DropTable, NewField
from roarbase.model.fields import FieldSpec, TableSpec
from roarbase.model.names import check_name
from roarbase.model.tables import TableRecord, TableView
from roarbase.model.users import Principal, Privilege
from roarbase.services.clock import Clock
from roarbase.services.deployments import Deployments
from roarbase.services.engines import Engines
from roarbase.services.expected import check_new_fields, expected_tables, find_referring, settle_reference

__all__ = ["Tables"]


class Tables:
    """Use cases of tables."""

    def __init__(
        self, metastore: Metastore, engines: Engines, deployments: Deployments, clock: Clock, *, maximum_fields: int
    ) -> None:
        self._metastore = metastore
        self._engines = engines
        self._deployments = deployments
        self._clock = clock
        self._maximum_fields = maximum_fields

    def create(
        self,
        caller: Principal,
        deployment_id: str,
        *,
        name: str,
        description: str = "",
        is_keyed: bool | None = None,
        fields: Sequence[FieldSpec] = (),
    ) -> TableView:
        """Make an empty table; it is there when this returns, with all of its fields.

        Args:
            is_keyed: Whether records have string keys; None leaves it to the first sink.
            fields: As `read_field` gives them.

        Raises:
            InvalidParameter: The name; or two fields have one name.
            ResourceAlreadyExists: The deployment has a table of that name.
            RelatedResourceNotFound: A field refers to a table that is not there, or open yet for ids or keys.
            ResourceLimitExceeded: They are more fields than a table may have.
            IncorrectState: The deployment is not RUNNING.
        """
        caller.require(Privilege.CHANGE_RESOURCES)
        check_name("table", name)
        with self._deployments.changing(caller, deployment_id):
            engine = self._engines.get(deployment_id)
            if name in engine.schema().tables:
                raise ResourceAlreadyExists(f"there is a table named {name!r} already", name=name)
            table_id, now = str(uuid.uuid4()), self._clock()
            record = TableRecord(
                id=table_id,
                deployment_id=deployment_id,
                name=name,
                description=description,
                owner=caller.email,
                created_at=now,
                updated_at=now,
            )
            if fields:
                self._prepare_fields(
                    deployment_id, engine, TableSpec(id=table_id, name=name, is_keyed=is_keyed), fields
                )
            made = tuple(NewField(field_id=str(uuid.uuid4()), spec=spec) for spec in fields)
            # The engine first: it is the truth. If the process ends here, the row follows at the next start.
            engine.change(CreateWholeTable(table=table_id, name=name, is_keyed=is_keyed, fields=made))
            try:
                self._metastore.tables.add(record)
            except RoarbaseError:
                # Whoever is told that it failed will ask again, and must not find the name taken.
                engine.change(DropTable(table=table_id))
                raise
            return self.get(caller, deployment_id, name)

    def _prepare_fields(
        self, deployment_id: str, engine: Engine, table: TableSpec, fields: Sequence[FieldSpec]
    ) -> None:
        """See that a new table may have its fields, and that the tables they refer to know what they have."""
        tables = expected_tables(engine.schema(), self._metastore.sinks.find_in_deployment(deployment_id))
        check_new_fields(table, fields, {**tables, table.name: table}, self._maximum_fields, takes_ids=True)
        for spec in fields:
            if spec.foreign_index != table.name:
                settle_reference(engine, spec)

    def find(self, caller: Principal, deployment_id: str) -> list[TableView]:
        """The deployment's tables by name."""
        self._readable(caller, deployment_id)
        records = {record.id: record for record in self._metastore.tables.find(deployment_id)}
        tables = self._engines.get(deployment_id).schema().tables
        return [
            TableView(record=records.get(spec.id) or self._unrecorded(deployment_id, spec), spec=spec)
            for _, spec in sorted(tables.items())
        ]

    def get(self, caller: Principal, deployment_id: str, name: str) -> TableView:
        """One table with its fields.

        Raises:
            ResourceNotFound: There is none of that name.
        """
        self._readable(caller, deployment_id)
        spec = self._engines.get(deployment_id).schema().get_table(name)
        record = self._metastore.tables.get_or_none(deployment_id, spec.id) or self._unrecorded(deployment_id, spec)
        return TableView(record=record, spec=spec)

    def describe(self, caller: Principal, deployment_id: str, name: str, description: str) -> TableView:
        """Change the description."""
        caller.require(Privilege.CHANGE_RESOURCES)
        with self._deployments.changing(caller, deployment_id):
            table = self.get(caller, deployment_id, name)
            self._metastore.tables.set_description(deployment_id, table.spec.id, description, at=self._clock())
            return self.get(caller, deployment_id, name)

    def drop(self, caller: Principal, deployment_id: str, name: str) -> None:
        """Drop a table with its records; the name is free at once.

        Raises:
            ResourceNotFound: There is none of that name.
            IncorrectState: Sinks feed it, or fields of other tables refer to it; the message names them.
        """
        caller.require(Privilege.CHANGE_RESOURCES)
        with self._deployments.changing(caller, deployment_id):
            engine = self._engines.get(deployment_id)
            spec = engine.schema().get_table(name)
            feeding = [sink.told for sink in self._metastore.sinks.find_of_table(deployment_id, spec.id)]
            if feeding:
                raise IncorrectState(
                    f"the table {name!r} is fed by sinks; delete them first, and wait until they are gone: "
                    f"{', '.join(feeding)}",
                    blocking=feeding,
                )
            self._check_unreferred(deployment_id, name)
            engine.change(DropTable(table=spec.id))
            self._metastore.tables.remove(deployment_id, spec.id)

    def follow(self, deployment_id: str) -> None:
        """Make the metastore's rows agree with the tables that the engine holds."""
        specs = {spec.id: spec for spec in self._engines.get(deployment_id).schema().tables.values()}
        records = {record.id for record in self._metastore.tables.find(deployment_id)}
        for table_id in specs.keys() - records:
            self._metastore.tables.add(self._unrecorded(deployment_id, specs[table_id]))
        for table_id in records - specs.keys():
            self._metastore.tables.remove(deployment_id, table_id)

    def _check_unreferred(self, deployment_id: str, name: str) -> None:
        schema = self._engines.get(deployment_id).schema()
        sinks = self._metastore.sinks.find_in_deployment(deployment_id)
        referring = find_referring(name, expected_tables(schema, sinks).values())
        if referring:
            raise IncorrectState(
                f"fields refer to the table {name!r}; delete them first: {', '.join(referring)}", blocking=referring
            )

    def _readable(self, caller: Principal, deployment_id: str) -> None:
        caller.require(Privilege.READ_RESOURCES)
        self._deployments.get_readable(caller, deployment_id)

    def _unrecorded(self, deployment_id: str, spec: TableSpec) -> TableRecord:
        """The row of a table whose making was cut short between engine and metastore."""
        now = self._clock()
        return TableRecord(
            id=spec.id,
            deployment_id=deployment_id,
            name=spec.name,
            description="",
            owner="",
            created_at=now,
            updated_at=now,
        )
