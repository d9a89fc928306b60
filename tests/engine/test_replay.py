"""Whatever happened to an engine, what a restart finds is what was live: the real state over the real log."""

import contextlib
from pathlib import Path
from random import Random
from threading import Event
from typing import Any

import pytest

from roarbase.engine.bitmap_state import BitmapState
from roarbase.engine.local import LocalEngine, open_local_engine
from roarbase.engine.plan import All, Extract, FieldDuring, Rows, TimeRange
from roarbase.engine.storage.file_store import FileStore
from roarbase.errors import IncorrectState, ResourceAlreadyExists, ResourceNotFound, RoarbaseError, Unavailable
from roarbase.model.budget import Budget
from roarbase.model.changes import (
    CreateField,
    CreateWholeTable,
    DecideKeys,
    DropField,
    DropTable,
    DropViews,
    NewField,
    SchemaChange,
)
from roarbase.model.fields import FieldSpec, FieldType, TableSpec
from roarbase.model.written import Written
from roarbase.testing.batches import At, Write, batch_of
from roarbase.testing.faulty_file_store import FaultyFileStore
from roarbase.testing.memory_file_store import MemoryFileStore
from tests.support.samples import sample

EXPECTED_ERRORS = (IncorrectState, ResourceAlreadyExists, ResourceNotFound, Unavailable)
RECORD_KEYS = ["", "a", "é", "\x00", "a" * 300]
RECORD_IDS = [0, 1, 2, 2**40, 2**64 - 2]
FIELDS = [
    FieldSpec(name="a", type=FieldType.INT),
    FieldSpec(name="a", type=FieldType.MUTEX, is_keyed=True),
    FieldSpec(name="a", type=FieldType.SET, is_keyed=True),
    FieldSpec(name="b", type=FieldType.SET),
    FieldSpec(name="b", type=FieldType.MUTEX),
    FieldSpec(name="b", type=FieldType.BOOL),
    FieldSpec(name="c", type=FieldType.TIME, is_keyed=True, quantum="YMD"),
    FieldSpec(name="c", type=FieldType.TIME, quantum="H", no_standard_view=True),
]
MOMENTS = [-1, 0, 86_399, 86_400, 10**9]


class History:
    """A random history of one engine: tables and fields made, dropped and made again under few names, and writes."""

    def __init__(self, seed: int, engine: LocalEngine) -> None:
        self.random = Random(seed)
        self.engine = engine
        self.last_id = 0

    def step(self) -> None:
        """One change, or several batches at once, which share groups of the log."""
        tables = [*self.engine.schema().tables.values()]
        if tables and self.random.random() < 0.6:
            self._write([self.random.choice(tables) for _ in range(self.random.randint(1, 6))])
            return
        with contextlib.suppress(*EXPECTED_ERRORS):
            self.engine.change(self._change(tables))

    def _new_id(self) -> str:
        self.last_id += 1
        return f"id {self.last_id}"

    def _change(self, tables: list[TableSpec]) -> SchemaChange:
        random = self.random
        if not tables or random.random() < 0.25:
            is_keyed, name = random.choice([None, True, False]), random.choice("xyz")
            specs = {spec.name: spec for spec in random.sample(FIELDS, random.choice([0, 0, 1, 4]))}
            fields = tuple(NewField(field_id=self._new_id(), spec=spec) for spec in specs.values())
            return CreateWholeTable(table=self._new_id(), name=name, is_keyed=is_keyed, fields=fields)
        table = random.choice(tables)
        return random.choice(
            [
                CreateField(table=table.id, field_id=self._new_id(), spec=random.choice(FIELDS)),
                CreateField(table=table.id, field_id=self._new_id(), spec=random.choice(FIELDS)),
                DropField(table=table.id, name=random.choice("abc")),
                DecideKeys(table=table.id, is_keyed=random.random() < 0.5),
                DropTable(table=table.id),
                DropViews(table=table.id, field_id=table.field_ids.get("c", "none"), ended_by=random.choice(MOMENTS)),
                DropViews(table=table.id, field_id=table.field_ids.get("c", "none"), ended_by=random.choice(MOMENTS)),
            ]
        )

    def _write(self, tables: list[TableSpec]) -> None:
        answered = [Event() for _ in tables]
        outcomes: list[Written | RoarbaseError] = []

        for table, event in zip(tables, answered, strict=True):
            is_keyed = self.random.random() < 0.5 if table.is_keyed is None else table.is_keyed
            specs = [*table.fields.values()] if self.random.random() < 0.9 else [self.random.choice(FIELDS)]
            batch = batch_of(table.id, specs, self._writes(specs, is_keyed=is_keyed), is_keyed=is_keyed)
            self.engine.write(batch, lambda outcome, event=event: (outcomes.append(outcome), event.set()))  # type: ignore[misc]
        assert all(event.wait(10) for event in answered)
        assert all(isinstance(outcome, (Written, *EXPECTED_ERRORS)) for outcome in outcomes)

    def _writes(self, specs: list[FieldSpec], *, is_keyed: bool) -> list[Write]:
        random = self.random
        names: list[Any] = RECORD_KEYS if is_keyed else RECORD_IDS
        return [
            (random.choice(names), {spec.name: self._value(spec) for spec in specs if random.random() < 0.6})
            for _ in range(random.randint(0, 5))
        ]

    def _value(self, spec: FieldSpec) -> Any:
        pool: list[Any] = RECORD_KEYS if spec.is_keyed else RECORD_IDS
        if spec.type is FieldType.BOOL:
            pool = [True, False]
        elif spec.type is FieldType.INT:
            pool = [0, -(2**63), 2**63 - 1]
        if spec.type.is_multivalued:
            rows = self.random.choices(pool, k=self.random.randint(0, 3))
            return At(self.random.choice(MOMENTS), rows) if self.random.random() < 0.7 else rows
        return self.random.choice([*pool, None])


def opened(store: FileStore) -> LocalEngine:
    return open_local_engine(Path("/disk/engine"), store, BitmapState, 1 << 40)


def contents(engine: LocalEngine) -> dict[str, Any]:
    """All that can be asked of an engine: its schema, its records, and the order of its rows."""
    found = {}
    for name, table in engine.schema().tables.items():
        times = [f.name for f in table.fields.values() if f.type is FieldType.TIME]
        during = [
            FieldDuring(name, TimeRange(*ends)) for name in times for ends in ((None, 1), (0, None), (86_400, None))
        ]
        records = engine.run(table.id, Extract(input=All(), fields=(*table.fields, *during)), Budget())
        with_rows = [spec.name for spec in table.fields.values() if spec.type.has_rows]
        rows = [engine.run(table.id, Rows(field=field), Budget()) for field in with_rows]
        found[name] = (table, repr(records), rows)
    return found


@pytest.mark.parametrize("seed", range(sample(6)))
def test_a_restart_finds_what_was_live(seed: int) -> None:
    """After any history, on a disk that refuses now and then, a power loss or a stop loses and adds nothing."""
    inner = MemoryFileStore()
    store = FaultyFileStore(inner)
    history = History(seed, opened(store))
    chance = history.random
    for _ in range(40):
        if chance.random() < 0.2:
            store.break_at(store.call_count + chance.randint(1, 4))
        history.step()
        live = contents(history.engine)
        if chance.random() < 0.2:
            found = opened(inner.after_power_loss(chance))
            assert contents(found) == live
            found.close()
        if chance.random() < 0.1:
            history.engine.close()
            store.repair()
            history.engine = opened(store)
            assert contents(history.engine) == live
    history.engine.close()
