"""Compare a record schema with the table that it is to feed."""

from dataclasses import replace

from roarbase.model.fields import FieldSpec, TableSpec
from roarbase.model.sinks import Definition, RecordSchema

__all__ = ["differences", "missing_fields", "with_table_bounds"]


def differences(schema: RecordSchema, table: TableSpec) -> list[str]:
    """Everything in which the schema contradicts the table; empty if a sink may feed it.

    Quantum, TTL and cache may differ, and so may bounds that the schema does not give.
    """
    found = []
    if table.is_keyed is not None and table.is_keyed != schema.is_keyed:
        has, makes = ("keys", "ids") if table.is_keyed else ("ids", "keys")
        remedy = "primary_key_fields" if table.is_keyed else "id_field"
        found.append(f"the records of table {table.name!r} have {has}, the schema makes {makes}; use {remedy}")
    for definition in schema.stored:
        existing = table.fields.get(definition.name)
        if existing is not None:
            found += _field_differences(definition, existing)
    return found


def _field_differences(definition: Definition, existing: FieldSpec) -> list[str]:
    spec = definition.spec
    pairs: list[tuple[str, object, object]] = [("type", str(existing.type), str(spec.type))]
    if existing.type == spec.type:
        pairs += [("keys", existing.is_keyed, spec.is_keyed), ("scale", existing.scale, spec.scale)]
        pairs += [("min", existing.minimum, spec.minimum)] if spec.minimum is not None else []
        pairs += [("max", existing.maximum, spec.maximum)] if spec.maximum is not None else []
    return [
        f"field {definition.name!r} has {option} {_shown(has)}, the schema makes it {_shown(makes)}"
        for option, has, makes in pairs
        if has != makes
    ]


def _shown(value: object) -> str:
    if value is None:
        return "unset"
    return str(value).lower() if isinstance(value, bool) else str(value)


def missing_fields(schema: RecordSchema, table: TableSpec) -> list[FieldSpec]:
    """The fields to add to the table before the sink can feed it, in the schema's order."""
    return [d.spec for d in schema.stored if d.name not in table.fields]


def with_table_bounds(schema: RecordSchema, table: TableSpec) -> RecordSchema:
    """The schema with the bounds of the table's fields where it gives none, so that ingest keeps to them."""

    def bounded(definition: Definition) -> Definition:
        existing = table.fields.get(definition.name) if definition in schema.stored else None
        if existing is None or existing.type != definition.spec.type:
            return definition
        spec = definition.spec
        minimum = existing.minimum if spec.minimum is None else spec.minimum
        maximum = existing.maximum if spec.maximum is None else spec.maximum
        return replace(definition, spec=replace(spec, minimum=minimum, maximum=maximum))

    return replace(schema, definitions=tuple(map(bounded, schema.definitions)))
