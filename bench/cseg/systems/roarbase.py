"""Roarbase, in process: from the text of a PQL statement to the bytes of a finished JSON answer."""

import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from threading import Semaphore
from typing import Any

import msgspec
import numpy as np

from bench.cseg.conditions import Condition
from bench.cseg.dataset import CITIES, SETS, Dataset
from bench.cseg.queries.query import LAST_FROM_END, Query, Rows
from bench.cseg.systems.states import make_state
from bench.cseg.systems.system import Loaded, Unanswered
from roarbase import __version__
from roarbase.engine.local import open_local_engine
from roarbase.engine.storage.disk_file_store import DiskFileStore
from roarbase.errors import RoarbaseError
from roarbase.model.batch import VALUE, Batch, Column, KeyedRows, MutexColumn, NumberColumn, SetColumn
from roarbase.model.budget import Budget
from roarbase.model.changes import CreateField, CreateTable
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.model.results import Result
from roarbase.model.written import Written
from roarbase.planes.data.tagged_table import render_results
from roarbase.query.pql.compiler import compile_pql
from roarbase.query.program import AskData

__all__ = ["BATCH_RECORDS", "FIELDS", "Roarbase", "cseg_batch"]

BATCH_RECORDS = 100_000
"""As many as the service takes in one request."""

FIELDS = {
    "cseg": (
        FieldSpec(name="age", type=FieldType.INT, minimum=0, maximum=150),
        FieldSpec(name="income", type=FieldType.INT, minimum=0, maximum=1_000_000),
        FieldSpec(name="sex", type=FieldType.MUTEX),
        FieldSpec(name="city", type=FieldType.MUTEX, is_keyed=True),
        FieldSpec(name="for_hire", type=FieldType.BOOL),
        FieldSpec(name="price", type=FieldType.DECIMAL, scale=2),
        FieldSpec(name="signup", type=FieldType.TIMESTAMP, unit="s"),
        *(FieldSpec(name=name, type=FieldType.SET) for name in SETS),
    ),
    "other": (FieldSpec(name="person", type=FieldType.INT), FieldSpec(name="bucket", type=FieldType.INT)),
}

_MEMORY_LIMIT_BYTES = 1 << 50
_BATCHES_IN_FLIGHT = 4
_LOAD_TIMEOUT_S = 600


class Roarbase:
    """An engine with its log in a temporary directory."""

    warm_up_runs = 2
    """Bitmaps are made at the second asking."""

    def __init__(self, *, state: str = "compiled", threads: int = 2) -> None:
        self.version = f"{__version__}, {state} state"
        self._state = make_state(state, threads=threads)
        self._directory = Path(tempfile.mkdtemp(prefix="cseg-roarbase-"))
        self.engine = open_local_engine(self._directory, DiskFileStore(), lambda: self._state, _MEMORY_LIMIT_BYTES)
        self._records = 0

    def load(self, data: Dataset) -> Loaded:
        for table, specs in FIELDS.items():
            self.engine.change(CreateTable(table=table, name=table, is_keyed=False))
            for spec in specs:
                self.engine.change(CreateField(table=table, field_id=f"{table}.{spec.name}", spec=spec))
        self._records = len(data)
        seconds = self.write_all(cseg_batch(data, part) for part in _parts(len(data)))
        self.write_all(_other_batch(data, part) for part in _parts(len(data.person)))
        return Loaded(seconds=seconds)

    def write_all(self, batches: Iterable[Batch]) -> float:
        """Write batch after batch, a few in flight; the seconds until all are on disk and visible."""
        in_flight = Semaphore(_BATCHES_IN_FLIGHT)
        errors: list[RoarbaseError] = []

        def done(outcome: Written | RoarbaseError) -> None:
            if isinstance(outcome, RoarbaseError):
                errors.append(outcome)
            in_flight.release()

        started = time.perf_counter()
        for batch in batches:
            in_flight.acquire()
            self.engine.write(batch, done)
        for _ in range(_BATCHES_IN_FLIGHT):
            in_flight.acquire(timeout=_LOAD_TIMEOUT_S)
        seconds = time.perf_counter() - started
        if errors:
            raise errors[0]
        return seconds

    def apply(self, batch: Batch) -> tuple[float, float]:
        """Make a batch visible, past the log; the seconds until its ids and keys were found, and of applying it."""
        started = time.perf_counter()
        entry = self._state.assign(batch)
        found = time.perf_counter()
        self._state.apply(entry)
        return found - started, time.perf_counter() - found

    def ways(self, query: Query) -> Sequence[str]:  # noqa: ARG002 (PQL has one way)
        return ("pql",)

    def run(self, query: Query, way: str) -> bytes:  # noqa: ARG002
        text = query.pql.replace("{last}", str(self._records - LAST_FROM_END))
        try:
            steps = compile_pql(text, self.engine.schema())
            answer = b"".join(render_results([self._ask(step) for step in steps], 0, self._state.cells.rows_text))
        except RoarbaseError as error:
            raise Unanswered(str(error)) from error
        return answer

    def _ask(self, step: Any) -> Result:
        assert isinstance(step, AskData)
        result = self.engine.run(step.table.id, step.plan, Budget())
        for shape in step.finish:
            result = shape(result)
        return result

    def rows(self, query: Query, answer: bytes) -> Rows:
        results = msgspec.json.decode(answer)["results"]
        tables = results if isinstance(results, list) else [results]
        return query.shape([_rows(table) for table in tables])

    def bring_about(self, condition: Condition) -> bool:
        self._state.uses_counters = condition is not Condition.COLUMNS_ALONE
        if condition is not Condition.WARM:
            self._state.drop_caches()
        return True

    def memory_bytes_or_none(self) -> int | None:
        return self.engine.memory_bytes()

    def close(self) -> None:
        self.engine.close()
        shutil.rmtree(self._directory, ignore_errors=True)


