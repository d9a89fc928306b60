"""The changes of the schema that statements make, under the rules that hold for everybody."""

from roarbase.errors import BadRequest, ResourceAlreadyExists
from roarbase.model.deployments import SHAPES
from roarbase.model.field_definitions import read_field, shown_options
from roarbase.model.results import NoResult, Result
from roarbase.model.users import Principal
from roarbase.query.program import (
    DropDatabase,
    DropField,
    DropTable,
    MakeDatabase,
    MakeField,
    MakeTable,
    ResizeDatabase,
    SchemaStep,
)
from roarbase.services.deployments import Deployments
from roarbase.services.fields import Fields
from roarbase.services.tables import Tables

__all__ = ["SchemaSteps"]


class SchemaSteps:
    """Makes changes of schemas."""

    def __init__(self, deployments: Deployments, tables: Tables, fields: Fields) -> None:
        self._deployments = deployments
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
            case MakeDatabase(name=name, units=units, description=description):
                shape = self._shape_for(caller, units)
                self._deployments.create(caller, name=name, shape=shape, description=description)
                return NoResult()
            case DropDatabase(other):
                self._deployments.delete(caller, other)
                return NoResult()
            case ResizeDatabase(id=other, units=units):
                self._deployments.change(caller, other, shape=self._shape_for(caller, units))
                return NoResult()
            case MakeTable():
                self._make_table(caller, deployment_id, step)
                return NoResult()

    def _shape_for(self, caller: Principal, units: int) -> str:
        """The smallest shape with room for so many units; the first has less than it says on a small machine."""
        shapes = self._deployments.shapes(caller)
        for shape in shapes:
            named = next(each for each in SHAPES if each.name == shape.name)
            if named.memory_bytes >> 30 >= units:
                return shape.name
        raise BadRequest(f"no deployment with {units} units can be made here; the largest shape is {shapes[-1].name}")

    def _make_table(self, caller: Principal, deployment_id: str, step: MakeTable) -> None:
        # A statement's columns are under the rules for fields that are made one by one, too.
        fields = [read_field(spec.name, shown_options(spec)) for spec in step.fields]
        try:
            self._tables.create(
                caller,
                deployment_id,
                name=step.name,
                description=step.description,
                is_keyed=step.is_keyed,
                fields=fields,
            )
        except ResourceAlreadyExists:
            if not step.may_exist:
                raise
