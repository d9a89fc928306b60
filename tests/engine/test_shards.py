"""More than one shard: both sides of the boundary, growing buffers, widening columns, gaps."""

import itertools
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest

from roarbase.engine import plan as p
from roarbase.engine.bitmap_state import BitmapState
from roarbase.model.batch import (
    CLEARED,
    UNTOUCHED,
    VALUE,
    Batch,
    Column,
    KeyedRows,
    MutexColumn,
    NumberColumn,
    SetColumn,
)
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.testing.batches import Write
from roarbase.testing.reference import ReferenceTable
from tests.engine.states import KERNELS, kernels_of, outcome, schema_entries

SHARD = 2**20
SPECS = (
    FieldSpec(name="n", type=FieldType.INT),
    FieldSpec(name="full", type=FieldType.INT),
    FieldSpec(name="flag", type=FieldType.BOOL),
    FieldSpec(name="side", type=FieldType.MUTEX),
    FieldSpec(name="kind", type=FieldType.MUTEX),
    FieldSpec(name="tags", type=FieldType.SET, is_keyed=True),
    FieldSpec(name="wide", type=FieldType.SET),
)
TAGS = [f"tag{i}" for i in range(50)]
FAR = np.array([2**40, 2**40 - 1, 2**63, 2**64 - 2, 5 * SHARD, *range(50 * SHARD, 50 * SHARD + 100)], np.uint64)

PLANS: list[p.Plan] = [
    p.Count(p.All()),
    p.Count(p.NumberRange("n", 3, 90)),
    p.Count(p.NumberRange("full", -10, 70_000)),
    p.Count(p.NotNull("n")),
    p.Count(p.NotNull("full")),
    p.Count(p.NotNull("wide")),
    p.Count(p.Intersect((p.RowIs("flag", True), p.RowIs("tags", "tag3"), p.NumberRange("n", None, 40)))),
    p.Count(p.Difference((p.NotNull("kind"), p.RowsIn("kind", tuple(range(0, 400, 3)))))),
    p.Count(p.Xor((p.RowIs("tags", "tag1"), p.RowIs("tags", "tag2"), p.RowIs("wide", 5)))),
    p.Count(p.IdRange(SHARD - 10, SHARD + 10)),
    p.Records(p.Slice(p.RowIs("wide", 7), limit=20, offset=2)),
    p.Records(p.IdRange(SHARD - 3, SHARD + 3)),
    p.Sum("n", p.RowIs("flag", False)),
    p.Sum("full"),
    p.MinMax("min", "n"),
    p.MinMax("max", "full", p.RowIs("tags", "tag4")),
    p.Distinct("n", p.IdRange(SHARD - 2000)),
    p.Distinct("kind"),
    p.TopRows(field="tags", k=5),
    p.TopRows(field="tags", input=p.NumberRange("n", 0, 20)),
    p.TopRows(field="kind", k=7, input=p.RowIs("flag", True)),
    p.TopRows(field="wide", k=30, input=p.NumberRange("n", 0, 20)),
    p.GroupBy(fields=(p.GroupField(field="flag"), p.GroupField(field="tags")), aggregate=p.Sum("n")),
    p.GroupBy(fields=(p.GroupField(field="wide"),), limit=20, aggregate=p.CountDistinct("flag")),
    p.GroupBy(fields=(p.GroupField(field="n"), p.GroupField(field="kind")), limit=15, offset=3),
    p.Summarize(
        input=p.All(),
        keys=("flag",),
        values=(p.SummaryValue("count"), p.SummaryValue("sum", "n"), p.SummaryValue("min", "full")),
    ),
    *[p.Summarize(input=p.All(), keys=("flag", "side"), values=(p.SummaryValue("count"),))] * 3,
    p.Extract(
        input=p.IdRange(SHARD - 40, SHARD + 40),
        fields=("n", "full", "flag", "kind", "tags", "wide"),
        order=(p.RecordOrder("n", is_descending=True),),
        limit=60,
    ),
    p.Extract(input=p.RowIs("wide", 7), fields=("wide", "tags"), limit=30),
    *(p.Records(p.IdRange(low, low + 100)) for low in (0, 16_350, SHARD - 64, SHARD - 1, SHARD, 3 * SHARD - 50)),
    p.Count(p.IdRange(3 * SHARD + 4095, 2**64 - 1)),
    p.Records(p.IdRange(50 * SHARD + 20, 2**40)),
    p.Records(p.IdRange(2**40, None)),
    p.Records(p.Slice(p.IdRange(SHARD), limit=300, offset=400)),
    p.Records(p.RecordSet((0, 17_001, SHARD - 1, SHARD, 3 * SHARD + 3, 5 * SHARD, 2**40, 2**64 - 2))),
    p.Extract(input=p.All(), fields=("n",), order=(p.RecordOrder("_id", is_descending=True),), limit=130),
]


