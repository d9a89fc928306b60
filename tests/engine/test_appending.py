"""Records that are all new and in line, against the way that all other records go."""

from random import Random
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roarbase.engine import plan as p
from roarbase.engine.bitmap_state import BitmapState
from roarbase.engine.storage.entries import BatchEntry
from roarbase.engine.storage.record import decode_entry, encode_entry
from roarbase.engine.tables import appending, writing
from roarbase.engine.tables.appending import is_append
from roarbase.model.batch import Batch, NumberColumn
from roarbase.model.budget import Budget
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.testing.batches import Removed, Replaced, batch_of
from tests.engine.generated import SPEC_BY_NAME, SPECS, pool_of
from tests.engine.states import outcome, schema_entries

SHARD = 2**20
NAMES = [spec.name for spec in SPECS if not spec.is_reference and not spec.no_standard_view]
QUESTIONS: list[Any] = [
    p.Count(p.All()),
    p.Extract(input=p.All(), fields=tuple(NAMES)),
    *(p.Distinct(name, p.All()) for name in NAMES),
    *(p.TopRows(field=name, k=None, input=p.All()) for name in NAMES if SPEC_BY_NAME[name].type.has_rows),
    *(p.Sum(name, p.All()) for name in NAMES if SPEC_BY_NAME[name].type.is_number),
    *(p.Count(p.NotNull(name)) for name in NAMES),
]
CACHED: list[Any] = [
    p.Count(p.RowIs("kind", 1)),
    p.Count(p.RowIs("flag", True)),
    p.Count(p.RowIs("species", "a")),
    p.Count(p.RowIs("tags", 7)),
    p.Count(p.RowIs("words", "b")),
    p.Count(p.NumberRange("count", 0, 435)),
]


class Trio:
    """A state that may append, one that lays all rows of sets in slices, and one that may not append."""

    def __init__(self) -> None:
        self.states = (BitmapState(), BitmapState(), BitmapState())
        self.appended = self.sequence = 0
        self.apply(schema_entries())

    def apply(self, entries: list[Any]) -> None:
        for state in self.states:
            for entry in entries:
                state.apply(entry, 0)

    def write(self, batch: Batch) -> None:
        """Write a batch to all, through the log's form."""
        self.sequence += 1
        entries = [decode_entry(encode_entry(state.assign(batch))) for state in self.states]
        first, in_slices, written = self.states
        self.appended += is_append(first.tables()["t"], cast(BatchEntry, entries[0]))
        first.apply(entries[0], self.sequence)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(appending, "_FEW_ROWS", -1)
            in_slices.apply(entries[1], self.sequence)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(writing, "is_append", lambda *_: False)
            written.apply(entries[2], self.sequence)

    def check(self) -> None:
        """All answer alike, and keep what they maintain right."""
        *appended, written = self.states
        for state in appended:
            for question in (*QUESTIONS, *CACHED):
                assert outcome(state, question) == outcome(written, question), question
            assert state.verify() == []
            assert state.tables()["t"].exists.counts == written.tables()["t"].exists.counts


def random_values(random: Random, gaps: float, *, replaces: bool = False) -> dict[str, Any]:
    """Values for some fields; rows may come twice. Sets may be told to hold nothing else."""
    values: dict[str, Any] = {}
    for name in NAMES:
        spec = SPEC_BY_NAME[name]
        pool = pool_of(spec)[:9]
        if random.random() < gaps:
            continue
        if spec.type.is_multivalued:
            rows = random.choices(pool, k=random.choice([0, 1, 2, 5]))
            values[name] = random.choice([rows, rows, Replaced(rows), None]) if replaces else rows
        else:
            values[name] = None if random.random() < gaps / 2 else random.choice(pool)
    return values


def new_records(random: Random, first: int, count: int) -> Batch:
    """A batch of records that follow on those there are; some fields may be without a column, or without a gap."""
    gaps, replaces = random.choice([0.0, 0.0, 0.3]), random.random() < 0.5
    left_out = set(random.sample(NAMES, random.choice([0, 0, 3])))
    records = [random_values(random, gaps, replaces=replaces) for _ in range(count)]
    writes = [(first + i, {k: v for k, v in values.items() if k not in left_out}) for i, values in enumerate(records)]
    return batch_of("t", SPECS, writes, is_keyed=False)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32), st.lists(st.sampled_from([16, 17, 64, 100]), min_size=1, max_size=4), st.booleans())
