"""Sink declarations: what they become, and everything that can be wrong with them."""

import re

import pytest

from roarbase.errors import InvalidParameter, MissingParameter, RequestError
from roarbase.ingest.declaration import read_declaration
from roarbase.model.fields import FieldSpec, FieldType


def declare(*definitions, **members):
    if "id_field" not in members and "primary_key_fields" not in members:
        members["id_field"] = "id"
    id_definition = {"name": "id", "path": ["id"], "type": "id"}
    return read_declaration({"definition": [id_definition, *definitions], **members})


def field(type_name, config=None, **others):
    return {"name": "x", "path": ["x"], "type": type_name, "config": config} | others


SPECS = [
    ("id", {}, FieldSpec(name="x", type=FieldType.SET)),
    ("id", {"Mutex": True}, FieldSpec(name="x", type=FieldType.MUTEX)),
    ("id", {"Mutex": False}, FieldSpec(name="x", type=FieldType.SET)),
    ("id", {"Quantum": "YM"}, FieldSpec(name="x", type=FieldType.TIME, quantum="YM")),
    ("ids", {"Mutex": True}, FieldSpec(name="x", type=FieldType.SET)),
    ("ids", {"Quantum": "H", "TTL": "30m"}, FieldSpec(name="x", type=FieldType.TIME, quantum="H", ttl="30m")),
    ("string", {}, FieldSpec(name="x", type=FieldType.SET, is_keyed=True)),
    ("string", {"mutex": True}, FieldSpec(name="x", type=FieldType.MUTEX, is_keyed=True)),
    ("string", {"MUTEX": True}, FieldSpec(name="x", type=FieldType.MUTEX, is_keyed=True)),
    ("strings", {}, FieldSpec(name="x", type=FieldType.SET, is_keyed=True)),
    (
        "string",
        {"CacheConfig": {"CacheType": "lru", "CacheSize": 10}},
        FieldSpec(name="x", type=FieldType.SET, is_keyed=True, cache_type="lru", cache_size=10),
    ),
    ("bool", {}, FieldSpec(name="x", type=FieldType.BOOL)),
    ("int", {}, FieldSpec(name="x", type=FieldType.INT)),
    ("int", {"Min": -1, "Max": 9}, FieldSpec(name="x", type=FieldType.INT, minimum=-1, maximum=9)),
    ("int", {"Min": 3}, FieldSpec(name="x", type=FieldType.INT, minimum=3)),
    ("int", {"ForeignIndex": "people"}, FieldSpec(name="x", type=FieldType.INT, foreign_index="people")),
    ("int", {"ForeignIndex": ""}, FieldSpec(name="x", type=FieldType.INT)),
    ("decimal", {}, FieldSpec(name="x", type=FieldType.DECIMAL)),
    ("decimal", {"Scale": 18}, FieldSpec(name="x", type=FieldType.DECIMAL, scale=18)),
    ("decimal", {"scale": 2, "Colour": "red", "Mutex": None}, FieldSpec(name="x", type=FieldType.DECIMAL, scale=2)),
]


@pytest.mark.parametrize(("type_name", "config", "spec"), SPECS)
def test_field_of_a_definition(type_name, config, spec):
    """Type and options decide the field; unknown options and nulls change nothing."""
    assert declare(field(type_name, config)).definitions[1].spec == spec
    with_capital = {"name": "x", "path": ["x"], "type": type_name, "Config": config}
    assert declare(with_capital).definitions[1].spec == spec