def numbers(field: str, values: np.ndarray, states: np.ndarray | None = None) -> NumberColumn:
    given = None if states is None else states.astype(np.uint8)
    return NumberColumn(field=field, states=given, values=values.astype(np.int64))


def rows_of_each(field: str, per_record: int, rows: np.ndarray, names: list[str] | None = None) -> SetColumn:
    offsets = np.arange(0, len(rows) + 1, per_record, dtype=np.int64)
    given = rows.astype(np.uint64) if names is None else KeyedRows(keys=names, codes=rows.astype(np.int64))
    return SetColumn(field=field, offsets=offsets, rows=given)


def mutex(field: str, rows: np.ndarray, states: np.ndarray | None = None) -> MutexColumn:
    given = None if states is None else states.astype(np.uint8)
    return MutexColumn(field=field, states=given, rows=rows.astype(np.uint64))


def batch(ids: np.ndarray, *columns: Column) -> Batch:
    return Batch(table="t", ids=ids.astype(np.uint64), columns=columns)


def batches(*, with_far: bool) -> Iterator[Batch]:
    """A first shard that grows in steps and then has records here and there; both sides of its end; a shard with few
    records behind one with none; and, if wanted, ids that stand elsewhere than where their numbers say."""
    random = np.random.default_rng(7)
    start = 0
    for stop in (100, 4096, 4097, 17_000):
        yield first_batch(np.arange(start, stop), random)
        start = stop
    yield first_batch(np.sort(random.choice(SHARD - 60, 2000, replace=False)), random)
    for step in range(12):
        near = SHARD - 60 + random.integers(0, 30 * (step + 1), 200)  # many twice, new ones in no order
        anywhere, sparse = random.integers(0, SHARD, 300), 3 * SHARD + random.integers(0, 4100, 20)
        yield later_batch(np.concatenate((near, anywhere, sparse)), step, random)
    crowded = np.repeat(np.array([3, SHARD + 1]), 25)  # past 16 rows: these shards go to lists
    yield batch(crowded, rows_of_each("wide", 1, np.arange(50)))
    yield batch(np.arange(SHARD, SHARD + 9), rows_of_each("wide", 1, np.arange(9)), numbers("n", np.arange(9)))
    if with_far:
        yield later_batch(random.choice(FAR, 300), 3, random)


def first_batch(ids: np.ndarray, random: np.random.Generator) -> Batch:
    """A value in most fields."""
    count = len(ids)
    return batch(
        ids,
        numbers("full", ids % 200),
        numbers("flag", random.integers(0, 2, count), random.choice([VALUE, UNTOUCHED, CLEARED], count)),
        mutex("kind", random.integers(0, 20, count)),
        rows_of_each("tags", 2, random.integers(0, 40, 2 * count), TAGS),
    )


