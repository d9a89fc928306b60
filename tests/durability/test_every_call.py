"""A whole life of an engine, in which every call of the storage fails in turn: refused cleanly, and made good after.

The script makes and drops tables and fields, writes batches of ids and keys, edits and deletes, fills more than one
segment of the log, takes snapshots and starts again. After each of its steps the engine must show what it showed at
that step of a run without a fault.

There are some four hundred calls. `make faults` has each of them fail in every way; `make test` one of each place
and way through the code that leads to a call, of which there are some hundred, in one way or another.
"""

import errno
import os
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Event
from typing import Any

import pytest

from roarbase.engine import edits as e
from roarbase.engine import plan as p
from roarbase.engine.bitmap_state import BitmapState
from roarbase.engine.edits import Edits, Write
from roarbase.engine.local import LocalEngine, open_local_engine
from roarbase.engine.storage.file_store import FileStore
from roarbase.errors import OperatorError, RoarbaseError, Unavailable
from roarbase.model.budget import Budget
from roarbase.model.changes import CreateField, CreateTable, DropField, DropTable, SchemaChange
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.model.written import Written
from roarbase.testing.batches import batch_of
from roarbase.testing.faulty_file_store import FaultyFileStore, _Faults
from roarbase.testing.memory_file_store import MemoryFileStore

ROOT = Path("/disk/engine")
EVERY_CALL = bool(os.environ.get("ROARBASE_EVERY_CALL"))
N = FieldSpec(name="n", type=FieldType.INT)
S = FieldSpec(name="s", type=FieldType.SET, is_keyed=True)
M = FieldSpec(name="m", type=FieldType.MUTEX, is_keyed=True)

Step = SchemaChange | Write | str


def _ids(*ids: int, n: int, row: str) -> Write:
    return batch_of("ids", [N, S], [(i, {"n": n, "s": [row, f"row {i % 3}"]}) for i in ids], is_keyed=False)


def _keys(*keys: str, table: str = "keys", row: str) -> Write:
    return batch_of(table, [M], [(key, {"m": row}) for key in keys], is_keyed=True)


def _edits(*steps: e.Step) -> Write:
    return Edits(table="ids", steps=steps)


SCRIPT: tuple[Step, ...] = (
    CreateTable(table="ids", name="ids", is_keyed=False),
    CreateField(table="ids", field_id="n1", spec=N),
    CreateField(table="ids", field_id="s1", spec=S),
    CreateTable(table="keys", name="keys", is_keyed=True),
    CreateField(table="keys", field_id="m1", spec=M),
    _ids(1, 2, 2**20, 2**40, n=1, row="first"),
    _keys("a", "b", row="red"),
    "snapshot",
    _ids(2, 3, *range(100, 400), n=2, row="many"),  # so that the next large one needs a new segment
    _edits(e.DeleteRecords(p.RecordSet((1, 2**40)))),
    _edits(
        e.StoreRow("s", "stored", p.All()), e.ClearRow("s", "row 2"), e.StoreRow("s", "more", p.RowIs("s", "stored"))
    ),
    _ids(1, 7, *range(300, 600), n=3, row="more"),
    "restart",
    _keys("b", "c", row="blue"),
    DropField(table="ids", name="n"),
    CreateField(table="ids", field_id="n2", spec=N),
    DropTable(table="keys"),
    CreateTable(table="keys again", name="keys", is_keyed=True),
    CreateField(table="keys again", field_id="m2", spec=M),
    "snapshot",
    _keys("c", "d", table="keys again", row="green"),
    _ids(7, n=4, row="last"),
    "restart",
    _ids(8, n=5, row="last"),
)
FIELDS = {"ids": ("n", "s"), "keys": ("m",)}


def shown(engine: LocalEngine) -> str:
    """All that an engine holds."""
    tables = engine.schema().tables
    asked = {name: tuple(f for f in FIELDS[name] if f in spec.fields) for name, spec in tables.items()}
    plans = {name: p.Extract(input=p.All(), fields=fields) for name, fields in asked.items()}
    return repr([(spec, engine.run(spec.id, plans[name], Budget())) for name, spec in sorted(tables.items())])


@dataclass
class Life:
    """The script run on a store, as far as it came.

    Attributes:
        states: What the engine shows before the first step and after each of them, in a life without a fault.
        done: How many steps are done.
        in_doubt: Whether a restart may find the step after these.
        refusals: How many steps and openings were refused.
    """

    store: FileStore
    states: list[str] = field(default_factory=list)
    engine: LocalEngine | None = None
    done: int = 0
    in_doubt: bool = False
    refusals: int = 0

    def go_on(self, tries: int) -> None:
        """Do the steps that are left; each, and each opening, so many times at most until it is not refused."""
        for step in SCRIPT[self.done :]:
            if not any(self._is_done(step) for _ in range(tries)):
                return
            self.done += 1
            self.in_doubt = False

    def _is_done(self, step: Step) -> bool:
        try:
            self._open()
            self._take(step)
        except (OperatorError, Unavailable) as refusal:
            self.refusals += 1
            self.in_doubt |= bool(getattr(refusal, "values", {}).get("in_doubt"))
            if self.engine is not None and self.states:
                assert shown(self.engine) == self.states[self.done], "a refused step left something behind"
            return False
        return True

    def _open(self) -> None:
        if self.engine is None:
            self.engine = open_local_engine(ROOT, self.store, BitmapState, 1 << 40)

    def _take(self, step: Step) -> None:
        assert self.engine is not None
        if step == "snapshot":
            self._take_snapshots(self.engine)
        elif step == "restart":
            self.close()
            self._open()
        elif isinstance(step, SchemaChange):
            self.engine.change(step)
        else:
            _write(self.engine, step)  # type: ignore[arg-type]

    def _take_snapshots(self, engine: LocalEngine) -> None:
        try:
            engine.snapshot()
        except OSError as error:  # alone among the steps it says what the disk said: nobody but a thread hears of it
            raise Unavailable("no snapshots") from error

    def close(self) -> None:
        engine, self.engine = self.engine, None
        if engine is not None:
            engine.close()


