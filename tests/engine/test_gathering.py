"""Long readings, which give the lock back in between, answer as of one moment whatever is written meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roarbase.engine import plan as p
from roarbase.engine.bitmap_state import BitmapState
from roarbase.engine.operators.scan import Scan
from roarbase.engine.operators.selection import Selection
from roarbase.engine.tables.watch import Watches
from roarbase.errors import ResourceLimitExceeded, ResourceNotFound
from roarbase.model.budget import Budget
from roarbase.model.changes import DropField, DropTable
from roarbase.testing.batches import batch_of
from roarbase.testing.reference import ReferenceTable
from tests.engine.generated import IDS, KEYS, SPECS, plans, random_batches
from tests.engine.states import outcome, reference_of, schema_entries
from tests.support.samples import sample

READINGS = {
    is_keyed: plans(KEYS if is_keyed else IDS, is_keyed=is_keyed)["extract"]
    | plans(KEYS if is_keyed else IDS, is_keyed=is_keyed)["records"]
    for is_keyed in (False, True)
}
EVERYTHING = p.Extract(input=p.All(), fields=("count", "tags"))


class Disturbed:
    """A table, its model, and writes that come whenever a reading has given the lock back."""

    def __init__(self, seed: int, *, is_keyed: bool) -> None:
        self.random = Random(seed)
        self.is_keyed = is_keyed
        self.state, self.reference = BitmapState(), reference_of(is_keyed=is_keyed)
        for entry in schema_entries(is_keyed=is_keyed):
            self.state.apply(entry)
        self.batches = [b for i in range(8) for b in random_batches(seed + 100 * i, is_keyed=is_keyed)]
        for _ in range(len(self.batches) // 2):
            self.write()

    def write(self) -> None:
        """Write the next batch, if there is one."""
        if self.batches:
            writes = self.batches.pop()
            self.state.apply(self.state.assign(batch_of("t", SPECS, writes, is_keyed=self.is_keyed)))
            self.reference.write(writes)

    @contextmanager
    def between_holds(self) -> Iterator[None]:
        """Let writes come before every hold of the lock but the first of a run."""
        original, disturbed = Scan.reopened, self

        @contextmanager
        def reopened(scan: Scan) -> Iterator[Scan]:
            while disturbed.random.random() < 0.5:
                disturbed.write()
            with original(scan) as now:
                yield now

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Scan, "reopened", reopened)
            yield


@contextmanager
def small_pieces(rounds: int = 32) -> Iterator[None]:
    """Pieces of three records, and nearly nothing that the last hold may read."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("roarbase.engine.operators.gathering._AT_ONCE", 3)
        patch.setattr("roarbase.engine.operators.gathering._SETTLED", 1)
        patch.setattr("roarbase.engine.operators.gathering._ROUNDS", rounds)
        patch.setattr("roarbase.engine.operators.selection._PART_WORDS", 256)
        patch.setattr("roarbase.engine.operators.first_by._ENOUGH", 1)
        yield


@pytest.mark.parametrize("rounds", [1, 2, 32])
@pytest.mark.parametrize("is_keyed", [False, True])
@settings(deadline=None, max_examples=sample(15))
@given(data=st.data(), seed=st.integers(0, 999))
def test_an_answer_is_the_table_at_its_last_moment(data: st.DataObject, seed: int, is_keyed: bool, rounds: int) -> None:
    """Whatever is written between two holds of the lock is in the answer wholly."""
    disturbed, plan = Disturbed(seed, is_keyed=is_keyed), data.draw(READINGS[is_keyed])
    with small_pieces(rounds), disturbed.between_holds():
        found = outcome(disturbed.state, plan)
    assert found == repr(disturbed.reference.answer(plan))
    assert not disturbed.state.tables()["t"].watches._open


def model_of_many() -> tuple[BitmapState, ReferenceTable]:
    """More records than a piece of a real table has."""
    state, reference = BitmapState(), reference_of()
    for entry in schema_entries():
        state.apply(entry)
    random = Random(5)
    writes: list[Any] = [(i, {"count": random.randrange(10**6), "tags": [i % 7]}) for i in range(100_000)]
    state.apply(state.assign(batch_of("t", SPECS, writes, is_keyed=False)))
    reference.write(writes)
    return state, reference


def test_many_records_come_whole_and_in_order() -> None:
    """More records than one piece: all of them, sorted ones too, and the first of an order."""
    state, reference = model_of_many()
    by_count = p.RecordOrder("count", is_descending=True)
    for plan in (
        EVERYTHING,
        p.Records(p.NumberRange("count", 5, 900_000)),
        p.Extract(input=p.RowIs("tags", 3), fields=("count",), order=(by_count,), limit=20, offset=3),
        p.Extract(input=p.All(), fields=("count",), order=(p.RecordOrder("count"), by_count), limit=5),
    ):
        assert outcome(state, plan) == repr(reference.answer(plan))


@pytest.mark.parametrize(
    ("change", "words"), [(DropTable(table="t"), "table 'table'"), (DropField(table="t", name="tags"), "'tags'")]
)
def test_what_is_dropped_while_it_is_read_is_named(change: Any, words: str) -> None:
    """A table or field that is dropped between two holds ends the reading with its name."""
    disturbed = Disturbed(1, is_keyed=False)
    disturbed.batches = [[(i, {"count": i, "tags": [1]}) for i in range(20)]]
    disturbed.write()
    with small_pieces():
        finish = disturbed.state.begin("t", EVERYTHING, Budget())
        disturbed.state.apply(change)
        with pytest.raises(ResourceNotFound, match=words):
            finish()


def test_too_many_values_end_in_a_sentence() -> None:
    """More values than a query may hold are refused before any is read."""
    state = BitmapState(group_bytes=1000)
    for entry in schema_entries():
        state.apply(entry)
    writes: list[Any] = [(i, {"count": i}) for i in range(100)]
    state.apply(state.assign(batch_of("t", SPECS, writes, is_keyed=False)))
    with small_pieces(), pytest.raises(ResourceLimitExceeded, match="give a limit"):
        state.run("t", EVERYTHING, Budget())
    assert not state.tables()["t"].watches._open


@given(st.sets(st.integers(0, 2**20 + 200)), st.sets(st.integers(0, 2**20 + 200)), st.integers(1, 50))
def test_selections_are_sets(ours: set[int], theirs: set[int], most: int) -> None:
    """Positions added, dropped and taken from one another are those of sets; pieces give each once."""
    one, other = (Selection(np.zeros(2**15, np.uint64)) for _ in range(2))
    one.add(np.array(sorted(ours), np.int64))
    other.add(np.array(sorted(theirs), np.int64))
    difference = one.without(other)
    pieces = [*difference.pieces(most)]
    assert [at for piece in pieces for at in piece.tolist()] == sorted(ours - theirs)
    assert len(difference) == len(ours - theirs)
    one.drop(np.array(sorted(theirs), np.int64))
    asked = np.array([*sorted(ours | theirs), 2**30], np.int64)
    assert one.has(asked).tolist() == [at in ours - theirs for at in asked.tolist()]


def test_watches_hear_what_is_written_while_they_are_open() -> None:
    """Each watch takes what was noted since it was opened or last asked, until it is closed."""
    watches = Watches()
    watches.note(np.array([1]))
    first = watches.open()
    watches.note(np.array([5, 2]))
    second = watches.open()
    watches.note(np.array([5]))
    assert [first.take().tolist(), second.take().tolist(), first.take().tolist()] == [[2, 5], [5], []]
    watches.close(first)
    watches.note(np.array([7]))
    assert [first.take().tolist(), second.take().tolist()] == [[], [7]]