WRONG_CONFIGS = [
    ("string", {"Mutex": "true"}, "config.Mutex is a string, it must be true or false"),
    ("string", {"Mutex": 1}, "config.Mutex is a number"),
    ("string", {"Mutex": True, "mutex": True}, "config.mutex is given twice"),
    ("string", {"Mutex": True, "Quantum": "Y"}, "config.Quantum cannot be combined with Mutex"),
    ("string", {"Mutex": True, "TTL": "1h"}, "config.TTL cannot be combined with Mutex"),
    ("string", {"TTL": "1h"}, "config.TTL is given without Quantum"),
    ("id", {"TTL": "1h", "Quantum": ""}, "config.TTL is given without Quantum"),
    ("id", {"Quantum": "YD"}, "config.Quantum is 'YD'"),
    ("id", {"Quantum": "MY"}, "config.Quantum is 'MY'"),
    ("id", {"Quantum": "ymd"}, "config.Quantum is 'ymd'"),
    ("id", {"Quantum": 5}, "config.Quantum is a number, it must be a string"),
    ("ids", {"Quantum": "Y", "TTL": "a day"}, "config.TTL is 'a day'"),
    ("ids", {"Quantum": "Y", "TTL": "-1h"}, "config.TTL is '-1h'"),
    ("id", {"CacheConfig": "lru"}, "config.CacheConfig is a string, it must be an object"),
    ("id", {"CacheConfig": {"CacheType": "big"}}, "config.CacheConfig.CacheType is 'big'"),
    ("id", {"CacheConfig": {"CacheSize": -1}}, "config.CacheConfig.CacheSize is -1"),
    ("int", {"Max": 5}, "config.Max is given without Min"),
    ("int", {"Min": 5, "Max": 4}, "config.Min is 5 and above Max"),
    ("int", {"Min": 2**63}, "config.Min is 9223372036854775808, it must be from"),
    ("int", {"Min": "0"}, "config.Min is a string, it must be a whole number"),
    ("int", {"Min": 0.5}, "config.Min is 0.5, it must be a whole number"),
    ("int", {"Min": True}, "config.Min is a boolean"),
    ("int", {"ForeignIndex": 5}, "config.ForeignIndex is a number, it must be a string"),
    ("int", {"ForeignIndex": "people", "Min": 0}, "config.Min bounds numbers, but the values of a reference are keys"),
    ("decimal", {"Scale": 19}, "config.Scale is 19, it must be from 0 to 18"),
    ("decimal", {"Scale": -1}, "config.Scale is -1"),
    ("decimal", {"Scale": "2"}, "config.Scale is a string"),
    ("string", [], "config is an array, it must be an object"),
]


@pytest.mark.parametrize(("type_name", "config", "sentence"), WRONG_CONFIGS)
def test_wrong_option(type_name, config, sentence):
    """An option of the wrong kind or value is named with its JSON path."""
    with pytest.raises(InvalidParameter) as caught:
        declare(field(type_name, config))
    assert f"$.schema.definition[1].{sentence}" in caught.value.message


WRONG_DEFINITIONS = [
    ({"path": ["x"], "type": "int"}, MissingParameter, ".name is missing"),
    (field("int", name=5), InvalidParameter, ".name is a number, it must be a string"),
    (field("int", name="Big"), InvalidParameter, ".name is wrong"),
    (field("int", name="x" * 231), InvalidParameter, ".name is wrong"),
    (field("int", name="_id"), InvalidParameter, ".name is '_id', the record's own id or key"),
    (field("int", name="id"), InvalidParameter, ".name is 'id', as is $.schema.definition[0].name"),
    ({"name": "x", "type": "int"}, MissingParameter, ".path is missing"),
    (field("int", path=[]), MissingParameter, ".path is missing"),
    (field("int", path="x"), InvalidParameter, ".path is a string, it must be an array"),
    (field("int", path=["x", 5]), InvalidParameter, ".path[1] is a number, it must be a string"),
    (field("int", path=['a"b']), InvalidParameter, ".path[0] holds a quote"),
    (field("int", path=["a\nb"]), InvalidParameter, ".path[0] holds a quote"),
    (field("int", path=["a"] * 33), InvalidParameter, ".path has 33 keys"),
    (field("int", path=["id", "x"]), InvalidParameter, ".path leads into the value of $.schema.definition[0].path"),
    ({"name": "x", "path": ["x"]}, MissingParameter, ".type is missing"),
    (field("Int"), InvalidParameter, ".type is 'Int', it must be one of id, ids, string"),
    (field("signedIntBoolKey"), InvalidParameter, ".type is 'signedIntBoolKey', which is not supported yet"),
    (field("lookupText"), InvalidParameter, "not supported yet"),
    (field(7), InvalidParameter, ".type is a number, it must be a string"),
    ("x", InvalidParameter, " is a string, it must be an object"),
    (None, InvalidParameter, " is null, it must be an object"),
]


