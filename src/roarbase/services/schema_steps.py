"""The changes of the schema that statements make, under the rules that hold for everybody."""

from roarbase.errors import ResourceAlreadyExists, RoarbaseError
from roarbase.model.field_definitions import shown_options
from roarbase.model.results import NoResult, Result
from roarbase.model.users import Principal
from roarbase.query.program import DropField, DropTable, MakeField, MakeTable, SchemaStep
from roarbase.services.fields import Fields
from roarbase.services.tables import Tables

__all__ = ["SchemaSteps"]


class SchemaSteps:
    """Makes changes of schemas."""

    def __init__(self, tables: Tables, fields: Fields) -> None:
        self._tables = tables
        self._fields = fields

    def make(self, caller: Principal, deployment_id: str, step: SchemaStep) -> Result | None:
        """Make one change; what it answers, if anything.

        Raises:
            Whatever the service of tables or fields raises.
        """
        match step:
            case DropTable(table):
                self._tables.drop(caller, deployment_id, table.name)
                return NoResult()
            case MakeField(table, spec):
                options = shown_options(spec)
                self._fields.create(caller, deployment_id, table.name, name=spec.name, options=options)
                return None
            case DropField(table, name):
                self._fields.drop(caller, deployment_id, table.name, name)
                return NoResult()
            case MakeTable():
                self._make_table(caller, deployment_id, step)
                return NoResult()

    def _make_table(self, caller: Principal, deployment_id: str, step: MakeTable) -> None:
        try:
            self._tables.create(
                caller, deployment_id, name=step.name, description=step.description, is_keyed=step.is_keyed
            )
        except ResourceAlreadyExists:
            if step.may_exist:
                return
            raise
        try:
            for spec in step.fields:
                self._fields.create(caller, deployment_id, step.name, name=spec.name, options=shown_options(spec))
        except RoarbaseError:
            # Whoever is told that it failed will ask again, and must not find half a table.
            self._tables.drop(caller, deployment_id, step.name)
            raise