def later_batch(ids: np.ndarray, step: int, random: np.random.Generator) -> Batch:
    """Values that spread ten times further with every step, and rows of which there are more and more."""
    count, spread = len(ids), 10**step
    states = random.choice([VALUE, VALUE, UNTOUCHED, CLEARED], count)
    columns: list[Column] = [
        numbers("n", random.integers(-spread, spread, count), states),
        mutex("side", random.integers(0, 3, count), states),
        mutex("kind", random.integers(0, 1 + 40 * step, count), states),
        rows_of_each("tags", 3, random.integers(0, 50, 3 * count), TAGS),
        rows_of_each("wide", 1, random.integers(0, 2 + 60 * step * step, count)),
    ]
    if step % 3:
        columns.append(numbers("full", random.integers(0, 3 * spread, count)))
    return batch(ids, *columns)


_ABSENT = object()


def writes_of(batch: Batch) -> list[Write]:
    """A batch as writes of single records, for the reference model."""
    assert batch.ids is not None
    names = [column.field for column in batch.columns]
    rows = zip(*map(_cells, batch.columns), strict=True)
    values = [{k: v for k, v in zip(names, row, strict=True) if v is not _ABSENT} for row in rows]
    return [*zip(batch.ids.tolist(), values, strict=True)]


def _cells(column: Column) -> Iterator[Any]:
    if isinstance(column, SetColumn):
        keyed = isinstance(column.rows, KeyedRows)
        rows = [column.rows.keys[c] for c in column.rows.codes.tolist()] if keyed else column.rows.tolist()
        yield from (rows[start:stop] for start, stop in itertools.pairwise(column.offsets.tolist()))
        return
    values = column.values.tolist() if isinstance(column, NumberColumn) else column.rows.tolist()
    if column.field == "flag":
        values = [*map(bool, values)]
    states = [VALUE] * len(values) if column.states is None else column.states.tolist()
    for state, value in zip(states, values, strict=True):
        yield value if state == VALUE else None if state == CLEARED else _ABSENT


WITH_FAR = pytest.mark.parametrize("with_far", [False, True], ids=["ids in order", "ids in disorder"])


@cache
def reference(*, with_far: bool) -> ReferenceTable:
    """The reference model with all batches written."""
    table = ReferenceTable(SPECS, is_keyed=False)
    for written in batches(with_far=with_far):
        table.write(writes_of(written))
    return table


@cache
def expected(plan: p.Plan, *, with_far: bool) -> str:
    """What the reference model answers."""
    return repr(reference(with_far=with_far).answer(plan))


@cache
def engine(kernels: str, *, with_far: bool) -> BitmapState:
    """The engine with all batches written."""
    state = BitmapState(kernels=kernels_of(kernels))
    for entry in schema_entries(SPECS):
        state.apply(entry)
    for written in batches(with_far=with_far):
        state.apply(state.assign(written))
    return state


@WITH_FAR
@pytest.mark.parametrize("kernels", KERNELS)
@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: repr(plan)[:60])
def test_shards_answer_as_one(plan: p.Plan, kernels: str, with_far: bool) -> None:
    """A table of several shards answers as the reference model does, at their boundaries and away from them."""
    assert outcome(engine(kernels, with_far=with_far), plan) == expected(plan, with_far=with_far)


@WITH_FAR
@pytest.mark.parametrize("kernels", KERNELS)
def test_what_writes_maintain_is_what_the_columns_say(kernels: str, with_far: bool) -> None:
    """Counters, zones and the bitmaps that the questions above have left agree with the columns."""
    state = engine(kernels, with_far=with_far)
    for plan in PLANS:
        outcome(state, plan)
    assert state.verify() == []


@WITH_FAR
def test_shards_without_records_take_no_memory(with_far: bool) -> None:
    """Where no record stands there is no buffer, and what holds few records has room for few."""
    state = BitmapState(kernels=kernels_of("plain"))
    for entry in schema_entries(SPECS):
        state.apply(entry)
    ids = FAR if with_far else np.array([5, 3 * SHARD + 5])
    state.apply(state.assign(first_batch(ids, np.random.default_rng(1))))
    exists = state.tables()["t"].exists.buffers
    assert np.count_nonzero(exists.addresses) == (1 if with_far else 2)
    assert state.memory_bytes() < 120_000