def test_appending_gives_what_writing_gives(seed: int, counts: list[int], rewrites: bool) -> None:
    """Of every type, with gaps and rows that come twice, over cached bitmaps, among writes of other kinds."""
    random, trio, size = Random(seed), Trio(), 0
    for count in counts:
        trio.write(new_records(random, size, count))
        size += count
        if rewrites:
            ids = random.sample(range(size), 5)
            trio.write(batch_of("t", SPECS, [(i, random_values(random, 0.3)) for i in ids], is_keyed=False))
        trio.check()
    assert trio.appended == len(counts)


def test_new_records_anywhere_hold_what_they_are_given() -> None:
    """Of records that do not stand in line, too: nothing need be replaced, yet what is taken away does not stay."""
    random, trio = Random(1), Trio()
    for start in (100, 10_000, 20_000):
        trio.write(new_records(random, 0, 40))
        ids = random.sample(range(start, start + 9000), 60)
        values = [random_values(random, 0.2, replaces=True) for _ in ids]
        trio.write(batch_of("t", SPECS, [*zip(ids, values, strict=True)], is_keyed=False))
        trio.write(batch_of("t", SPECS, [(i + 30_000, {"tags": Removed([1, 2, 3])}) for i in ids], is_keyed=False))
        trio.check()
        one = trio.states[0]
        for record, held in zip(ids, values, strict=True):
            rows = {name: held.get(name) for name in ("tags", "words")}
            expected = [sorted({*(r.value if isinstance(r, Replaced) else r or ())}) for r in rows.values()]
            asked = p.Extract(input=p.RecordSet((record,)), fields=("tags", "words"))
            found = one.run("t", asked, Budget())
            assert [sorted(column.cells[0] or ()) for column in found.table().columns[1:]] == expected
    emptied = p.Count(p.Intersect((p.IdRange(30_000), p.NotNull("tags"))))
    assert outcome(trio.states[0], emptied) == "CountResult(count=0)"


def filled(spare: int) -> Trio:
    """A table whose first shard has room for so many more records."""
    trio = Trio()
    count = SHARD - spare
    column = NumberColumn(field="count", states=np.ones(count, np.uint8), values=np.arange(count) % 100)
    trio.write(Batch(table="t", ids=np.arange(count, dtype=np.uint64), columns=(column,)))
    return trio


@pytest.mark.parametrize("spare", [0, 1, 20, 64, 100])
def test_a_batch_may_lie_across_shards(spare: int) -> None:
    """Each shard gets its own part of every column."""
    trio = filled(spare)
    trio.write(new_records(Random(spare), SHARD - spare, 100))
    assert trio.appended == 2
    one, other = trio.states[0], trio.states[-1]
    late = p.IdRange(SHARD - 200, None)
    for question in (
        p.Extract(input=late, fields=tuple(NAMES)),
        *(p.Sum(name, p.All()) for name in NAMES if SPEC_BY_NAME[name].type.is_number),
        *(p.Count(p.NotNull(name)) for name in NAMES),
    ):
        assert outcome(one, question) == outcome(other, question)
    assert one.verify() == []
    assert one.tables()["t"].extents.tolist() == other.tables()["t"].extents.tolist()


@pytest.mark.parametrize("first", [0, 1, 63, 64, 16_383, 16_384, 16_400])
@pytest.mark.parametrize("count", [16, 64, 16_384, 17_000])
def test_blocks_and_words_end_anywhere(first: int, count: int) -> None:
    """Zones, bits of existence and bits of values are right at every edge."""
    trio, random = Trio(), np.random.default_rng(first + count)
    for start, stop in ((0, first), (first, first + count)):
        size = stop - start
        columns = tuple(
            NumberColumn(field=name, states=np.where(random.random(size) < share, 1, 2).astype(np.uint8), values=values)
            for name, share, values in (
                ("count", 1.0, random.integers(-(2**40), 2**40, size)),
                ("price", 0.5, random.integers(0, 255, size, dtype=np.uint8)),
                ("seen", 0.0, np.zeros(size, np.int8)),
            )
        )
        if size:
            trio.write(Batch(table="t", ids=np.arange(start, stop, dtype=np.uint64), columns=columns))
    trio.check()
    assert trio.appended == 1 + (first >= 16)


