"""What a deployment will consist of once the sinks that are being made have got their fields.

Until then a field stands in a sink's declaration only. Whoever makes or drops fields, tables and
sinks counts it as if it were there already, or the reconciler would find its place taken.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from roarbase.engine.port import Engine
from roarbase.errors import RelatedResourceNotFound, ResourceLimitExceeded
from roarbase.ingest.compatibility import missing_fields
from roarbase.ingest.declaration import read_declaration
from roarbase.model.changes import DecideKeys
from roarbase.model.fields import FieldSpec, TableSpec
from roarbase.model.schema import Schema
from roarbase.model.sinks import RecordSchema, Sink, SinkStatus

__all__ = ["check_new_fields", "expected_tables", "find_feeding", "find_referring", "settle_reference", "with_schema"]


def expected_tables(schema: Schema, sinks: Iterable[Sink]) -> dict[str, TableSpec]:
    """The tables of a deployment by name, with the fields that its sinks are about to make."""
    by_id = {table.id: table for table in schema.tables.values()}
    for sink in sinks:
        if sink.status == SinkStatus.CREATING and sink.table_id in by_id:
            by_id[sink.table_id] = with_schema(by_id[sink.table_id], read_declaration(sink.declaration))
    return {table.name: table for table in by_id.values()}


def with_schema(table: TableSpec, schema: RecordSchema) -> TableSpec:
    """The table as a sink of that schema makes it."""
    fields = {**table.fields, **{spec.name: spec for spec in missing_fields(schema, table)}}
    return replace(table, is_keyed=schema.is_keyed, fields=fields)


def find_feeding(table: TableSpec, field: str, sinks: Iterable[Sink]) -> list[str]:
    """The names of the sinks, in whatever state, whose records have a value for a field."""
    of_table = (sink for sink in sinks if sink.table_id == table.id)
    return [sink.name for sink in of_table if any(d.name == field for d in read_declaration(sink.declaration).stored)]


def find_referring(name: str, tables: Iterable[TableSpec]) -> list[str]:
    """The fields of other tables, as `table.field`, that refer to the records of the table of that name."""
    others = (table for table in tables if table.name != name)
    return [
        f"{t.name}.{field}" for t in others for field, spec in sorted(t.fields.items()) if spec.foreign_index == name
    ]


def check_new_fields(
    table: TableSpec,
    new: Iterable[FieldSpec],
    tables: Mapping[str, TableSpec],
    maximum: int,
    *,
    takes_ids: bool = False,
) -> None:
    """Raise unless a table may get these fields.

    Args:
        tables: Those of its deployment by name, to which a field may refer.
        maximum: The most fields that a table may have; 0 is no limit.
        takes_ids: Whether fields may refer to tables whose records have ids: what a sink writes are keys.

    Raises:
        RelatedResourceNotFound: A field refers to a table that is not there, or has no keys.
        ResourceLimitExceeded: They would be too many.
    """
    specs = list(new)
    for spec in specs:
        if spec.foreign_index:
            _check_reference(spec, tables.get(spec.foreign_index), takes_ids=takes_ids)
    count = len(table.fields) + len(specs)
    if specs and 0 < maximum < count:
        raise ResourceLimitExceeded(
            f"the table {table.name!r} would have {count} fields, at most {maximum} are allowed (setting "
            "fields_per_table)",
            setting="fields_per_table",
        )


def settle_reference(engine: Engine, spec: FieldSpec) -> None:
    """Before a field that `check_new_fields` allowed is made: see to it that the table it refers to has keys.

    Where a sink is about to say so, this may come first.
    """
    if spec.is_reference:
        target = engine.schema().get_table(spec.foreign_index)
        if target.is_keyed is False:
            return
        engine.change(DecideKeys(table=target.id, is_keyed=True))


def _check_reference(spec: FieldSpec, target: TableSpec | None, *, takes_ids: bool) -> None:
    if target is not None and (target.is_keyed or (takes_ids and target.is_keyed is False)):
        return
    start = f"the field {spec.name!r} refers to the table {spec.foreign_index!r:.250}"
    if target is None:
        raise RelatedResourceNotFound(f"{start}, which is not there; create it first", table=spec.foreign_index)
    why = "whose records have ids" if target.is_keyed is False else "of whose records nobody said that they have keys"
    sentence = f"{start}, {why}; a field refers to a table made with options.keys true"
    raise RelatedResourceNotFound(sentence, table=spec.foreign_index)
