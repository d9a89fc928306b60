"""Records and their positions against a dictionary: taken, given back, deleted, released, replayed."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roarbase.engine.names.record_ids import RecordIds
from roarbase.engine.names.record_keys import RecordKeys
from roarbase.errors import InternalError, ResourceLimitExceeded
from tests.engine.names.turns import Turns
from tests.support.samples import sample

BITS, MAXIMUM, SLACK = 2, 64, 2
IDS = [*range(12), 15, 16, 17, 30, 40, 63, 64, 2**32, 2**63, 2**64 - 2]
KEYS = [*(f"k{i}" for i in range(14)), "", "é", "\ud800", "a longer one"]


def make(*, is_keyed: bool, maximum: int = MAXIMUM, seed: int = 0) -> Any:
    """Records in shards of 4 positions."""
    if is_keyed:
        return RecordKeys(Turns(seed), bits=BITS, maximum=maximum)
    return RecordIds(Turns(seed), bits=BITS, maximum=maximum, slack=SLACK)


def batch_of(names: list[Any], *, is_keyed: bool) -> Any:
    return names if is_keyed else np.array(names, np.uint64)


def listed(names: Any) -> list[Any]:
    return names if isinstance(names, list) else names.tolist()


@dataclass
class Model:
    """Records and a dictionary that say the same, and a copy that hears only what a log would tell it."""

    is_keyed: bool
    seed: int = 0
    where: dict[Any, int] = field(default_factory=dict)
    """In order of first write."""
    held: dict[int, tuple[int, Any]] = field(default_factory=dict)
    """By position: the deletion that holds it, and whose it was."""
    sequence: int = 0

    def __post_init__(self) -> None:
        self.records = make(is_keyed=self.is_keyed, seed=self.seed)
        self.copy = make(is_keyed=self.is_keyed, seed=self.seed + 1)

    def write(self, names: list[Any]) -> None:
        """Write records, the first time as a batch that is taken back."""
        given_names = batch_of(names, is_keyed=self.is_keyed)
        before, entered = self.state(), self.records.entered
        first = self.records.add(given_names)
        self.records.take_back(entered)
        assert self.state() == before
        taken = self.records.add(given_names)
        assert taken.positions.tolist() == first.positions.tolist()
        self._note(names, taken)
        if len(taken.new_positions):
            self.copy.enter(taken.new_names, taken.new_positions)
        self.records.settle(self.records.entered)

    def _note(self, names: list[Any], taken: Any) -> None:
        new = [name for name in dict.fromkeys(names) if name not in self.where]
        assert listed(taken.new_names) == new
        limit = min(4 * (len(self.where) + len(new) + SLACK), MAXIMUM)
        for name in new if not self.is_keyed else []:  # those that stand at their own positions go first
            is_open = name not in self.where.values() and self.held.get(name, (0, name))[1] == name
            assert (int(taken.new_positions[new.index(name)]) == name) == (name < limit and is_open) or name >= limit
        for name, position in zip(new, taken.new_positions.tolist(), strict=True):
            assert position not in self.where.values()
            assert self.held.pop(position, (0, name))[1] == name
            self.where[name] = position
        assert taken.positions.tolist() == [self.where[name] for name in names]

    def delete(self, names: list[Any]) -> None:
        """Delete records, the first time so that it is undone."""
        known = [name for name in dict.fromkeys(names) if name in self.where]
        positions = np.array([self.where[name] for name in known], np.int64)
        self.sequence += 1
        before = self.state()
        self.records.restore(self.records.free(positions, self.sequence))
        assert self.state() == before
        self.records.free(positions, self.sequence)
        self.copy.free(positions, self.sequence)
        for name in known:
            self.held[self.where.pop(name)] = self.sequence, name

    def release(self, behind: int) -> None:
        """A snapshot covers all but the last few deletions."""
        self.records.release(self.sequence - behind)
        self.held = {p: (at, name) for p, (at, name) in self.held.items() if at > self.sequence - behind}

    def state(self) -> Any:
        """All that decides what comes next."""
        positions = self.records._positions
        sets = [[*bits.counts] for bits in (positions._touched, positions._taken, positions._vacant)]
        trimmed = [counts[: max((i + 1 for i, n in enumerate(counts) if n), default=0)] for counts in sets]
        order = self.records._order_state()
        return trimmed, positions.next, len(positions._held), self.records.entered, order, len(self.records)

    def check(self) -> None:
        """Records, the copy from the log, and the dictionary agree."""
        pool = KEYS if self.is_keyed else IDS
        positions = np.array([*self.where.values()], np.int64)
        expected = [*self.where] if self.is_keyed else sorted(self.where)
        for records in (self.records, self.copy):
            found = records.find(batch_of(pool, is_keyed=self.is_keyed))
            assert found.tolist() == [self.where.get(name, -1) for name in pool]
            assert records.gather(positions)() == [*self.where]
            assert len(records) == len(self.where)
            assert records.entered == self.records.entered
            in_order = np.sort(positions)[np.argsort(records.order(np.sort(positions)), kind="stable")]
            assert records.gather(in_order)() == expected
            if records.is_in_order:
                assert records.gather(np.sort(positions))() == expected


def steps(pool: list[Any]) -> st.SearchStrategy[Any]:
    names = st.lists(st.sampled_from(pool), max_size=6)
    return st.lists(
        st.tuples(st.just("write"), names)
        | st.tuples(st.just("delete"), names)
        | st.tuples(st.just("release"), st.integers(0, 2)),
        max_size=14,
    )


@pytest.mark.parametrize("is_keyed", [False, True])
@settings(deadline=None, max_examples=sample(40))
@given(data=st.data(), seed=st.integers(0, 99))
def test_records_are_a_dict(data: st.DataObject, seed: int, is_keyed: bool) -> None:
    """Whatever is written, deleted and released, names and positions are those of the model, also after a replay."""
    model = Model(is_keyed=is_keyed, seed=seed)
    for step, argument in data.draw(steps(KEYS if is_keyed else IDS)):
        getattr(model, step)(argument)
        model.check()


@pytest.mark.parametrize("is_keyed", [False, True])
@settings(deadline=None, max_examples=sample(40))
@given(data=st.data())
def test_several_batches_may_wait(data: st.DataObject, is_keyed: bool) -> None:
    """Of several batches assigned one after the other, the first ones are applied and the others taken back."""
    pool = KEYS if is_keyed else IDS
    batches = data.draw(st.lists(st.lists(st.sampled_from(pool), max_size=5), max_size=5))
    kept = data.draw(st.integers(0, len(batches)))
    records, plain = make(is_keyed=is_keyed), make(is_keyed=is_keyed)
    entered = [0]
    for batch in batches:
        records.add(batch_of(batch, is_keyed=is_keyed))
        entered.append(records.entered)
    for stop in entered[1 : kept + 1]:
        records.settle(stop)
    for start in reversed(entered[kept:-1]):
        records.take_back(start)
    for batch in batches[:kept]:
        plain.add(batch_of(batch, is_keyed=is_keyed))
    asked = batch_of(pool, is_keyed=is_keyed)
    assert records.find(asked).tolist() == plain.find(asked).tolist()
    assert (records.entered, len(records)) == (plain.entered, len(plain))
    assert records.add(asked).positions.tolist() == plain.add(asked).positions.tolist()


def test_ids_stand_where_their_numbers_say() -> None:
    """An id near enough is its own position, one from far away stands elsewhere, and in nobody's way."""
    records = RecordIds(Turns())
    far = np.array([2**40, 2**64 - 2], np.uint64)
    first = records.add(far).positions.tolist()
    near = np.arange(3_000_000, dtype=np.uint64)
    assert (records.add(near).positions == np.arange(3_000_000)).all()
    assert records.find(far).tolist() == first
    assert not set(first) & set(range(3_000_000))
    assert records.nbytes < 3_000_000


