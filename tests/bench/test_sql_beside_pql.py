"""The benchmark of SQL beside PQL runs, and what it compares is the same."""

import pytest

from bench.cseg.queries import QUERIES
from bench.sql_beside_pql import main


def test_both_languages_give_the_same_answers(capsys: pytest.CaptureFixture[str]) -> None:
    """On few records: each question is asked in both, and no answer differs."""
    main(2_000, runs=1, state="plain")
    told = capsys.readouterr().out
    assert [query.name for query in QUERIES if f"| {query.name} |" not in told] == []
    assert "DIFFER" not in told
    assert "a new plan: median" in told