def _write(engine: LocalEngine, write: Write) -> None:
    answered, outcomes = Event(), list[Written | RoarbaseError]()

    def done(outcome: Written | RoarbaseError) -> None:
        outcomes.append(outcome)
        answered.set()

    engine.write(write, done)
    assert answered.wait(10)
    if isinstance(outcomes[0], RoarbaseError):
        raise outcomes[0]


@pytest.fixture(autouse=True, scope="module")
def _small_segments() -> Iterator[None]:
    """Segments of four kilobytes: the log goes on in a new one without megabytes of content."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("roarbase.engine.storage.segment._SMALLEST_BYTES", 4096)
        patch.setattr("roarbase.engine.storage.segment._LARGEST_BYTES", 4096)
        yield


@pytest.fixture(scope="module")
def states() -> list[str]:
    """What an engine shows after each step of a life without a fault."""
    life = Life(MemoryFileStore())
    life._open()
    assert life.engine is not None
    found = [shown(life.engine)]
    for step in SCRIPT:
        life._take(step)
        assert life.engine is not None
        found.append(shown(life.engine))
    life.close()
    return found


@pytest.fixture(scope="module")
def calls() -> list[int]:
    """The numbers of the calls that are to fail."""
    found: list[tuple[object, ...]] = []
    call = _Faults.call

    def noting(faults: _Faults, name: str) -> BaseException | None:
        frames = [frame for frame in traceback.extract_stack() if "engine" in frame.filename]
        # It matters, too, what the entry is about that the log could not keep: each step counts as a place.
        step = life.done if (name, Path(frames[-1].filename).name) == ("sync", "log.py") else None
        found.append((name, step, *(f"{frame.filename}:{frame.lineno}" for frame in frames)))
        return call(faults, name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_Faults, "call", noting)
        life = Life(FaultyFileStore(MemoryFileStore()))
        life.go_on(tries=1)
        life.close()
    assert len(found) > 300, "the script calls the storage less often than it did"
    if EVERY_CALL:
        return list(range(1, len(found) + 1))
    return sorted({site: at for at, site in enumerate(found, 1)}.values())


def shown_after(store: MemoryFileStore) -> str:
    """What a start on these files shows."""
    engine = open_local_engine(ROOT, store, BitmapState, 1 << 40)
    found = shown(engine)
    engine.close()
    return found


FAULTS: tuple[dict[str, Any], ...] = (
    {"error": lambda: OSError(errno.EIO, "input/output error"), "part_written": 0},
    {"error": lambda: OSError(errno.ENOSPC, "no space left on device"), "part_written": 0.5},
    {"error": lambda: OSError("the disk took a part only"), "part_written": 0.97},
)
"""Errors, and how much of its bytes a write has taken by then."""


def test_any_one_call_fails(states: list[str], calls: list[int]) -> None:
    """The step is refused, changes nothing, and is done when it is asked again; or the fault was made good."""
    refused = 0
    for at in calls:
        for fault in FAULTS if EVERY_CALL else FAULTS[at % 3 :][:1]:
            inner = MemoryFileStore()
            life = Life(FaultyFileStore(inner, at, **fault), states)
            life.go_on(tries=2)
            assert life.done == len(SCRIPT), f"call {at}: {SCRIPT[life.done]} is refused twice"
            assert life.refusals <= 1
            refused += life.refusals
            found = inner.after_power_loss(Random(at)) if at % 2 else inner.after_crash()
            assert shown_after(found) == states[-1], f"call {at}"
            life.close()
    assert refused > len(calls) // 3


def test_from_any_call_on_all_fail(states: list[str], calls: list[int]) -> None:
    """Nothing acknowledged is lost, at most one step is in doubt; all that is left is done on the repaired disk."""
    for at in calls if EVERY_CALL else calls[::5]:
        inner = MemoryFileStore()
        store = FaultyFileStore(inner, at, is_lasting=True)
        life = Life(store, states)
        life.go_on(tries=1)
        possible = states[life.done : life.done + 1 + life.in_doubt]
        if at > 1:  # else there is not even a directory
            assert shown_after(inner.after_power_loss(Random(at))) in possible, f"call {at}"
        store.repair()
        life.go_on(tries=1)
        assert life.done == len(SCRIPT), f"call {at}: {SCRIPT[life.done]} is refused on a good disk"
        assert shown_after(inner.after_crash()) == states[-1], f"call {at}"
        life.close()