def test_a_sequence_that_reaches_the_others_goes_on_behind_them() -> None:
    """Where ids come to the shard of the others, those move on; only ids whose positions are taken stand elsewhere."""
    records = make(is_keyed=False, maximum=100_000)
    records.add(np.array([2**40, 2**41], np.uint64))
    far = 0
    for number in range(2000):
        far += records.add(np.array([number], np.uint64)).positions[0] != number
        if number % 100 == 0:
            records.add(np.array([2**50 + number], np.uint64))
    assert 2 <= far <= 3 * 22


@pytest.mark.parametrize("start", [0, 5, 10**9, 2**40, 2**63])
@pytest.mark.parametrize("step", [1, 1000])
def test_ids_that_count_up_need_no_sorting(start: int, step: int) -> None:
    """From wherever they count up, their order is that of positions; one that falls behind ends that."""
    records = RecordIds(Turns())
    for batch in range(5):
        ids = np.arange(batch * 300, batch * 300 + 300, dtype=np.uint64) * np.uint64(step) + np.uint64(start)
        records.add(ids)
        assert records.is_in_order
    if start:
        records.add(np.array([start + 10_000 * step], np.uint64))
        records.add(np.array([start + 9_000 * step], np.uint64))
        own = start + 10_000 * step < 4 * 2**20
        assert records.is_in_order == own
        records.take_back(1501)
        assert records.is_in_order


