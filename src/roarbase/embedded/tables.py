"""Making and dropping tables and fields."""

import uuid
from collections.abc import Mapping, Sequence

from roarbase.embedded.options import Options, field_of
from roarbase.engine.port import Engine
from roarbase.errors import ResourceNotFound
from roarbase.model.changes import CreateField, CreateWholeTable, DropField, DropTable, NewField
from roarbase.model.fields import FieldSpec
from roarbase.model.names import check_name

__all__ = ["create_field", "create_table", "drop_field", "drop_table", "make_field", "make_table"]


def create_table(engine: Engine, name: str, fields: Mapping[str, Options], *, is_keyed: bool | None) -> None:
    """Make a table with all these fields, or nothing."""
    check_name("table", name)
    specs = [field_of(field, options, f"fields[{field!r}]") for field, options in fields.items()]
    make_table(engine, name, specs, is_keyed=is_keyed)


def make_table(engine: Engine, name: str, specs: Sequence[FieldSpec], *, is_keyed: bool | None) -> None:
    """Make a table with fields whose options are checked, or nothing."""
    fields = tuple(NewField(field_id=str(uuid.uuid4()), spec=spec) for spec in specs)
    engine.change(CreateWholeTable(table=str(uuid.uuid4()), name=name, is_keyed=is_keyed, fields=fields))


def drop_table(engine: Engine, name: str) -> None:
    """Drop a table with its records."""
    engine.change(DropTable(table=engine.schema().get_table(name).id))


def create_field(engine: Engine, table: str, name: str, options: Options) -> None:
    """Add a field to a table."""
    spec = field_of(name, options, "options")
    make_field(engine, engine.schema().get_table(table).id, spec)


def drop_field(engine: Engine, table: str, name: str) -> None:
    """Drop a field with its values."""
    spec = engine.schema().get_table(table)
    if name not in spec.fields:
        raise ResourceNotFound(f"field not found: {name!r} in table {table!r}", table=table, field=name)
    engine.change(DropField(table=spec.id, name=name))


def make_field(engine: Engine, table_id: str, spec: FieldSpec) -> None:
    """Add a field, whose options are checked, to the table with this uuid."""
    engine.change(CreateField(table=table_id, field_id=str(uuid.uuid4()), spec=spec))
