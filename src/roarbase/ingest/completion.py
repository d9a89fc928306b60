"""Complete a declaration that leaves types to the table, as those of version 2 do.

    {"name": "price", "path": ["cost"]}
    {"name": "price", "path": ["cost"], "type": "decimal", "config": {"Scale": 2}}     if that is the field

Of the record's own id or key, which is called `_id` there, the table's kind of record and whether the
declaration has `id_field` or `primary_key_fields` say the type. What is called `_timeQuantum` is the record's time.
"""

from collections.abc import Mapping

from roarbase.model.field_options import FIELD_OPTIONS, Agreement
from roarbase.model.fields import FieldSpec, FieldType, TableSpec
from roarbase.model.names import RECORD_ID, TIME_OF_RECORD
from roarbase.model.sinks import RECORD_TIME

__all__ = ["completed"]

_TYPES: Mapping[FieldType, tuple[str, str]] = {
    FieldType.SET: ("ids", "strings"),
    FieldType.TIME: ("ids", "strings"),
    FieldType.MUTEX: ("id", "string"),
    FieldType.BOOL: ("bool", "bool"),
    FieldType.INT: ("int", "int"),
    FieldType.DECIMAL: ("decimal", "decimal"),
    FieldType.TIMESTAMP: ("timestamp", "timestamp"),
}
"""The ingest type that feeds a field without and with keys."""


def completed(declaration: dict[str, object], table: TableSpec) -> dict[str, object]:
    """The declaration, each definition without a type having that of the table's field of its name.

    What cannot be completed stays as it is, for `read_declaration` to tell.

    >>> spec = FieldSpec(name="age", type=FieldType.INT)
    >>> completed({"definition": [{"name": "age", "path": ["a"]}]}, TableSpec(id="t", name="t", fields={"age": spec}))
    {'definition': [{'name': 'age', 'path': ['a'], 'type': 'int'}]}
    """
    place = _place(declaration, "definition")
    definitions = declaration.get(place)
    if not isinstance(definitions, list):
        return declaration
    fields = {**table.fields, RECORD_ID: _record_id(declaration)}
    return {**declaration, place: [_completed_definition(each, fields) for each in definitions]}


def _record_id(declaration: dict[str, object]) -> FieldSpec:
    keys = declaration.get(_place(declaration, "primary_key_fields"))
    return FieldSpec(name=RECORD_ID, type=FieldType.MUTEX, is_keyed=isinstance(keys, list) and RECORD_ID in keys)


def _completed_definition(definition: object, fields: Mapping[str, FieldSpec]) -> object:
    if not isinstance(definition, dict) or definition.get(_place(definition, "type")) not in (None, ""):
        return definition
    name = definition.get(_place(definition, "name"))
    if name == TIME_OF_RECORD:
        return {**definition, _place(definition, "type"): RECORD_TIME}
    spec = fields.get(name) if isinstance(name, str) else None
    if spec is None:
        return definition
    complete = {**definition, _place(definition, "type"): _TYPES[spec.type][spec.is_keyed]}
    place = _place(definition, "config")
    given = definition.get(place)
    says = _config(spec)
    if says and (given is None or isinstance(given, dict)):
        said = {str(member).lower() for member in given or {}}
        complete[place] = {**(given or {}), **{n: value for n, value in says.items() if n.lower() not in said}}
    return complete


def _config(spec: FieldSpec) -> dict[str, object]:
    """The options that a sink must say as they are; what it may leave out is taken from the field anyway."""
    if spec.name == RECORD_ID:
        return {}
    says: dict[str, object] = {"Mutex": True} if spec.type == FieldType.MUTEX else {}
    for option in FIELD_OPTIONS:
        decides_type = option.name == "timeQuantum"
        value = option.shown(spec) if option.config and (decides_type or option.agreement == Agreement.ALWAYS) else None
        if value is not None:
            says[option.config] = value
    return says


def _place(members: Mapping[str, object], name: str) -> str:
    """How an object spells a member: in any case of letters, or, where it is absent, as it is called here."""
    return next((str(member) for member in members if str(member).lower() == name), name)