@pytest.mark.parametrize(("definition", "error", "sentence"), WRONG_DEFINITIONS)
def test_wrong_definition(definition, error, sentence):
    """A definition that lacks something, or holds something else, is named with its place."""
    with pytest.raises(error) as caught:
        declare(definition)
    assert type(caught.value) is error
    assert "$.schema.definition[1]" in caught.value.message
    assert sentence in caught.value.message


WRONG_SCHEMAS = [
    (None, MissingParameter, "$.schema is missing"),
    ([], InvalidParameter, "$.schema is an array, it must be an object"),
    ({"id_field": "id"}, MissingParameter, "$.schema.definition is missing"),
    ({"id_field": "id", "definition": []}, MissingParameter, "$.schema.definition is missing"),
    ({"id_field": "id", "definition": {}}, InvalidParameter, "$.schema.definition is an object, it must be an array"),
]


@pytest.mark.parametrize(("schema", "error", "sentence"), WRONG_SCHEMAS)
def test_wrong_schema(schema, error, sentence):
    """A schema that is no object with definitions is refused."""
    with pytest.raises(error) as caught:
        read_declaration(schema)
    assert sentence in caught.value.message


WRONG_RECORD_IDS = [
    ({"id_field": None}, MissingParameter, "$.schema.id_field is missing"),
    ({"id_field": "", "primary_key_fields": []}, MissingParameter, "give either id_field or primary_key_fields"),
    ({"id_field": "id", "primary_key_fields": ["s"]}, InvalidParameter, "give exactly one of them"),
    ({"id_field": "nothing"}, InvalidParameter, "$.schema.id_field is 'nothing', which no definition is named"),
    ({"id_field": "s"}, InvalidParameter, "$.schema.id_field is 's', of type string; it must be of type id or int"),
    ({"id_field": 5}, InvalidParameter, "$.schema.id_field is a number, it must be a string"),
    ({"primary_key_fields": "s"}, InvalidParameter, "$.schema.primary_key_fields is a string, it must be an array"),
    ({"primary_key_fields": ["s", "nothing"]}, InvalidParameter, "primary_key_fields[1] is 'nothing'"),
    ({"primary_key_fields": ["s", "s"]}, InvalidParameter, "primary_key_fields[1] is 's', which is listed before"),
    ({"primary_key_fields": ["ss"]}, InvalidParameter, "of type strings, which cannot be part of a key"),
    ({"primary_key_fields": ["ii"]}, InvalidParameter, "of type ids, which cannot be part of a key"),
    ({"primary_key_fields": [5]}, InvalidParameter, "primary_key_fields[0] is a number, it must be a string"),
    ({"id_field": "id", "allow_missing_fields": "yes"}, InvalidParameter, "$.schema.allow_missing_fields is a string"),
    ({"id_field": "id", "type": "csv"}, InvalidParameter, "$.schema.type is 'csv', it must be 'json'"),
]


@pytest.mark.parametrize(("members", "error", "sentence"), WRONG_RECORD_IDS)
def test_wrong_record_id(members, error, sentence):
    """Exactly one of id_field and primary_key_fields is given, and names definitions that can serve."""
    others = [("s", "string"), ("ss", "strings"), ("ii", "ids")]
    with pytest.raises(error) as caught:
        declare(*({"name": n, "path": [n], "type": t} for n, t in others), **members)
    assert sentence in caught.value.message


def test_all_problems_are_told_at_once():
    """One error names every problem, and a wrong value outweighs a missing one."""
    with pytest.raises(InvalidParameter) as caught:
        declare(field("decimal", {"Scale": 99}), {"name": "y", "type": "text"}, id_field="z")
    assert [problem.split(" ")[0] for problem in caught.value.values["problems"]] == [
        "$.schema.definition[1].config.Scale",
        "$.schema.definition[2].path",
        "$.schema.definition[2].type",
        "$.schema.id_field",
    ]
    assert caught.value.message.count("; ") >= 3


