"""Read a sink's declaration: the `schema` member of `POST /v1/sinks`, checked from end to end.

Everything wrong with it is reported in one error, each problem with its JSON path.
"""

import re
from dataclasses import dataclass

from roarbase.errors import InvalidParameter, MissingParameter
from roarbase.ingest.converters.registry import INGEST_TYPES, LATER_TYPES
from roarbase.model.names import RECORD_ID, TIME_OF_RECORD, check_name
from roarbase.model.options import Options, describe_kind
from roarbase.model.problems import Problems
from roarbase.model.sinks import RECORD_TIME, Definition, RecordSchema

__all__ = ["read_declaration"]

_MAXIMUM_PATH_KEYS = 32
_MAXIMUM_LEVELS = 32
"""Five are enough for all that is read. What is kept must also be written out again, however deep."""
_UNNAMEABLE = re.compile('["\\\\\x00-\x1f\ud800-\udfff]')
"""The decoder compares keys as they stand in the JSON text, where these never stand unescaped."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Read:
    """What could be understood of one definition; empty and None where it is wrong."""

    place: str
    name: str
    type: str
    path: tuple[str, ...]
    definition: Definition | None


def read_declaration(declaration: object) -> RecordSchema:
    """Check a decoded `schema` member and turn it into a record schema.

    Member names count without regard to case, type names with it. Unknown members are ignored.

    Raises:
        MissingParameter: Something required is not there.
        InvalidParameter: Anything else is wrong with it.

    >>> schema = read_declaration({
    ...     "id_field": "id",
    ...     "definition": [
    ...         {"name": "id", "path": ["id"], "type": "id"},
    ...         {"name": "price", "path": ["price"], "type": "decimal", "config": {"Scale": 2}},
    ...     ],
    ... })
    >>> [(d.name, d.spec.type.value, d.spec.scale) for d in schema.stored]
    [('price', 'decimal', 2)]
    """
    problems = Problems()
    if declaration is None:
        raise MissingParameter("$.schema is missing")
    members = Options(declaration, "$.schema", problems)
    if _has_more_levels(declaration, _MAXIMUM_LEVELS):
        problems.wrong("$.schema", f"nests deeper than {_MAXIMUM_LEVELS} levels")
    problems.raise_if_any()
    if members.text("type") not in ("", "json"):
        members.refuse("type", f"is {members.get('type')!r:.80}, it must be 'json'")
    allows_missing = members.flag("allow_missing_fields")
    reads = _read_definitions(members, problems)
    if not reads:
        problems.raise_if_any()
    _check_names(reads, problems)
    _check_paths(reads, problems)
    id_field, key_fields = _read_record_id(members, {r.name: r.type for r in reads}, problems)
    _check_record_id(reads, id_field, key_fields, problems)
    _check_ids_are_numbers(members, reads, id_field)
    _check_record_time(reads, problems)
    problems.raise_if_any()
    return RecordSchema(
        definitions=tuple(r.definition for r in reads if r.definition is not None),
        id_field=id_field,
        primary_key_fields=key_fields,
        allow_missing_fields=allows_missing,
    )


def _has_more_levels(value: object, levels: int) -> bool:
    """Whether arrays and objects stand more than so many deep in each other. Without recursion: they may be deeper."""
    layer = [value]
    for _ in range(levels + 1):
        containers = [item for item in layer if isinstance(item, dict | list)]
        layer = [item for each in containers for item in (each.values() if isinstance(each, dict) else each)]
    return bool(containers)


def _read_definitions(members: Options, problems: Problems) -> list[_Read]:
    entries = members.array("definition")
    if not entries and members.get("definition") in (None, []):
        problems.missing(f"{members.path}.definition", "is missing: list at least one field")
    return [
        _read_definition(entry, f"{members.path}.definition[{index}]", problems) for index, entry in enumerate(entries)
    ]


def _read_definition(entry: object, place: str, problems: Problems) -> _Read:
    members = Options(entry, place, problems)
    if not isinstance(entry, dict):
        return _Read(place=place, name="", type="", path=(), definition=None)
    name = _read_name(members, problems)
    path = _read_path(members, problems)
    type_name = _read_type(members, problems)
    config = members.object("config")
    definition = None
    if type_name:
        kind = INGEST_TYPES[type_name]
        time = kind.read_time(config) if kind.read_time else None
        definition = Definition(name=name, path=path, type=type_name, spec=kind.declare(name, config), time=time)
    return _Read(place=place, name=name, type=type_name, path=path, definition=definition)


def _read_name(members: Options, problems: Problems) -> str:
    name = members.text("name")
    if not name:
        if not members.has("name") or members.get("name") == "":
            problems.missing(f"{members.path}.name", "is missing")
        return ""
    if name in (RECORD_ID, TIME_OF_RECORD):
        return name
    try:
        check_name("field", name)
    except InvalidParameter as error:
        members.refuse("name", f"is wrong: {error.message}")
    return name


def _read_path(members: Options, problems: Problems) -> tuple[str, ...]:
    keys = members.array("path")
    if not keys:
        if members.get("path") in (None, []):
            problems.missing(f"{members.path}.path", "is missing: give the keys that lead to the value")
        return ()
    if len(keys) > _MAXIMUM_PATH_KEYS:
        members.refuse("path", f"has {len(keys)} keys, at most {_MAXIMUM_PATH_KEYS} are allowed")
    path = []
    for index, key in enumerate(keys):
        place = f"{members.path}.path[{index}]"
        if not isinstance(key, str):
            problems.wrong(place, f"is {describe_kind(key)}, it must be a string")
        elif _UNNAMEABLE.search(key):
            problems.wrong(place, "holds a quote, a backslash or a control character, which a path cannot name")
        else:
            path.append(key)
    return tuple(path)


def _read_type(members: Options, problems: Problems) -> str:
    type_name = members.text("type")
    if type_name in INGEST_TYPES:
        return type_name
    if not members.has("type") or members.get("type") == "":
        types = ", ".join(INGEST_TYPES)
        problems.missing(
            f"{members.path}.type", f"is missing, and no field of the table has this name: give one of {types}"
        )
    elif type_name in LATER_TYPES:
        members.refuse(
            "type", f"is {type_name!r:.80}, which is not supported yet; use one of {', '.join(INGEST_TYPES)}"
        )
    elif type_name:
        members.refuse("type", f"is {type_name!r:.80}, it must be one of {', '.join(INGEST_TYPES)}")
    return ""


def _check_names(reads: list[_Read], problems: Problems) -> None:
    seen: dict[str, str] = {}
    for read in reads:
        if read.name and read.name in seen:
            problems.wrong(f"{read.place}.name", f"is {read.name!r:.80}, as is {seen[read.name]}.name; names differ")
        seen.setdefault(read.name, read.place)


def _check_paths(reads: list[_Read], problems: Problems) -> None:
    """Refuse a path that leads into the value of another: it would have to be an object, which no type takes."""
    ends = {read.path: read.place for read in reads if read.path}
    for read in reads:
        for length in range(1, len(read.path)):
            if read.path[:length] in ends:
                problems.wrong(f"{read.place}.path", f"leads into the value of {ends[read.path[:length]]}.path")


def _read_record_id(members: Options, types: dict[str, str], problems: Problems) -> tuple[str | None, tuple[str, ...]]:
    id_field = members.text("id_field") or None
    keys = members.array("primary_key_fields")
    if id_field and keys:
        members.refuse("primary_key_fields", "is given together with id_field; give exactly one of them")
    elif all(members.get(name) in (None, "", []) for name in ("id_field", "primary_key_fields")):
        problems.missing(f"{members.path}.id_field", "is missing: give either id_field or primary_key_fields")
    if id_field:
        _check_id_field(id_field, members, types)
    return id_field, _read_keys(keys, members, types, problems)


def _check_record_id(reads: list[_Read], id_field: str | None, key_fields: tuple[str, ...], problems: Problems) -> None:
    """Refuse a definition named `_id` that would become a field: it is the record's id, or all of its key."""
    read = next((read for read in reads if read.name == RECORD_ID), None)
    if read is None or id_field == RECORD_ID:
        return
    if key_fields != (RECORD_ID,):
        problems.wrong(
            f"{read.place}.name",
            "is '_id', the record's own id or key: id_field or primary_key_fields must name it, and nothing else",
        )
    elif read.type not in ("", "string"):
        problems.wrong(f"{read.place}.type", f"is {read.type!r}; a key called '_id' is of type string")


