"""Random programs of writes, edits and questions against a real engine over a real log, and the model of both.

A program is a hypothesis state machine, so that one that fails is made as short as it goes. The
table has a field of every type. After each step the engine's own verification finds nothing, and
all records are as the model has them.
"""

import threading
from pathlib import Path
from random import Random
from threading import Event
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from roarbase.engine import edits as e
from roarbase.engine import plan as p
from roarbase.engine.bitmap_state import BitmapState
from roarbase.engine.kernels.port import Kernels
from roarbase.engine.local import LocalEngine, open_local_engine
from roarbase.errors import BadRequest, RoarbaseError
from roarbase.model.budget import Budget
from roarbase.model.changes import CreateField, CreateTable, DropField, DropViews
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.model.written import Written
from roarbase.testing.batches import At, Removed, Replaced, Write, batch_of
from roarbase.testing.memory_file_store import MemoryFileStore
from tests.engine.generated import (
    ID_POOL,
    KEY_POOL,
    MOMENT_POOL,
    MOMENTS,
    NAMES,
    SPEC_BY_NAME,
    SPECS,
    TIME_NAMES,
    bitmaps,
    field_and,
    plans,
    pool_of,
    row,
)
from tests.engine.questions import QUESTIONS
from tests.engine.states import few_planes, reference_of, sensible

__all__ = ["machine_of"]

_ROOT = Path("/disk/engine")
_WAIT_S = 60
_NAMES = 16
_FIELDS_MADE_AGAIN = 2
_FIELDS = tuple(spec.name for spec in SPECS)
_IN_VIEWS = [
    p.FieldDuring(spec.name, p.TimeRange(*ends))
    for spec in SPECS
    if spec.type is FieldType.TIME
    for ends in ((None, None), (None, 0), (951_782_400, None))
]
_EVERYTHING = p.Extract(input=p.All(), fields=(*_FIELDS, *_IN_VIEWS))
_WITH_ROWS = p.Count(p.Union(tuple(p.NotNull(s.name) for s in SPECS if s.type.has_rows)))
"""Asked after each step, so that the bitmaps of whoever has a row at all are there to follow the next."""
_TIMELESS_ROW_NAMES = st.sampled_from([s.name for s in SPECS if s.type.has_rows and s.type is not FieldType.TIME])
_ROW_NAMES = st.sampled_from([s.name for s in SPECS if s.type.has_rows])


def values_of(spec: FieldSpec) -> st.SearchStrategy[Any]:
    """What a write may say of one field of one record."""
    one = st.sampled_from(pool_of(spec))
    if not spec.type.is_multivalued:
        return st.none() | one | one | one.map(Removed)
    some = st.lists(one, max_size=4)
    given = some | st.builds(At, MOMENTS, some) if spec.type is FieldType.TIME else some
    return st.none() | given | given | some.map(Removed) | given.map(Replaced)


VALUES = {spec.name: values_of(spec) for spec in SPECS}


def _random_record(random: Random) -> dict[str, Any]:
    specs = [spec for spec in SPECS if random.random() < 0.7]
    return {spec.name: _random_value(random, spec) for spec in specs}


def _random_value(random: Random, spec: FieldSpec) -> Any:
    if not spec.type.is_multivalued:
        return random.choice(pool_of(spec))
    rows = random.choices(pool_of(spec), k=3)
    return At(random.choice(MOMENT_POOL), rows) if spec.type is FieldType.TIME else rows


@st.composite
def writes(draw: Any, names: st.SearchStrategy[Any]) -> list[Write]:
    """A few writes, some of them of the same record."""
    chosen = draw(st.lists(NAMES, min_size=0, max_size=4, unique=True))
    record = st.fixed_dictionaries({}, optional={name: VALUES[name] for name in chosen})
    return draw(st.lists(st.tuples(names, record), max_size=6))