@settings(max_examples=sample(40), deadline=None)
@given(batches=st.lists(st.lists(st.sampled_from(IDS), min_size=1, max_size=6, unique=True), max_size=5))
def test_a_start_knows_the_order_of_ids_as_well_as_who_looks_at_all(batches: list[list[int]]) -> None:
    """Shards in which all ids are positions are passed over; nobody is told that he need not sort who must."""
    records, loaded = make(is_keyed=False), make(is_keyed=False)
    for ids in batches:
        records.add(np.array(ids, np.uint64))
    for shard in range(MAXIMUM >> BITS):
        pieces = {piece.what: piece for piece in records.image(shard)()}
        for ids in records._map.image(shard):
            loaded.resize(shard, len(ids.values))
        loaded.load(shard, pieces)
    loaded.settle_loaded(records.entered, records.next_position)
    positions = np.sort(records.find(np.array(sorted({i for ids in batches for i in ids}), np.uint64)))
    ids = loaded.ids_at(positions)
    assert loaded.is_in_order == bool((ids[1:] > ids[:-1]).all())
    assert loaded.find(ids).tolist() == positions.tolist()
    if loaded.is_in_order:
        assert loaded._order.highest_position == positions.max(initial=-1)


def test_all_positions_may_be_taken() -> None:
    """When positions are used up that is said in words, nothing is taken, and deleting makes room again."""
    for is_keyed in (False, True):
        records = make(is_keyed=is_keyed, maximum=20)
        names = [f"k{i}" for i in range(20)] if is_keyed else [2**40 + i for i in range(20)]
        records.add(batch_of(names[:19], is_keyed=is_keyed))
        before = records.entered
        extra = ["x", "y"] if is_keyed else [2**50, 2**50 + 1]
        with pytest.raises(ResourceLimitExceeded, match="a table has 20 places for records"):
            records.add(batch_of(extra, is_keyed=is_keyed))
        assert (records.entered, len(records)) == (before, 19)
        assert records.find(batch_of(extra, is_keyed=is_keyed)).tolist() == [-1, -1]
        assert records.add(batch_of(names, is_keyed=is_keyed)).new_positions.tolist() == [19]
        records.settle(20)
        records.free(np.array([7, 8]), 1)
        with pytest.raises(ResourceLimitExceeded):
            records.add(batch_of(extra, is_keyed=is_keyed))
        records.release(1)
        assert records.add(batch_of(extra, is_keyed=is_keyed)).positions.tolist() == [7, 8]


def test_nothing_is_deleted_while_batches_wait() -> None:
    """Deleting while a batch is assigned and not applied would make it find names that are gone: refused."""
    records = make(is_keyed=True)
    positions = records.add(["a"]).positions
    with pytest.raises(InternalError):
        records.free(positions, 1)
    records.settle(1)
    records.free(positions, 1)


@pytest.mark.parametrize("is_keyed", [False, True])
@pytest.mark.parametrize("way", ["released", "held"])
def test_memory_stays_flat(is_keyed: bool, way: str) -> None:
    """Fresh names written and deleted over and over take no more memory than the first time, once released."""
    records: Any = RecordKeys(Turns()) if is_keyed else RecordIds(Turns())
    count, sizes = 20_000, []
    for turn in range(20):
        numbers = np.arange(turn * count, (turn + 1) * count, dtype=np.uint64) + np.uint64(2**33)
        names = [f"key number {number}" for number in numbers.tolist()] if is_keyed else numbers
        positions = records.add(names).positions
        records.settle(records.entered)
        records.free(positions, turn)
        if way == "released":
            records.release(turn - 1)
        sizes.append(records.nbytes)
    if way == "released":
        assert sizes[-1] <= max(sizes[:4])
    else:  # 12 bytes for each position that is held, and what stands by position
        assert sizes[-1] - sizes[3] < 16 * count * 64


@pytest.mark.parametrize("is_keyed", [False, True])
def test_names_gathered_are_of_the_moment(is_keyed: bool) -> None:
    """What was gathered under the lock does not change when its records are deleted before it is read."""
    records = make(is_keyed=is_keyed)
    names = KEYS[:8] if is_keyed else IDS[:4] + IDS[-4:]
    positions = records.add(batch_of(names, is_keyed=is_keyed)).positions
    records.settle(8)
    gathered = records.gather(positions)
    records.free(positions, 1)
    records.release(1)
    records.add(batch_of(names[::-1], is_keyed=is_keyed))
    assert gathered() == names


def test_keys_that_are_referred_to_are_kept() -> None:
    """Once fields refer to its records, a table keeps the keys and positions of those that are deleted."""
    records = make(is_keyed=True)
    positions = records.add(["a", "b", "c"]).positions
    records.settle(3)
    records.free(positions[:1], 1)
    records.keep(0)
    freed = records.free(positions[1:], 2)
    records.restore(freed)
    records.release(2)
    assert records.find(["a", "b", "c"]).tolist() == [-1, 1, 2]
    assert records.positions().tolist() == [1, 2]
    assert records.add(["c", "d", "e"]).positions.tolist() == [2, 0, 3]
    assert records.gather(np.array([1, 2]))() == ["b", "c"]