@pytest.mark.parametrize("lengths", [[16] * 16, [0] * 16, [17] + [1] * 15, [0] * 15 + [300]])
def test_sets_of_any_size_are_appended(lengths: list[int]) -> None:
    """Up to the last plane, past it, or none at all; a later write adds to them."""
    trio = Trio()
    writes = [
        (i, {"tags": [*range(length)], "words": [str(n) for n in range(length)]}) for i, length in enumerate(lengths)
    ]
    trio.write(batch_of("t", SPECS, writes, is_keyed=False))
    trio.write(batch_of("t", SPECS, [(i, {"tags": [1, 1000], "words": ["1", "x"]}) for i in range(16)], is_keyed=False))
    assert trio.appended == 1
    trio.check()


@pytest.mark.parametrize("high", [2**8 - 1, 2**8, 2**16 - 1, 2**16, 2**32, 2**64 - 2])
def test_rows_of_any_width_are_appended(high: int) -> None:
    """Looked up in a table where they lie close together, else one by one."""
    trio = Trio()
    writes = [(i, {"kind": [0, high, high // 2][i % 3], "tags": [high, i]}) for i in range(50)]
    trio.write(batch_of("t", SPECS, writes, is_keyed=False))
    trio.check()
    assert trio.appended == 1


@pytest.mark.parametrize("kind", ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"])
def test_numbers_of_any_width_are_appended(kind: str) -> None:
    """To both ends of the type, and of 64 bits."""
    trio = Trio()
    low, high = int(np.iinfo(kind).min), min(int(np.iinfo(kind).max), 2**63 - 1)
    values = np.array([low, high, 0, 1] * 10, kind)
    for first in (0, 40):
        states = np.ones(len(values), np.uint8)
        column = NumberColumn(field="count", states=states, values=values)
        ids = np.arange(first, first + len(values), dtype=np.uint64)
        trio.write(Batch(table="t", ids=ids, columns=(column,)))
    trio.check()
    assert trio.appended == 2


def test_what_is_not_in_line_is_written_as_ever() -> None:
    """A record that is there, or one that comes twice."""
    trio = Trio()
    trio.write(batch_of("t", SPECS, [(i, {"count": i}) for i in range(32)], is_keyed=False))
    for ids in ([*range(20, 52)], [*range(100, 120), 100], [200] * 20):
        trio.write(batch_of("t", SPECS, [(i, {"count": i, "tags": [1]}) for i in ids], is_keyed=False))
    trio.check()
    assert trio.appended == 1


def test_keyed_records_are_appended() -> None:
    """Their positions are in line whatever their keys."""
    state = BitmapState()
    for entry in schema_entries(is_keyed=True):
        state.apply(entry)
    entry: Any = state.assign(batch_of("t", SPECS, [(f"k{-i}", {"count": i}) for i in range(50)], is_keyed=True))
    assert is_append(state.tables()["t"], entry)
    state.apply(entry)
    assert outcome(state, p.Sum("count", p.All())).startswith("ValueCountResult(value=1225, count=50")
    assert state.verify() == []


def test_a_field_without_standard_view_is_not_appended_to() -> None:
    """It drops what comes without a time."""
    spec = FieldSpec(name="visits", type=FieldType.TIME, is_keyed=True, quantum="Y", no_standard_view=True)
    state = BitmapState()
    for entry in schema_entries((spec,)):
        state.apply(entry)
    entry: Any = state.assign(batch_of("t", [spec], [(i, {"visits": ["a"]}) for i in range(20)], is_keyed=False))
    assert not is_append(state.tables()["t"], entry)
    state.apply(entry)
    assert outcome(state, p.Count(p.RowIs("visits", "a"))) == "CountResult(count=0)"


def test_row_ids_beyond_the_signed_range_are_appended() -> None:
    """The largest ones that there are, close together, so that the log keeps them as small offsets."""
    trio = Trio()
    rows = [2**64 - 2 - i % 5 for i in range(40)]
    trio.write(
        batch_of("t", SPECS, [(i, {"kind": row, "tags": [row, row - 9]}) for i, row in enumerate(rows)], is_keyed=False)
    )
    assert trio.appended == 1
    trio.check()
