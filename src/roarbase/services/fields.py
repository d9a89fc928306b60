"""Fields: made and dropped one by one, beside those that sinks make."""

import uuid

from roarbase.errors import IncorrectState, InvalidParameter, ResourceAlreadyExists, ResourceNotFound
from roarbase.metastore.store import Metastore
from roarbase.model.changes import CreateField, DropField
from roarbase.model.field_definitions import differences, read_field
from roarbase.model.fields import FieldSpec, TableSpec
from roarbase.model.names import RECORD_ID
from roarbase.model.tables import FieldView
from roarbase.model.users import Principal, Privilege
from roarbase.services.deployments import Deployments
from roarbase.services.engines import Engines
from roarbase.services.expected import check_new_fields, expected_tables, find_feeding, settle_reference

__all__ = ["Fields"]


class Fields:
    """Use cases of fields."""

    def __init__(
        self, metastore: Metastore, engines: Engines, deployments: Deployments, *, maximum_per_table: int
    ) -> None:
        self._metastore = metastore
        self._engines = engines
        self._deployments = deployments
        self._maximum = maximum_per_table

    def create(
        self, caller: Principal, deployment_id: str, table_name: str, *, name: str, options: object
    ) -> FieldView:
        """Add a field to a table; it is there when this returns, and no record has a value yet.

        Args:
            options: As decoded from JSON; docs/fields.md lists them.

        Raises:
            InvalidParameter, MissingParameter: The name or the options; all faults at once.
            RelatedResourceNotFound: The field refers to a table that is not there, or open yet for ids or keys.
            ResourceNotFound: There is no such table.
            ResourceAlreadyExists: The table has a field of that name; the message says how it differs.
            ResourceLimitExceeded: The table has as many fields as it may have.
            IncorrectState: The deployment is not RUNNING.
        """
        caller.require(Privilege.CHANGE_RESOURCES)
        with self._deployments.changing(caller, deployment_id):
            engine = self._engines.get(deployment_id)
            schema = engine.schema()
            table = schema.get_table(table_name)
            spec = read_field(name, options)
            expected = expected_tables(schema, self._metastore.sinks.find_in_deployment(deployment_id))
            _check_free(table, expected[table_name], spec)
            check_new_fields(expected[table_name], [spec], expected, self._maximum, takes_ids=True)
            settle_reference(engine, spec)
            made = FieldView(id=str(uuid.uuid4()), spec=spec)
            engine.change(CreateField(table=table.id, field_id=made.id, spec=spec))
        return made

    def find(self, caller: Principal, deployment_id: str, table_name: str) -> list[FieldView]:
        """The table's fields by name.

        Raises:
            ResourceNotFound: There is no such table.
            IncorrectState: The deployment is not RUNNING.
        """
        caller.require(Privilege.READ_RESOURCES)
        self._deployments.get_running(caller, deployment_id)
        return FieldView.all_of(self._engines.get(deployment_id).schema().get_table(table_name))

    def get(self, caller: Principal, deployment_id: str, table_name: str, name: str) -> FieldView:
        """One field.

        Raises:
            ResourceNotFound: There is no such table, or it has no such field.
            IncorrectState: The deployment is not RUNNING.
        """
        found = next((f for f in self.find(caller, deployment_id, table_name) if f.spec.name == name), None)
        if found is None:
            raise _not_found(table_name, name)
        return found

    def drop(self, caller: Principal, deployment_id: str, table_name: str, name: str) -> None:
        """Drop a field with its values; the name is free at once.

        Raises:
            InvalidParameter: It is `_id`.
            ResourceNotFound: There is no such table, or it has no such field.
            IncorrectState: Sinks feed it, and the message names them; or the deployment is not RUNNING.
        """
        caller.require(Privilege.CHANGE_RESOURCES)
        with self._deployments.changing(caller, deployment_id):
            engine = self._engines.get(deployment_id)
            schema = engine.schema()
            table = schema.get_table(table_name)
            if name == RECORD_ID:
                raise InvalidParameter("'_id' is each record's own id or key; it can be dropped with the table only")
            sinks = self._metastore.sinks.find_of_table(deployment_id, table.id)
            if name not in expected_tables(schema, sinks)[table_name].fields:
                raise _not_found(table_name, name)
            feeding = find_feeding(table, name, sinks)
            if feeding:
                raise IncorrectState(
                    f"the field {name!r} of table {table_name!r} is fed by sinks; delete them first: "
                    f"{', '.join(feeding)}",
                    blocking=feeding,
                )
            engine.change(DropField(table=table.id, name=name))


def _check_free(table: TableSpec, expected: TableSpec, spec: FieldSpec) -> None:
    there = expected.fields.get(spec.name)
    if there is None:
        return
    has = "already has" if spec.name in table.fields else "is about to get, from a sink,"
    found = [f"{each.option.name} is {each.has}, asked for is {each.asks}" for each in differences(there, spec)]
    how = f"of another definition: {'; '.join(found)}" if found else "of the same definition"
    sentence = f"the table {table.name!r} {has} a field {spec.name!r} {how}"
    raise ResourceAlreadyExists(sentence, field=spec.name, differences=found)


def _not_found(table: str, name: str) -> ResourceNotFound:
    return ResourceNotFound(f"field not found: {name!r:.250} in table {table!r}", table=table, field=name)
