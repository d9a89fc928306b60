"""Record schemas as people type them."""

import json

import pytest

from roarbase.console.record_schemas import (
    Problem,
    TypedSchema,
    definition_text,
    example_record,
    names_in,
    problems_of,
    read_typed,
)
from roarbase.errors import RequestError
from roarbase.ingest.declaration import read_declaration

TEXT = """[
  {"name": "id", "path": ["id"], "type": "id"},

  {"name": "x, [y]", "path": ["x"],
   "type": "nonsense"}
]"""


@pytest.mark.parametrize(
    "text",
    [TEXT, json.dumps({"id_field": "id", "definition": json.loads(TEXT)}), '{"schema": {"definition": [1]}}', "[]"],
)
def test_an_array_a_schema_or_a_body_is_read(text: str) -> None:
    """Whatever was pasted, the definitions are found."""
    assert isinstance(read_typed(text), TypedSchema)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("[\n\n{,}]", 3),
        ("7", 1),
        ('{"definition": 1}', 1),
        ("[" * 100_000, 0),
        ("\x00", 1),
        ("[NaN]", 0),
        (f"[{'9' * 5000}]", 0),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(text: str, line: int) -> None:
    """Never a traceback."""
    found = read_typed(text)
    assert isinstance(found, Problem)
    assert found.line in (line, 0, 1)


def test_complaints_find_their_lines() -> None:
    """Each stands at the definition that it names; others at no line."""
    message = "$.schema.definition[1].type is wrong; $.schema.definition[0] is odd; $.schema.id_field is missing"
    found = problems_of(message, TEXT)
    assert [problem.line for problem in found] == [4, 2, 0]
    assert [problem.text for problem in found] == [
        "type is wrong",
        "definition[0] is odd",
        "id_field is missing",
    ]
    assert problems_of("definition[99] is wrong", "not json")[0].line == 0


@pytest.mark.parametrize(
    ("definition", "said"),
    [
        (
            [{"name": "a", "path": ["a"], "type": "id"}] * 2,
            [(3, "name is 'a', as is the name in line 2; names differ")],
        ),
        ([{"name": "a", "path": ["a"]}, {"name": "b", "path": ["a", "c"], "type": "int"}], None),
    ],
)
def test_what_the_service_says(definition: list[dict[str, object]], said: list[tuple[int, str]] | None) -> None:
    """Its own words, with the lines of the definitions that they speak of, and none of them torn apart."""
    with pytest.raises(RequestError) as error:
        read_declaration({"id_field": "a", "definition": definition})
    found = problems_of(error.value.message, definition_text(definition))
    if said is not None:
        assert [(each.line, each.text) for each in found] == said
    assert len(found) == len(error.value.values["problems"])  # type: ignore[arg-type]
    assert not [each for each in found if not each.line or "$" in each.text], found


@pytest.mark.parametrize(
    "around",
    [
        {"primary_key_fields": 5},
        {"primary_key_fields": {"a": 1}},
        {"primary_key_fields": [["a"]]},
        {"id_field": ["a"]},
        {"id_field": "b"},
    ],
)
def test_an_id_that_the_form_cannot_show(around: dict[str, object]) -> None:
    """It is told; nothing else is put in its place."""
    found = read_typed(json.dumps({"definition": [{"name": "a"}], **around}))
    assert isinstance(found, Problem)
    assert next(iter(around)) in found.text
    assert isinstance(
        read_typed('{"definition": [{"name": "a"}], "id_field": "", "primary_key_fields": ["a"]}'), TypedSchema
    )


def test_names_and_examples() -> None:
    """Names come once each, from whatever has one; an example record has every path."""
    assert names_in([{"name": "a"}, {"name": "a"}, 7, {"name": ""}, {"name": 3}, {"name": "b"}]) == ["a", "b"]
    schema = {
        "definition": [{"path": ["a", "b"], "type": "decimal"}, {"path": ["a", "c"], "type": "ids"}, {"name": "d"}]
    }
    assert example_record(schema) == {"a": {"b": "5.1", "c": [1, 2]}, "d": "some text"}
