"""Views older than their field's TTL vanish while the service runs, and stay so over a restart."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from roarbase.engine.bitmap_state import BitmapState
from roarbase.engine.local import open_local_engine
from roarbase.engine.plan import Records, RowIs, TimeRange
from roarbase.engine.port import Engine
from roarbase.engine.storage.disk_file_store import DiskFileStore
from roarbase.engine.view_expiry import ViewExpiry
from roarbase.model.budget import Budget
from roarbase.model.changes import CreateField, CreateTable
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.services.engines import Engines
from roarbase.testing.batches import At, batch_of

NOON = datetime(2022, 6, 30, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
KEPT = FieldSpec(name="kept", type=FieldType.TIME, quantum="YMDH")
SHORT = FieldSpec(name="short", type=FieldType.TIME, quantum="YMDH", ttl="2h")
ALONE = FieldSpec(name="alone", type=FieldType.TIME, quantum="DH", ttl="90m", no_standard_view=True)
NEVER = FieldSpec(name="never", type=FieldType.TIME, quantum="H", ttl="0s")
SPECS = [KEPT, SHORT, ALONE, NEVER]


class Wall:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def engines(tmp_path: Path) -> Iterator[Engines]:
    def open_engine(directory: Path, limit_bytes: int) -> Engine:
        return open_local_engine(directory, DiskFileStore(), BitmapState, limit_bytes)

    opened = Engines(tmp_path, open_engine)
    yield opened
    opened.close_all()


def filled(engines: Engines, deployment: str = "d") -> Engine:
    """An engine whose record 1 got row 7 at eight and record 2 at eleven, in every field."""
    engine = engines.open(deployment, 1 << 30)
    engine.change(CreateTable(table="t", name="t", is_keyed=False))
    for spec in SPECS:
        engine.change(CreateField(table="t", field_id=f"id of {spec.name}", spec=spec))
    for record, hours in ((1, 4), (2, 1)):
        rows = At(int((NOON - hours * HOUR).timestamp()), [7])
        written = threading.Event()
        batch = batch_of("t", SPECS, [(record, {spec.name: rows for spec in SPECS})], is_keyed=False)
        engine.write(batch, lambda _, written=written: written.set())  # type: ignore[misc]
        assert written.wait(10)
    return engine


def hours(engine: Engine, spec: FieldSpec, start: int = -24, stop: int | None = 0) -> Any:
    """Who holds row 7 in the hours before noon; by default in those of the day up to it."""
    ends = (None if hour is None else int((NOON + hour * HOUR).timestamp()) for hour in (start, stop))
    return engine.run("t", Records(RowIs(spec.name, 7, TimeRange(*ends))), Budget()).table().columns[0].cells


def in_2022(engine: Engine, spec: FieldSpec) -> Any:
    start, stop = (datetime(year, 1, 1, tzinfo=UTC) for year in (2022, 2023))
    return hours(engine, spec, (start - NOON) // HOUR, (stop - NOON) // HOUR)


def at_any_time(engine: Engine, spec: FieldSpec) -> Any:
    return engine.run("t", Records(RowIs(spec.name, 7)), Budget()).table().columns[0].cells


def test_views_vanish_their_ttl_after_they_ended(engines: Engines) -> None:
    """Hours go two hours after their end, to the second; days, months and fields without a TTL stay."""
    engine, wall = filled(engines), Wall()
    expiry = ViewExpiry(engines.all_open, interval_s=0, clock=wall)
    wall.now = NOON - 4 * HOUR + 3 * HOUR - timedelta(microseconds=1)
    expiry.expire()
    assert [hours(engine, spec) for spec in (KEPT, SHORT, NEVER)] == [[1, 2], [1, 2], [1, 2]]
    wall.now += timedelta(microseconds=1)
    expiry.expire()
    assert [hours(engine, spec) for spec in (KEPT, SHORT, NEVER)] == [[1, 2], [2], [1, 2]]
    assert hours(engine, SHORT, -12, 12) == [1, 2]  # the whole day
    wall.now = NOON + DAY
    expiry.expire()
    assert hours(engine, SHORT, -12, 12) == []
    assert in_2022(engine, SHORT) == [1, 2]
    wall.now = datetime(2023, 1, 1, 2, tzinfo=UTC)
    expiry.expire()
    assert in_2022(engine, SHORT) == []
    assert [at_any_time(engine, spec) for spec in SPECS] == [[1, 2], [1, 2], [], [1, 2]]


def test_a_restart_finds_dropped_what_was_dropped(engines: Engines) -> None:
    """Replay drops the views that were dropped, and no others, whatever the clock says."""
    engine, wall = filled(engines), Wall()
    ViewExpiry(engines.all_open, interval_s=0, clock=wall).expire()
    live = [(hours(engine, spec), at_any_time(engine, spec)) for spec in SPECS]
    assert live == [([1, 2], [1, 2]), ([2], [1, 2]), ([2], [1, 2]), ([1, 2], [1, 2])]
    engines.close("d")
    again = engines.open("d", 1 << 30)
    assert [(hours(again, spec), at_any_time(again, spec)) for spec in SPECS] == live


def test_a_pass_that_drops_nothing_logs_nothing(engines: Engines) -> None:
    """Asking every minute does not fill the log."""
    engine, wall = filled(engines), Wall()
    expiry = ViewExpiry(engines.all_open, interval_s=0, clock=wall)
    expiry.expire()
    last = engine.change(CreateTable(table="t", name="t", is_keyed=False))
    expiry.expire()
    expiry.expire()
    assert engine.change(CreateTable(table="t", name="t", is_keyed=False)) == last


def test_the_service_does_it_by_itself(engines: Engines) -> None:
    """Once started, passes follow one another until it is stopped, also when one of them fails."""
    engine, passes, enough = filled(engines), [], threading.Event()

    def clock() -> datetime:
        passes.append(len(passes))
        if len(passes) == 2:
            raise OSError("the clock is away")
        if len(passes) > 8:
            enough.set()
        return NOON

    expiry = ViewExpiry(engines.all_open, interval_s=0.001, clock=clock)
    expiry.start()
    assert enough.wait(10)
    expiry.stop()
    assert hours(engine, SHORT) == [2]
    count = len(passes)
    assert not threading.Event().wait(0.02)
    assert len(passes) == count


def test_an_engine_that_cannot_be_written_to_keeps_no_other_waiting(engines: Engines) -> None:
    """The views of the other engines are dropped, and its own as soon as it can be written to again."""
    closed, engine, wall = filled(engines, "a"), filled(engines, "b"), Wall()
    closed.close()
    ViewExpiry(engines.all_open, interval_s=0, clock=wall).expire()
    assert hours(engine, SHORT) == [2]
    engines.close("a")
    again = engines.open("a", 1 << 30)
    assert hours(again, SHORT) == [1, 2]
    ViewExpiry(engines.all_open, interval_s=0, clock=wall).expire()
    assert hours(again, SHORT) == [2]


def test_without_an_interval_nothing_is_dropped(engines: Engines) -> None:
    """The setting 0 keeps all views."""
    engine = filled(engines)
    expiry = ViewExpiry(engines.all_open, interval_s=0, clock=Wall())
    expiry.start()
    expiry.stop()
    assert hours(engine, SHORT) == [1, 2]
