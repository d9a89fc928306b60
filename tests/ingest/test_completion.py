"""Declarations that leave the types to the table."""

from typing import Any

import pytest

from roarbase.errors import MissingParameter
from roarbase.ingest.compatibility import contradictions, deviations, missing_fields
from roarbase.ingest.completion import completed
from roarbase.ingest.declaration import read_declaration
from roarbase.model.fields import FieldSpec, FieldType, TableSpec

FIELDS = (
    FieldSpec(name="set", type=FieldType.SET),
    FieldSpec(name="keyed-set", type=FieldType.SET, is_keyed=True, cache_type="lru", cache_size=7),
    FieldSpec(name="mutex", type=FieldType.MUTEX),
    FieldSpec(name="keyed-mutex", type=FieldType.MUTEX, is_keyed=True),
    FieldSpec(name="bool", type=FieldType.BOOL),
    FieldSpec(name="int", type=FieldType.INT, minimum=-5, maximum=5),
    FieldSpec(name="reference", type=FieldType.INT, foreign_index="people"),
    FieldSpec(name="decimal", type=FieldType.DECIMAL, scale=3, minimum=0),
    FieldSpec(name="time", type=FieldType.TIME, quantum="YM", ttl="24h"),
    FieldSpec(name="keyed-time", type=FieldType.TIME, is_keyed=True, quantum="D", no_standard_view=True),
)


def table(*fields: FieldSpec, is_keyed: bool | None = None) -> TableSpec:
    return TableSpec(id="t", name="flowers", is_keyed=is_keyed, fields={spec.name: spec for spec in fields})


def mappings(*names: str, **members: Any) -> dict[str, Any]:
    return {"definition": [{"name": name, "path": [name, "x"]} for name in names], **members}


@pytest.mark.parametrize("named", [{"id_field": "_id"}, {"primary_key_fields": ["_id"]}], ids=["ids", "keys"])
def test_names_and_paths_are_enough(named: dict[str, Any]) -> None:
    """For fields of every type; the sink that comes of it fits the table and adds nothing to it."""
    made = table(*FIELDS)
    schema = read_declaration(completed(mappings("_id", *made.fields, **named), made))
    assert schema.is_keyed == ("primary_key_fields" in named)
    assert [d.name for d in schema.stored] == list(made.fields)
    assert contradictions(schema, made) == []
    assert deviations(schema, made) == []
    assert missing_fields(schema, made) == []


def test_what_is_given_stays() -> None:
    """A type is never replaced, an option neither, in whatever spelling; unknown members stay as well."""
    made = table(*FIELDS)
    declaration = {
        "ID_FIELD": "_id",
        "Definition": [
            {"Name": "_id", "path": ["id"]},
            {"name": "decimal", "path": ["d"], "Config": {"scale": 2, "colour": "red"}},
            {"name": "set", "path": ["s"], "TYPE": "id"},
            {"name": "mutex", "path": ["m"], "type": None, "config": None},
        ],
        "more": 1,
    }
    assert completed(declaration, made) == {
        "ID_FIELD": "_id",
        "Definition": [
            {"Name": "_id", "path": ["id"], "type": "id"},
            {"name": "decimal", "path": ["d"], "type": "decimal", "Config": {"scale": 2, "colour": "red"}},
            {"name": "set", "path": ["s"], "TYPE": "id"},
            {"name": "mutex", "path": ["m"], "type": "id", "config": {"Mutex": True}},
        ],
        "more": 1,
    }


def test_a_name_that_the_table_does_not_have_is_told() -> None:
    """By its place; a type makes it a new field, as ever."""
    declaration = completed(mappings("_id", "bool", "wings", id_field="_id"), table(*FIELDS))
    with pytest.raises(
        MissingParameter, match=r"\$\.schema\.definition\[2\]\.type is missing, and no field of the table"
    ):
        read_declaration(declaration)


ABSURD: list[dict[str, Any]] = [
    {},
    {"definition": None},
    {"definition": {"name": "int"}},
    {"definition": [None, 5, "int", [], {}, {"name": None}, {"name": ["int"]}, {"name": "int", "config": [1]}]},
    {"definition": [{"name": "_id"}], "primary_key_fields": "_id"},
]


@pytest.mark.parametrize("declaration", ABSURD, ids=repr)
def test_what_cannot_be_completed_is_left_to_who_reads_it(declaration: dict[str, Any]) -> None:
    """Nothing of it is lost, and nothing goes wrong here."""
    made = completed(declaration, table(*FIELDS))
    assert set(made) == set(declaration)
    assert len(made.get("definition") or ()) == len(declaration.get("definition") or ())
