"""docs/pql.md: every call is described as its signature says, and every example compiles."""

import re
from pathlib import Path

import pytest

from docs.pql_examples import FIELDS, FILLING, answers
from roarbase.errors import StatementError
from roarbase.query.pql import compile_pql
from roarbase.query.pql.calls import CALLS, LATER, SIGNATURES
from roarbase.query.pql.reference import BEGIN, END, renew
from tests.query.pql.schema import EXAMPLE, SCHEMA

PAGE = Path(__file__).parents[3] / "docs" / "pql.md"


def examples() -> list[str]:
    """The statements of the page, one a line in its blocks of PQL."""
    blocks = re.findall(r"```pql\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return [line for block in blocks for line in ([block] if block == FILLING else block.splitlines())]


def test_the_page_describes_the_calls_as_they_are() -> None:
    """Calls, arguments, and what each example is answered; after a change of any: make docs."""
    page = PAGE.read_text(encoding="utf-8")
    assert renew(page, answers()) == page


def test_the_example_is_filled_as_the_page_says() -> None:
    """The table and its records stand on the page as the examples are asked of them."""
    page = PAGE.read_text(encoding="utf-8")
    assert f"```pql\n{FILLING}```" in page
    assert EXAMPLE.fields == {spec.name: spec for spec in FIELDS}


def test_every_call_has_its_section() -> None:
    """Each registered call has a heading, and each argument a line below it."""
    _, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    described, _, _ = rest.partition(END)
    sections = dict(re.findall(r"^### (\w+)$(.*?)(?=^### |\Z)", described, re.DOTALL | re.MULTILINE))
    assert list(sections) == [signature.name for signature in CALLS]
    for signature in CALLS:
        for parameter in signature.parameters:
            label = parameter.place or f"`{parameter.name}`"
            assert f"| {label}" in sections[signature.name]


def test_renewing_keeps_what_stands_around() -> None:
    """Only what is between the marks is written anew."""
    page = renew(f"before\n{BEGIN}\nold\n{END}\nafter\n", dict.fromkeys((s.name for s in CALLS), "5"))
    assert page.startswith(f"before\n{BEGIN}\n\n### Row\n")
    assert page.endswith(f"{END}\nafter\n")
    assert "\nold\n" not in page


@pytest.mark.parametrize("statement", examples())
def test_examples_compile(statement: str) -> None:
    """Each statement of the page compiles on the table it describes."""
    assert len(compile_pql(statement, SCHEMA)) >= 1


@pytest.mark.parametrize("signature", CALLS, ids=lambda signature: signature.name)
def test_examples_show_their_call(signature: object) -> None:
    """The example of a call uses it."""
    assert f"{signature.name}(" in signature.example  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", sorted(LATER))
def test_calls_to_come_say_so(name: str) -> None:
    """A call of the language that is not built is told from one that never was."""
    assert name.lower() not in SIGNATURES
    with pytest.raises(StatementError, match=f"{name} is not supported yet"):
        compile_pql(f"[birds]{name}(All(), field=eggs)", SCHEMA)
