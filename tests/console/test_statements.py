"""Statements as they stand in the editor."""

import pytest

from roarbase.console.statements import Statement, all_statements, line_and_column, statement_at

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
    assert TEXT[found.start :].startswith(text)


def test_language_and_deployment() -> None:
    """A table in brackets means PQL, a name in braces another deployment."""
    first, second = all_statements(TEXT)
    assert first == Statement(text="select 1\nfrom t", language="sql", start=0)
    assert second == Statement(text="[t]Count(All())", language="pql", deployment="my demo", start=33)
    assert statement_at("\n\nselect '{x}'", 0) == Statement(text="select '{x}'", language="sql", start=2)


@pytest.mark.parametrize("text", ["", "  \n\n \n", ";", "{demo}", "{demo} ;"])
def test_nothing_to_run(text: str) -> None:
    """Blank text, and a deployment without a statement."""
    assert statement_at(text, 0) is None
    assert all_statements(text) == []


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("insert into t values (1, 'a\n\nb')", 1),
        ("bulk insert into t from x'1,a\n\n2,b' with format 'CSV'", 1),
        ("select 1 /* one\n\ntwo */ + 2", 1),
        ("select 1 -- don't\n\nselect 'b'", 2),
        ("select 'open\n\nselect 2", 2),
        ("select 'it''s'\n\n\n\n[t]All()", 2),
    ],
)
def test_blank_lines_in_quotes_separate_nothing(text: str, count: int) -> None:
    """Nor those in comments; a quote that nothing closes swallows no other statement."""
    assert len(all_statements(text)) == count


def test_lines_and_columns() -> None:
    """Both from 1, the end of the text included."""
    assert [line_and_column("ab\n\nc", place) for place in (0, 2, 3, 4, 5)] == [(1, 1), (1, 3), (2, 1), (3, 1), (3, 2)]