def _parts(records: int) -> Iterator[slice]:
    """The records by batches."""
    return (slice(start, min(start + BATCH_RECORDS, records)) for start in range(0, records, BATCH_RECORDS))


def cseg_batch(data: Dataset, part: slice) -> Batch:
    """The records of `part` as the engine takes them."""
    ids = np.arange(part.start, part.stop, dtype=np.uint64)
    states = np.full(len(ids), VALUE, np.uint8)
    columns: list[Column] = []
    for spec in FIELDS["cseg"]:
        if spec.type is FieldType.SET:
            lists = data.lists(spec.name)
            offsets = lists.offsets[part.start : part.stop + 1].astype(np.int64)
            rows = lists.rows[offsets[0] : offsets[-1]].astype(np.uint64)
            columns.append(SetColumn(field=spec.name, offsets=offsets - offsets[0], rows=rows))
        elif spec.is_keyed:
            keyed = KeyedRows(keys=CITIES, codes=data.city[part].astype(np.int64))
            columns.append(MutexColumn(field=spec.name, states=states, rows=keyed))
        elif spec.type is FieldType.MUTEX:
            rows = getattr(data, spec.name)[part].astype(np.uint64)
            columns.append(MutexColumn(field=spec.name, states=states, rows=rows))
        else:
            values = getattr(data, spec.name)[part].astype(np.int64)
            columns.append(NumberColumn(field=spec.name, states=states, values=values))
    return Batch(table="cseg", ids=ids, columns=tuple(columns))


def _other_batch(data: Dataset, part: slice) -> Batch:
    """The second table: its records carry the ids of the people, and say them in a field too."""
    ids = data.person[part].astype(np.uint64)
    states = np.full(len(ids), VALUE, np.uint8)
    columns = (
        NumberColumn(field="person", states=states, values=data.person[part].astype(np.int64)),
        NumberColumn(field="bucket", states=states, values=data.bucket[part].astype(np.int64)),
    )
    return Batch(table="other", ids=ids, columns=columns)


def _rows(table: dict[str, Any]) -> Rows:
    types = [header["datatype"] for header in table["headers"]]
    cells = ([cell["ColumnVal"] for cell in row["columns"]] for row in table["rows"])
    return [[_value(cell, kind) for cell, kind in zip(row, types, strict=True)] for row in cells]


def _value(cell: dict[str, Any] | None, kind: str) -> Any:
    """A tagged cell as a plain value: decimals in hundredths, times in seconds, an empty set for null."""
    if cell is None:
        return [] if kind.startswith("[]") else None
    (value,) = cell.values()
    if kind == "decimal":
        return value.get("value", 0)
    if kind == "timestamp":
        return int(datetime.fromisoformat(value).timestamp())
    return value["vals"] if kind.startswith("[]") else value
