"""Statements as they stand in the editor."""

import pytest

from roarbase.console.statements import Statement, statement_at, with_limit

TEXT = "select 1\nfrom t;\n\n  \n{ my demo } [t]Count(All())\n\n\n"


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (0, "select 1\nfrom t"),
        (12, "select 1\nfrom t"),
        (17, "select 1\nfrom t"),
        (24, "[t]Count(All())"),
        (len(TEXT), "[t]Count(All())"),
    ],
)
def test_the_one_under_the_cursor(place: int, text: str) -> None:
    """Between two it is the one before; behind the last it is the last."""
    found = statement_at(TEXT, place)
    assert found is not None
    assert found.text == text


def test_language_and_deployment() -> None:
    """A table in brackets means PQL, a name in braces another deployment."""
    assert statement_at(TEXT, 25) == Statement(text="[t]Count(All())", language="pql", deployment="my demo")
    assert statement_at("\n\nselect '{x}'", 0) == Statement(text="select '{x}'", language="sql")


@pytest.mark.parametrize("text", ["", "  \n\n \n", ";", "{demo}", "{demo} ;"])
def test_nothing_to_run(text: str) -> None:
    """Blank text, and a deployment without a statement."""
    assert statement_at(text, 0) is None


@pytest.mark.parametrize(
    ("text", "is_limited"),
    [
        ("select a from t", True),
        ("SELECT a from t where b = 'limit 5'", True),
        ("select `limit` from t", True),
        ("select a from t LIMIT 5", False),
        ("show tables", False),
        ("select a from t -- limit", True),
    ],
)
def test_only_a_select_without_a_limit_gets_one(text: str, is_limited: bool) -> None:
    """Words in quotes and comments are none; PQL is left as it is."""
    assert (with_limit(Statement(text=text, language="sql"), 7) == f"{text}\nlimit 7") is is_limited
    assert with_limit(Statement(text=text, language="pql"), 7) == text