def machine_of(*, is_keyed: bool, kernels: Kernels, cache_bytes: int = 1 << 20, filler: int = 0) -> Any:
    """The machine for one kind of table; its class counts in `steps_taken` what all programs took.

    Args:
        filler: How many records the table has at first: to begin near the end of a shard.
    """
    pool = (KEY_POOL if is_keyed else ID_POOL)[-_NAMES:]
    pool = [name for name in pool if name != "\ud800"]  # what can be neither sent nor logged
    names = st.sampled_from(pool)
    selections = st.just(p.All()) | bitmaps(names, is_keyed=is_keyed)
    questions = st.one_of(*plans(names, is_keyed=is_keyed).values())
    batches = st.tuples(writes(names), st.sampled_from([True, True, False]))
    row_edits = st.one_of(
        field_and(row, _ROW_NAMES).flatmap(lambda pair: st.builds(e.ClearRow, *map(st.just, pair), selections)),
        field_and(row, _TIMELESS_ROW_NAMES).flatmap(
            lambda pair: st.builds(e.StoreRow, *map(st.just, pair), selections)
        ),
    )
    deletions = st.builds(e.DeleteRecords, selections)
    steps = batches | row_edits
    requests = st.lists(steps, min_size=1, max_size=2) | deletions.map(lambda deletion: [deletion])

    class Machine(RuleBasedStateMachine):
        """The engine and its model, step by step."""

        steps_taken = 0
        changes = batches | row_edits | deletions
        names_in_use = tuple(pool)

        def __init__(self) -> None:
            super().__init__()
            self.store = MemoryFileStore()
            self.patch = pytest.MonkeyPatch()
            self.reference = reference_of(is_keyed=is_keyed)
            self.field_number = 0
            self.open()
            self.engine.change(CreateTable(table="w", name="towns", is_keyed=True))
            self.engine.change(CreateTable(table="t", name="table", is_keyed=is_keyed))
            for spec in SPECS:
                self.make_field(spec)

        def open(self) -> None:
            self.state = BitmapState(kernels=kernels, cache_bytes=cache_bytes)
            self.engine: LocalEngine = open_local_engine(_ROOT, self.store, lambda: self.state, 1 << 40)

        def make_field(self, spec: FieldSpec) -> None:
            self.field_number += 1
            self.engine.change(CreateField(table="t", field_id=f"id {self.field_number}", spec=spec))

        def teardown(self) -> None:
            self.engine.close()
            self.patch.undo()

        # ---- writing -------------------------------------------------------------------------

        def write(self, *requests: e.Write) -> list[Written | RoarbaseError]:
            """The outcomes of writes: of several, those behind the first wait together and may share a group."""
            outcomes: dict[int, Written | RoarbaseError] = {}
            answered = [Event() for _ in requests]

            def submit(number: int, request: e.Write) -> None:
                def done(outcome: Written | RoarbaseError) -> None:
                    outcomes[number] = outcome
                    answered[number].set()

                self.engine.write(request, done)

            with self.held(is_held=len(requests) > 1):
                for number, request in enumerate(requests):
                    submit(number, request)
                    while number == 0 and self.engine._writer._queue:  # until the writer has taken it
                        Event().wait(0.0001)
            assert all(event.wait(_WAIT_S) for event in answered)
            return [outcomes[number] for number in range(len(requests))]

        def held(self, *, is_held: bool) -> Any:
            """The table's lock, so that the writer stands still in the first of several writes."""
            return self.state.tables()["t"].lock.shared() if is_held else threading.Lock()

        def as_step(self, step: Any) -> e.Step:
            if not isinstance(step, tuple):
                return step
            return batch_of("t", SPECS, step[0], is_keyed=is_keyed, makes_records=step[1])

        def expected(self, step: Any) -> int:
            if isinstance(step, tuple):
                return self.reference.write(step[0], makes_records=step[1])
            return self.reference.edit(step)

        def check(self, outcome: Written | RoarbaseError, steps: list[Any]) -> None:
            assert isinstance(outcome, Written), outcome
            assert outcome.changed == tuple(self.expected(step) for step in steps)

        @initialize(seed=st.integers(0, 999), has_few_planes=st.booleans())
        def fill(self, seed: int, *, has_few_planes: bool) -> None:
            if has_few_planes:  # else small shards get one for every row that a record has more than others
                few_planes(self.patch)
            if filler:
                given = [(f"filler {i}" if is_keyed else 1000 + i, {"count": i % 7}) for i in range(filler)]
                self.check(*self.write(self.as_step((given, True))), [(given, True)])
            self.write_many(seed)

        @rule(seed=st.integers(0, 999))
        def write_many(self, seed: int) -> None:
            """Most of the records have most of the fields, so that there is something to delete and to clear."""
            random = Random(seed)
            given = [(name, _random_record(random)) for name in random.sample(pool, len(pool) // 2)]
            self.check(*self.write(self.as_step((given, True))), [(given, True)])

        @rule(step=batches)
        def write_a_batch(self, step: Any) -> None:
            self.check(*self.write(self.as_step(step)), [step])

        @rule(step=row_edits | deletions)
        def make_an_edit(self, step: e.Edit) -> None:
            self.check(*self.write(e.Edits(table="t", steps=(step,))), [step])

        @rule(many=st.lists(steps, max_size=4))
        def make_several_steps_at_once(self, many: list[Any]) -> None:
            self.check(*self.write(e.Edits(table="t", steps=tuple(map(self.as_step, many)))), many)

        @rule(first=steps, second=steps, between=st.sampled_from(QUESTIONS), last=st.sampled_from(QUESTIONS))
        def ask_between_steps(self, first: Any, second: Any, between: p.Plan, last: p.Plan) -> None:
            """Each question sees the steps before it and none of those behind."""
            asked = [first, e.Ask("t", between), second, e.Ask("t", last), e.Ask("t", p.Records(p.All()))]
            (outcome,) = self.write(e.Edits(table="t", steps=tuple(map(self.as_step, asked))))
            assert isinstance(outcome, Written), outcome
            answers = iter(outcome.answers)
            for step, changed in zip(asked, outcome.changed, strict=True):
                if isinstance(step, e.Ask):
                    assert repr(next(answers)) == repr(self.reference.answer(step.plan))
                    assert changed == 0
                else:
                    assert changed == self.expected(step)

        @rule(many=st.lists(requests, min_size=2, max_size=5))
        def queue_several_writes(self, many: list[list[Any]]) -> None:
            writes = [e.Edits(table="t", steps=tuple(map(self.as_step, one))) for one in many]
            for outcome, one in zip(self.write(*writes), many, strict=True):
                self.check(outcome, one)

        @rule(many=st.lists(steps, max_size=3))
        def fail_after_some_steps(self, many: list[Any]) -> None:
            """The last step is one that no number field takes: nothing of the others stays."""
            wrong = e.StoreRow("count", 1, p.NotNull("count"))
            asked = (e.Ask("t", p.Count(p.NotNull("kind"))), wrong)
            (outcome,) = self.write(e.Edits(table="t", steps=(*map(self.as_step, many), *asked)))
            assert isinstance(outcome, BadRequest)

        # ---- the rest ------------------------------------------------------------------------

        @rule(plan=questions, times=st.sampled_from([1, 2]))
        def ask(self, plan: Any, times: int) -> None:
            plan = sensible(plan, self.reference)
            for _ in range(times):  # what is asked for twice is cached
                assert self.answer(plan) == repr(self.reference.answer(plan))

        @rule(plan=st.sampled_from(QUESTIONS) | field_and(row, _ROW_NAMES).map(lambda pair: p.Records(p.RowIs(*pair))))
        def ask_again(self, plan: Any) -> None:
            for _ in range(2):
                assert self.answer(plan) == repr(self.reference.answer(plan))

        @rule()
        def restart(self) -> None:
            self.engine.close()
            self.open()

        @rule(name=st.sampled_from(_FIELDS))
        @precondition(lambda self: self.field_number < len(SPECS) + _FIELDS_MADE_AGAIN)
        def make_a_field_again(self, name: str) -> None:
            self.engine.change(DropField(table="t", name=name))
            self.make_field(SPEC_BY_NAME[name])
            self.reference.forget(name)

        @rule(name=TIME_NAMES, ended_by=MOMENTS)
        def drop_views(self, name: str, ended_by: int) -> None:
            field_id = self.engine.schema().tables["table"].field_ids[name]
            self.engine.change(DropViews(table="t", field_id=field_id, ended_by=ended_by))
            self.reference.drop_views(name, ended_by)

        @invariant()
        def agree(self) -> None:
            type(self).steps_taken += 1
            assert self.state.verify() == []
            assert self.answer(_EVERYTHING) == repr(self.reference.answer(_EVERYTHING))
            assert self.answer(_WITH_ROWS) == repr(self.reference.answer(_WITH_ROWS))

        def answer(self, plan: p.Plan) -> str:
            return repr(self.engine.run("t", plan, Budget()))

    return Machine
