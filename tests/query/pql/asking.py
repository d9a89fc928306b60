"""An engine of its own over a log in memory, asked in PQL and answering as the service does."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np

from roarbase.engine.bitmap_state import BitmapState
from roarbase.engine.local import LocalEngine, open_local_engine
from roarbase.model.batch import Batch, SetColumn
from roarbase.model.budget import Budget
from roarbase.model.changes import CreateField, CreateTable
from roarbase.model.fields import TableSpec
from roarbase.model.results import Result
from roarbase.planes.data.native import render_native
from roarbase.query.answering import answer_program
from roarbase.query.pql import compile_pql
from roarbase.query.program import MakeField, SchemaStep
from roarbase.testing.memory_file_store import MemoryFileStore

__all__ = ["Asking", "asking"]

_NO_LIMIT = Budget()


class Asking:
    """Tables that can be asked.

    Attributes:
        engine: What has them.
    """

    def __init__(self, tables: list[TableSpec], store: MemoryFileStore | None = None) -> None:
        self._numbers = map(str, count())
        self.store = store or MemoryFileStore()
        self.open()
        for table in tables if store is None else ():
            self.engine.change(CreateTable(table=table.id, name=table.name, is_keyed=table.is_keyed))
            for spec in table.fields.values():
                self.engine.change(CreateField(table=table.id, field_id=next(self._numbers), spec=spec))

    def open(self) -> None:
        """Begin with what the log holds."""
        self.state = BitmapState()
        self.engine: LocalEngine = open_local_engine(Path("/e"), self.store, lambda: self.state, 1 << 40)

    def results(self, text: str, budget: Budget = _NO_LIMIT) -> list[Result]:
        """The typed answers of a statement."""
        return answer_program(compile_pql(text, self.engine.schema()), self.engine, budget, self._make_schema)

    def ask(self, text: str, budget: Budget = _NO_LIMIT) -> list[Any]:
        """The native answers of a statement."""
        found: list[Any] = json.loads(b"".join(render_native(self.results(text, budget))))["results"]
        return found

    def fill(self, table: str, field: str, count: int) -> None:
        """Give the records from 0 up the row 1 of a set field."""
        ids, rows = np.arange(count, dtype=np.uint64), np.ones(count, np.uint64)
        column = SetColumn(field=field, offsets=np.arange(count + 1, dtype=np.int64), rows=rows)
        done = Event()
        batch = Batch(table=self.engine.schema().get_table(table).id, columns=(column,), ids=ids)
        self.engine.write(batch, lambda _: done.set())
        assert done.wait(60)

    def _make_schema(self, step: SchemaStep) -> Result | None:
        assert isinstance(step, MakeField)
        self.engine.change(CreateField(table=step.table.id, field_id=next(self._numbers), spec=step.spec))
        return None


@contextmanager
def asking(*tables: TableSpec) -> Iterator[Asking]:
    """These tables, empty."""
    made = Asking([*tables])
    try:
        yield made
    finally:
        made.engine.close()
