"""Explain: the steps of a call with what they read, select and take."""

from collections.abc import Iterator
from typing import Any

import pytest

from roarbase.errors import RequestTimeout, StatementError
from roarbase.model.budget import Budget
from roarbase.model.results import ExplainResult
from tests.query.pql.asking import Asking, asking
from tests.query.pql.schema import SCHEMA

MEMBERS = {"step", "reads", "estimated", "actual", "read_bytes", "microseconds", "bandwidth_share", "inputs"}


@pytest.fixture(scope="module")
def tables() -> Iterator[Asking]:
    """Five thousand birds with ring 1, ten of which have eggs and one a kind."""
    with asking(*SCHEMA.tables.values()) as made:
        made.fill("birds", "rings", 5000)
        made.ask("[birds]" + " ".join(f"Set({i}, eggs={i})" for i in range(10)) + " Set(3, kind=owl)")
        made.ask("[visits]Set(1, plant=7)")
        yield made


def steps(step: dict[str, Any], depth: int = 0) -> Iterator[tuple[int, dict[str, Any]]]:
    assert set(step) == MEMBERS
    yield depth, step
    for each in step["inputs"]:
        yield from steps(each, depth + 1)


def test_a_tree_of_what_is_done(tables: Asking) -> None:
    """The question stands first, its records below it, with how many each step selects."""
    (root,) = tables.ask("[birds]Explain(Count(Intersect(Row(rings=1), Row(eggs > 4), Not(Row(kind=owl)))))")
    found = [(depth, step["step"], step["actual"]) for depth, step in steps(root)]
    assert found == [
        (0, "Count()", 5),
        (1, "Intersect()", 5),
        (2, "RowIs(field='rings', row=1)", 5000),
        (2, "NumberRange(field='eggs', low=5)", 5),
        (2, "Difference()", 4999),
        (3, "All()", 5000),
        (3, "RowIs(field='kind', row='owl')", 1),
    ]
    assert root["microseconds"] > 0
    assert root["read_bytes"] >= root["inputs"][0]["read_bytes"] > 0
    assert 0 < root["bandwidth_share"] < 100


def test_bytes_are_those_that_are_touched(tables: Asking) -> None:
    """What counters answer touches nothing, and numbers touch nothing that no record is selected among."""

    def touched(call: str) -> int:
        (root,) = tables.ask(f"[birds]Explain({call})")
        size = root["read_bytes"]
        assert isinstance(size, int)
        return size

    assert touched("Count(Row(rings=1))") == touched("Sum(eggs)") == touched("TopK(rings)") == 0
    assert touched("Count(Row(eggs > 1000))") == touched("Sum(Row(kind=nobody), field=eggs)") == 0
    extent = tables.ask("[birds]Explain(Not(Row(kind=owl)))")[0]["inputs"][0]["read_bytes"]
    assert 5000 / 8 < extent < 3 * 5632
    one = touched("Sum(Row(kind=owl), field=eggs)")
    assert one < touched("Sum(Union(Row(kind=owl), Row(eggs > 4)), field=eggs)")


def test_estimates_come_from_counters(tables: Asking) -> None:
    """What counters know is known before; conditions together are taken as independent."""
    (root,) = tables.ask("[birds]Explain(Count(Intersect(Row(rings=1), Row(kind=owl), Row(eggs != null))))")
    (inside,) = root["inputs"]
    assert [step["estimated"] for step in inside["inputs"]] == [5000, 1, 10]
    assert inside["estimated"] == round(5000 * 1 / 5000 * 10 / 5000)
    (union,) = tables.ask("[birds]Explain(Union(Row(rings=1), Row(kind=owl)))")
    assert union["estimated"] == union["actual"] == 5000


@pytest.mark.parametrize(
    ("call", "reads"),
    [
        ("Count(All())", "counters"),
        ("Sum(eggs)", "counters"),
        ("Sum(Row(kind=owl), field=eggs)", "numbers of 'eggs', 1 bytes each"),
        (
            "GroupBy(Rows(rings), aggregate=Sum(field=eggs))",
            "numbers of 'eggs', 1 bytes each, codes of 'rings', 1 bytes each",
        ),
        ("Extract(Limit(All(), limit=2), Rows(kind))", "codes of 'kind', 1 bytes each"),
        ("ConstRow(columns=[1, 2])", "what its inputs select"),
        ("Percentile(eggs, nth=50, filter=Row(rings=1))", "numbers of 'eggs', 1 bytes each"),
    ],
)
def test_what_a_question_reads(tables: Asking, call: str, reads: str) -> None:
    """Counters, or the columns of the fields that are asked for."""
    assert tables.ask(f"[birds]Explain({call})")[0]["reads"] == reads


EVERY_CALL = [
    "Rows(rings)",
    "TopK(kind)",
    "TopN(rings, Row(kind=owl), n=1)",
    "MinRow(field=rings)",
    "Distinct(field=eggs)",
    "UnionRows(Rows(rings, limit=1), TopN(kind))",
    "Shift(All(), n=1)",
    "Options(Count(All()), shards=[0])",
    "IncludesColumn(All(), column=1)",
    "FieldValue(field=eggs, column=1)",
    "Sort(All(), field=eggs)",
    "Count(Distinct(field=eggs))",
    "Count(Distinct(index=visits, field=plant))",
    "Min(eggs)",
    "Row(seen=a, from='2022')",
    "Intersect(Distinct(index=visits, field=plant), All())",
    "Limit(Row(rings=1), limit=3)",
    "Xor(All(), Row(eggs=1))",
]


@pytest.mark.parametrize("call", EVERY_CALL)
def test_every_call_is_explained(tables: Asking, call: str) -> None:
    """Each call that asks has steps; as a table, one line per step, further in the deeper it stands."""
    (result,) = tables.results(f"[birds]Explain({call})")
    assert isinstance(result, ExplainResult)
    table = result.table()
    names = [str(cell) for cell in table.columns[0].cells]
    assert not names[0].startswith(" ")
    assert all(name.startswith("  ") for name in names[1:])
    assert {len(column.cells) for column in table.columns} == {len(names)}


def test_between_writes(tables: Asking) -> None:
    """A question among writes is explained as it would be answered there."""
    (made, root, gone) = tables.ask("[birds]Set(9000, rings=8) Explain(Row(rings=8)) Delete(Row(rings=8))")
    assert (made, root["actual"], gone) == (True, 1, True)


@pytest.mark.parametrize("call", ["Set(1, rings=1)", "Delete(All())", "Explain(All())"])
def test_what_writes_is_not_explained(tables: Asking, call: str) -> None:
    """Only what asks can be run for its steps."""
    with pytest.raises(StatementError, match="Explain takes a call that asks"):
        tables.ask(f"[birds]Explain({call})")


def test_explaining_keeps_to_the_budget(tables: Asking) -> None:
    """A plan that takes too long is not explained either."""
    with pytest.raises(RequestTimeout):
        tables.ask("[birds]Explain(Count(All()))", Budget(seconds=1, deadline_s=0))
