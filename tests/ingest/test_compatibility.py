"""A record schema held against the table it is to feed."""

from roarbase.ingest.compatibility import differences, missing_fields, with_table_bounds
from roarbase.ingest.declaration import read_declaration
from roarbase.model.fields import FieldSpec, FieldType, TableSpec

SCHEMA = read_declaration(
    {
        "id_field": "id",
        "definition": [
            {"name": "id", "path": ["id"], "type": "id"},
            {"name": "price", "path": ["p"], "type": "decimal", "config": {"Scale": 2}},
            {"name": "kind", "path": ["k"], "type": "string", "config": {"Mutex": True}},
            {"name": "age", "path": ["a"], "type": "int", "config": {"Min": 0, "Max": 9}},
            {"name": "size", "path": ["s"], "type": "int"},
        ],
    }
)


def table(*fields, is_keyed=None):
    return TableSpec(id="t", name="flowers", is_keyed=is_keyed, fields={spec.name: spec for spec in fields})


def test_an_empty_table_takes_every_schema():
    """Where nothing is decided nothing contradicts, and all fields but the id are missing."""
    assert differences(SCHEMA, table()) == []
    assert differences(SCHEMA, table(is_keyed=False)) == []
    assert [spec.name for spec in missing_fields(SCHEMA, table())] == ["price", "kind", "age", "size"]


def test_the_table_made_by_the_schema_fits_it():
    """A second sink with the same schema adds nothing and contradicts nothing."""
    made = table(*missing_fields(SCHEMA, table()), is_keyed=False)
    assert differences(SCHEMA, made) == []
    assert missing_fields(SCHEMA, made) == []


def test_all_differences_are_told():
    """Kind of record, type, keys, scale and given bounds are compared, all at once."""
    found = differences(
        SCHEMA,
        table(
            FieldSpec(name="price", type=FieldType.DECIMAL, scale=3),
            FieldSpec(name="kind", type=FieldType.MUTEX, is_keyed=False),
            FieldSpec(name="age", type=FieldType.INT, minimum=0, maximum=99),
            FieldSpec(name="size", type=FieldType.SET),
            is_keyed=True,
        ),
    )
    assert found == [
        "the records of table 'flowers' have keys, the schema makes ids; use primary_key_fields",
        "field 'price' has scale 3, the schema makes it 2",
        "field 'kind' has keys false, the schema makes it true",
        "field 'age' has max 99, the schema makes it 9",
        "field 'size' has type set, the schema makes it int",
    ]


def test_what_may_differ():
    """Bounds that the schema does not give, quantum and cache are no difference; nor is the id's own name."""
    assert (
        differences(
            SCHEMA,
            table(
                FieldSpec(name="id", type=FieldType.BOOL),
                FieldSpec(name="size", type=FieldType.INT, minimum=1, maximum=5),
                FieldSpec(name="kind", type=FieldType.MUTEX, is_keyed=True, cache_type="lru", cache_size=3),
            ),
        )
        == []
    )


def test_bounds_of_the_table_are_kept_to():
    """Bounds come from the table where the schema gives none."""
    bounded = with_table_bounds(
        SCHEMA,
        table(
            FieldSpec(name="age", type=FieldType.INT, minimum=0, maximum=9),
            FieldSpec(name="size", type=FieldType.INT, minimum=1, maximum=5),
        ),
    )
    bounds = {d.name: (d.spec.minimum, d.spec.maximum) for d in bounded.definitions}
    assert bounds["size"] == (1, 5)
    assert bounds["age"] == (0, 9)
    assert bounds["price"] == (None, None)


def test_half_of_the_bounds_come_from_the_table():
    """A schema that gives only the lower bound keeps to the table's upper one."""
    schema = read_declaration(
        {
            "id_field": "id",
            "definition": [
                {"name": "id", "path": ["id"], "type": "int"},
                {"name": "size", "path": ["s"], "type": "int", "config": {"Min": 1}},
            ],
        }
    )
    bounded = with_table_bounds(
        schema,
        table(
            FieldSpec(name="size", type=FieldType.INT, minimum=1, maximum=5),
            FieldSpec(name="id", type=FieldType.INT, minimum=7, maximum=8),
        ),
    )
    bounds = {d.name: (d.spec.minimum, d.spec.maximum) for d in bounded.definitions}
    assert bounds["size"] == (1, 5)
    assert bounds["id"] == (None, None), "the record id is not stored: a field of its name says nothing about it"
