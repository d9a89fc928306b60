"""Compare a record schema with the table that it is to feed."""

from collections.abc import Iterator
from dataclasses import replace

from roarbase.model.field_definitions import Difference, differences
from roarbase.model.field_options import Agreement
from roarbase.model.fields import FieldSpec, TableSpec
from roarbase.model.sinks import Definition, RecordSchema

__all__ = ["contradictions", "deviations", "missing_fields", "with_table_fields"]


def contradictions(schema: RecordSchema, table: TableSpec) -> list[str]:
    """Everything in which the schema contradicts the table; empty if a sink may feed it.

    Bounds and epoch may be left out of the schema: the table's count.
    """
    found = []
    if table.is_keyed is not None and table.is_keyed != schema.is_keyed:
        has, makes = ("keys", "ids") if table.is_keyed else ("ids", "keys")
        remedy = "primary_key_fields" if table.is_keyed else "id_field"
        found.append(f"the records of table {table.name!r} have {has}, the schema makes {makes}; use {remedy}")
    return found + [_told(d, each) for d, each in _differing(schema, table) if _must_agree(d, each)]


def deviations(schema: RecordSchema, table: TableSpec) -> list[str]:
    """In what the schema says otherwise than the table and is not heeded: quantum, TTL and cache."""
    return [_told(d, each) for d, each in _differing(schema, table) if _is_not_heeded(d, each)]


def _differing(schema: RecordSchema, table: TableSpec) -> Iterator[tuple[Definition, Difference]]:
    for definition in schema.stored:
        existing = table.fields.get(definition.name)
        for each in differences(existing, definition.spec) if existing else ():
            yield definition, each


def _must_agree(definition: Definition, each: Difference) -> bool:
    agreement = each.option.agreement
    return agreement == Agreement.ALWAYS or (agreement == Agreement.IF_GIVEN and each.option.is_given(definition.spec))


def _is_not_heeded(definition: Definition, each: Difference) -> bool:
    is_said = bool(each.option.config) and each.option.shown(definition.spec) is not None
    return is_said and each.option.agreement == Agreement.NEVER


def _told(definition: Definition, each: Difference) -> str:
    return f"field {definition.name!r} has {each.option.name} {each.has}, the schema makes it {each.asks}"


def missing_fields(schema: RecordSchema, table: TableSpec) -> list[FieldSpec]:
    """The fields to add to the table before the sink can feed it, in the schema's order."""
    return [d.spec for d in schema.stored if d.name not in table.fields]


def with_table_fields(schema: RecordSchema, table: TableSpec) -> RecordSchema:
    """The schema with the table's own fields where they exist: what it does not say, such as bounds, they say."""
    stored = set(schema.stored)

    def completed(definition: Definition) -> Definition:
        existing = table.fields.get(definition.name) if definition in stored else None
        if existing is None or existing.type != definition.spec.type:
            return definition
        return replace(definition, spec=existing)

    return replace(schema, definitions=tuple(map(completed, schema.definitions)))
