"""Record schemas as people type them."""

import json

import pytest

from roarbase.console.record_schemas import (
    Problem,
    TypedSchema,
    example_record,
    names_in,
    problems_of,
    read_typed,
)

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
    ("text", "line"), [("", 1), ("[\n\n{,}]", 3), ("7", 1), ('{"definition": 1}', 1), ("[" * 100_000, 0), ("\x00", 1)]
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


def test_names_and_examples() -> None:
    """Names come once each, from whatever has one; an example record has every path."""
    assert names_in([{"name": "a"}, {"name": "a"}, 7, {"name": ""}, {"name": 3}, {"name": "b"}]) == ["a", "b"]
    schema = {
        "definition": [{"path": ["a", "b"], "type": "decimal"}, {"path": ["a", "c"], "type": "ids"}, {"name": "d"}]
    }
    assert example_record(schema) == {"a": {"b": "5.1", "c": [1, 2]}, "d": "some text"}