def _check_record_time(reads: list[_Read], problems: Problems) -> None:
    """Refuse a second time of a record, and a definition that is called so and is none."""
    times = [read for read in reads if read.type == RECORD_TIME]
    for read in reads:
        if read.name == TIME_OF_RECORD and read.type not in ("", RECORD_TIME):
            problems.wrong(
                f"{read.place}.type", f"is {read.type!r}; what is called {TIME_OF_RECORD!r} is a {RECORD_TIME}"
            )
    for read in times[1:]:
        problems.wrong(f"{read.place}.type", f"is {RECORD_TIME!r}, as is {times[0].place}.type; a record has one time")


def _check_id_field(name: str, members: Options, types: dict[str, str]) -> None:
    allowed = [t.name for t in INGEST_TYPES.values() if t.may_be_record_id]
    if name not in types:
        members.refuse("id_field", f"is {name!r:.80}, which no definition is named")
    elif types[name] and types[name] not in allowed:
        members.refuse("id_field", f"is {name!r:.80}, of type {types[name]}; it must be of type {' or '.join(allowed)}")


def _check_ids_are_numbers(members: Options, reads: list[_Read], id_field: str | None) -> None:
    referring = {r.name for r in reads if r.definition is not None and r.definition.spec.is_reference}
    if id_field in referring:
        members.refuse("id_field", f"is {id_field!r:.80}, whose values with ForeignIndex are keys, not ids")


def _read_keys(keys: list[object], members: Options, types: dict[str, str], problems: Problems) -> tuple[str, ...]:
    names: list[str] = []
    for index, name in enumerate(keys):
        place = f"{members.path}.primary_key_fields[{index}]"
        if not isinstance(name, str):
            problems.wrong(place, f"is {describe_kind(name)}, it must be a string")
        elif name not in types:
            problems.wrong(place, f"is {name!r:.80}, which no definition is named")
        elif types[name] and not INGEST_TYPES[types[name]].may_be_key:
            problems.wrong(place, f"is {name!r:.80}, of type {types[name]}, which cannot be part of a key")
        elif name in names:
            problems.wrong(place, f"is {name!r:.80}, which is listed before")
        else:
            names.append(name)
    return tuple(names)
