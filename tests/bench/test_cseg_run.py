"""The benchmark end to end, small: every system that is installed, every query, every way to ask it."""

import re

import pytest

from bench.cseg.command import Bench, main, missing_package_or_none
from bench.cseg.queries import QUERIES
from bench.cseg.systems import SYSTEMS


def test_all_systems_give_the_same_answers() -> None:
    """20,000 records in Roarbase and whatever peers are installed; absent ones are named."""
    with Bench(20_000, list(SYSTEMS), seed=3, threads=2, state="plain") as bench:
        problems = {query.name: bench.take(query, None).problem for query in QUERIES}
    assert {name: problem for name, problem in problems.items() if problem} == {}
    assert set(bench.absent) == {name for name in SYSTEMS if missing_package_or_none(name)}
    assert set(bench.versions) == set(SYSTEMS) - set(bench.absent)


def test_the_command_prints_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 0 and a line of figures for what was asked for, by Roarbase alone."""
    asked = [
        "--records",
        "1000",
        "--systems",
        "roarbase",
        "--queries",
        "sum",
        "gb_sex",
        "--visits",
        "1",
        "--state",
        "plain",
        "--patience",
        "0",
    ]
    assert main(asked) == 0
    printed = capsys.readouterr().out
    assert "1,000 records, 2 threads" in printed
    assert re.findall(r"^\| (\w+) \| [0-9.]+ \| [0-9.]+ \| [0-9.]+ \|  \|", printed, re.MULTILINE) == ["gb_sex", "sum"]
    assert "Warm: nothing to compare" in printed


def test_a_system_that_ends_is_left_out() -> None:
    """A state that is not there ends its process: it is named as absent, and the others go on."""
    with Bench(100, ["roarbase"], threads=1, state="no such state") as bench:
        line = bench.take(QUERIES[0], None)
    assert (list(bench.absent), bench.has_lost, bench.versions, line.cells) == (["roarbase"], True, {}, {})
    assert "no such state" in bench.absent["roarbase"]
