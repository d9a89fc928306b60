"""A record schema held against the table it is to feed."""

from roarbase.ingest.compatibility import contradictions, deviations, missing_fields, with_table_fields
from roarbase.ingest.declaration import read_declaration
from roarbase.model.fields import FieldSpec, FieldType, TableSpec
from roarbase.model.sinks import Definition, RecordSchema

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
    assert contradictions(SCHEMA, table()) == []
    assert contradictions(SCHEMA, table(is_keyed=False)) == []
    assert [spec.name for spec in missing_fields(SCHEMA, table())] == ["price", "kind", "age", "size"]


def test_the_table_made_by_the_schema_fits_it():
    """A second sink with the same schema adds nothing and contradicts nothing."""
    made = table(*missing_fields(SCHEMA, table()), is_keyed=False)
    assert contradictions(SCHEMA, made) == []
    assert missing_fields(SCHEMA, made) == []


def test_all_contradictions_are_told():
    """Kind of record, type, keys, scale and given bounds are compared, all at once."""
    found = contradictions(
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
        contradictions(
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
    bounded = with_table_fields(
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
    bounded = with_table_fields(
        schema,
        table(
            FieldSpec(name="size", type=FieldType.INT, minimum=1, maximum=5),
            FieldSpec(name="id", type=FieldType.INT, minimum=7, maximum=8),
        ),
    )
    bounds = {d.name: (d.spec.minimum, d.spec.maximum) for d in bounded.definitions}
    assert bounds["size"] == (1, 5)
    assert bounds["id"] == (None, None), "the record id is not stored: a field of its name says nothing about it"


def schema_of(*specs):
    """A schema that makes these fields, whether or not an ingest type can."""
    return RecordSchema(
        definitions=tuple(Definition(name=spec.name, path=(spec.name,), type="", spec=spec) for spec in specs),
        id_field="id",
    )


def test_units_references_and_given_epochs_are_compared():
    """What a stored number means must be the same; an epoch that is not given is the table's."""
    there = table(
        FieldSpec(name="seen", type=FieldType.TIMESTAMP, unit="ms", epoch="2020-01-01T00:00:00Z", maximum=5),
        FieldSpec(name="town", type=FieldType.INT, foreign_index="towns"),
        FieldSpec(name="boss", type=FieldType.INT),
    )
    schema = schema_of(
        FieldSpec(name="seen", type=FieldType.TIMESTAMP, epoch="2021-01-01T00:00:00Z"),
        FieldSpec(name="town", type=FieldType.INT),
        FieldSpec(name="boss", type=FieldType.INT, foreign_index="people"),
    )
    assert contradictions(schema, there) == [
        "field 'seen' has timeUnit ms, the schema makes it s",
        "field 'seen' has epoch 2020-01-01T00:00:00Z, the schema makes it 2021-01-01T00:00:00Z",
        "field 'town' has foreignIndex towns, the schema makes it unset",
        "field 'boss' has foreignIndex unset, the schema makes it people",
    ]
    silent = schema_of(FieldSpec(name="seen", type=FieldType.TIMESTAMP, unit="ms"))
    assert contradictions(silent, there) == []
    assert with_table_fields(silent, there).definitions[0].spec == there.fields["seen"]


def test_what_is_said_and_not_heeded():
    """Quantum, TTL and cache may differ, and the table's count; what the schema leaves out is not told."""
    there = table(
        FieldSpec(name="tags", type=FieldType.TIME, quantum="YMD", ttl="1h", no_standard_view=True),
        FieldSpec(name="kind", type=FieldType.SET, cache_type="lru", cache_size=3),
        FieldSpec(name="size", type=FieldType.SET, cache_size=3),
    )
    schema = schema_of(
        FieldSpec(name="tags", type=FieldType.TIME, quantum="D", ttl="60m"),
        FieldSpec(name="kind", type=FieldType.SET),
        FieldSpec(name="size", type=FieldType.SET, cache_type="none", cache_size=5),
    )
    assert contradictions(schema, there) == []
    assert deviations(schema, there) == [
        "field 'tags' has timeQuantum YMD, the schema makes it D",
        "field 'size' has cacheType unset, the schema makes it none",
        "field 'size' has cacheSize 3, the schema makes it 5",
    ]
    assert [d.spec for d in with_table_fields(schema, there).definitions] == list(there.fields.values())