def test_members_the_schema_may_have():
    """`type: json`, nulls for the other kind of record id, and unknown members are fine."""
    schema = declare(type="json", id_field="id", primary_key_fields=None, allow_missing_fields=None, colour="red")
    assert (schema.id_field, schema.primary_key_fields, schema.allow_missing_fields) == ("id", (), False)
    assert not schema.is_keyed


def test_what_is_stored():
    """The id field is used up, and so is a sole string key; other key fields are stored, too."""
    text, number = field("string"), field("int", name="y")
    names = lambda schema: [d.name for d in schema.stored]  # noqa: E731
    assert names(declare(text, number)) == ["x", "y"]
    assert names(declare(text, number, id_field=None, primary_key_fields=["x"])) == ["id", "y"]
    assert names(declare(text, number, id_field=None, primary_key_fields=["y"])) == ["id", "x", "y"]
    assert names(declare(text, number, id_field=None, primary_key_fields=["x", "y"])) == ["id", "x", "y"]


def test_absurd_declarations_end_in_our_errors():
    """Values of any kind anywhere are refused with a sentence of bounded length."""
    for value in (None, 5, True, "x" * 10_000, [], {}, [[]], {"name": {}}, float("inf"), "\ud800"):
        for member in ("name", "path", "type", "config"):
            definition = field("string") | {member: value}
            try:
                declare(definition)
            except RequestError as error:
                assert len(error.message) < 2_000  # noqa: PT017


@pytest.mark.parametrize("levels", [32, 1_000, 100_000])
def test_a_declaration_that_nests_beyond_measure_is_refused(levels):
    """What is kept must be shown again: members that nobody reads count, however deep they are."""
    fits: object = 1
    for _ in range(31):
        fits = [fits]
    assert declare(extra=fits).id_field == "id"
    deep: object = 1
    for _ in range(levels):
        deep = [deep]
    with pytest.raises(InvalidParameter, match=r"\$\.schema nests deeper than 32 levels"):
        declare(extra=deep)


ID_OF_ITS_OWN = {"name": "_id", "path": ["key", "y"]}


@pytest.mark.parametrize(
    ("type_name", "named", "is_keyed"),
    [
        ("id", {"id_field": "_id"}, False),
        ("int", {"id_field": "_id"}, False),
        ("string", {"primary_key_fields": ["_id"]}, True),
    ],
)
def test_the_record_id_may_be_called_by_its_own_name(type_name, named, is_keyed):
    """As version 2 calls it; it is not stored as a field."""
    schema = read_declaration({"definition": [ID_OF_ITS_OWN | {"type": type_name}, field("int")], **named})
    assert schema.is_keyed == is_keyed
    assert [d.name for d in schema.stored] == ["x"]


@pytest.mark.parametrize(
    ("type_name", "named", "said"),
    [
        ("string", {"primary_key_fields": ["x", "_id"]}, "_id', the record's own id or key: id_field or"),
        ("string", {"id_field": "x"}, "_id', the record's own id or key: id_field or"),
        ("int", {"primary_key_fields": ["_id"]}, "a key called '_id' is of type string"),
        ("decimal", {"id_field": "_id"}, "it must be of type id or int"),
    ],
)
def test_what_is_called_as_the_record_id_is_nothing_else(type_name, named, said):
    """It would be stored as a field of that name."""
    with pytest.raises(InvalidParameter, match=re.escape(said)):
        read_declaration({"definition": [ID_OF_ITS_OWN | {"type": type_name}, field("int")], **named})


def test_ids_are_no_references():
    """The definition of the record's id cannot refer to a table by key."""
    with pytest.raises(InvalidParameter, match=r"id_field is 'x', whose values with ForeignIndex are keys, not ids"):
        declare(field("int", {"ForeignIndex": "people"}), id_field="x")


def test_a_reference_may_be_a_key():
    """The key that is the record's own may refer to another table; it is stored then."""
    schema = declare(field("int", {"ForeignIndex": "people"}), primary_key_fields=["x"])
    assert [d.name for d in schema.stored] == ["id", "x"]
