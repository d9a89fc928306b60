"""The DuckDB that runs residues: one in this process, in memory, locked, a cursor per statement.

It reads no file, loads no extension, opens no connection, and sees no Python object but the columns it is given.
"""

import inspect
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from duckdb.func import FunctionNullHandling, PythonUDFType

from roarbase.errors import BadRequest, RequestTimeout, ResourceLimitExceeded
from roarbase.model.budget import Budget
from roarbase.query.sql.later.operations.operation import failure
from roarbase.query.sql.later.residue.called import Called
from roarbase.query.sql.later.residue.port import GatheredColumn

__all__ = ["DuckRunner"]

_MEMORY = "1GB"
_THREADS = 2
_LOOKS_EVERY_S = 0.1
_MOST_SAID = 300
_ROWS_AT_ONCE = 50_000
_NOT_OPTIMIZED = "expression_rewriter,statistics_propagation,common_subexpressions"
"""The first two work out what a row may never come to, and leave out what fails: an error would depend on how one asks.
The third takes minutes for expressions in expressions, and cannot be interrupted."""

_NULLS = {True: FunctionNullHandling.DEFAULT, False: FunctionNullHandling.SPECIAL}
_KINDS = {True: PythonUDFType.ARROW, False: PythonUDFType.NATIVE}
_SEVERAL_ROWS = "More than one row returned by a subquery"
_TOO_LARGE = "integer too large for 128-bit"
_MARKED = re.compile("⟦(.*?)⟧", re.DOTALL)
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "memory_limit": _MEMORY,
    "threads": str(_THREADS),
    "temp_directory": "",
}
_ARROW = {
    "BOOLEAN": pa.bool_(),
    "VARCHAR": pa.string(),
    "UBIGINT": pa.uint64(),
    "BIGINT": pa.int64(),
    "UBIGINT[]": pa.list_(pa.uint64()),
    "VARCHAR[]": pa.list_(pa.string()),
    "DOUBLE[]": pa.list_(pa.float64()),
}


class DuckRunner:
    """Runs texts; made once, used from any thread."""

    def __init__(self) -> None:
        self._connection = duckdb.connect(":memory:", config=_CONFIG)
        self._connection.execute("SET python_enable_replacements = false")
        self._connection.execute(f"SET disabled_optimizers = '{_NOT_OPTIMIZED}'")
        self._connection.execute("SET lock_configuration = true")
        self._known: set[str] = set()
        self._lock = threading.Lock()

    def run(
        self, text: str, inputs: Mapping[str, Sequence[GatheredColumn]], called: Sequence[Called], budget: Budget
    ) -> list[tuple[Any, ...]]:
        """See `Runner.run`."""
        with self._connection.cursor() as cursor:
            self._teach(called)
            for name, columns in inputs.items():
                cursor.register(name, _arrow_table(columns))
            return _asked(cursor, text, budget)

    def _teach(self, called: Sequence[Called]) -> None:
        """Make functions known. They are known to all cursors from then on."""
        with self._lock:
            for function in called:
                if function.name not in self._known:
                    self._connection.create_function(
                        function.name,
                        _guarded(function),
                        list(function.takes),
                        function.gives,
                        type=_KINDS[function.of_vectors is not None],
                        null_handling=_NULLS[function.is_strict and function.of_vectors is None],
                    )
                    self._known.add(function.name)


def _guarded(function: Called) -> Any:
    """The function; what it raises keeps its words on the way through DuckDB."""

    def call(*values: Any) -> Any:
        try:
            if function.of_vectors is not None:
                return _called_with_vectors(function.of_vectors, values)
            return function.plain(*values)
        except BadRequest as error:
            # An error of ours holds on to the frames of this call, which DuckDB would never let go.
            message = error.message
        raise ValueError(f"⟦{message}⟧")

    # DuckDB counts the parameters of what it is given.
    kind = inspect.Parameter.POSITIONAL_ONLY
    parameters = [inspect.Parameter(f"x{place}", kind) for place in range(len(function.takes))]
    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return call


def _called_with_vectors(distance: Callable[..., Sequence[Any]], values: Sequence[Any]) -> Any:
    """What a function gives for columns of vectors, null where one is null."""
    columns = [column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column for column in values]
    are_there = np.logical_and.reduce([column.is_valid().to_numpy(zero_copy_only=False) for column in columns])
    found = np.full(len(are_there), None)
    if are_there.any():
        chosen = pa.array(are_there)
        parts = [column.filter(chosen) for column in columns]
        arrays = [part.flatten().to_numpy().reshape(len(part), -1) for part in parts]
        found[are_there] = distance(*arrays)
    return pa.array(found, pa.int64())


def _arrow_table(columns: Sequence[GatheredColumn]) -> Any:
    arrays = [pa.array(cells, _ARROW[kind]) for _, kind, cells in columns]
    return pa.table(arrays, [name for name, _, _ in columns])


def _asked(cursor: Any, text: str, budget: Budget) -> list[tuple[Any, ...]]:
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(cursor, budget, done), name="sql-residue-budget", daemon=True)
    watcher.start()
    try:
        cursor.execute(text)
        rows: list[tuple[Any, ...]] = []
        while some := cursor.fetchmany(_ROWS_AT_ONCE):
            rows += some
            budget.check()
        return rows
    except duckdb.Error as error:
        problem = _in_our_words(error, budget)
    finally:
        done.set()
        watcher.join()
    raise problem


def _watch(cursor: Any, budget: Budget, done: threading.Event) -> None:
    while not done.wait(_LOOKS_EVERY_S):
        try:
            budget.check()
        except RequestTimeout:
            cursor.interrupt()


def _in_our_words(error: Exception, budget: Budget) -> Exception:
    if isinstance(error, duckdb.InterruptException):
        budget.check()
    message = str(error)
    if (marked := _MARKED.search(message)) is not None:
        return BadRequest(marked[1])
    if isinstance(error, duckdb.OutOfMemoryException):
        return ResourceLimitExceeded(
            f"the statement needs more than the {_MEMORY} of memory that is there for what bitmaps do not answer; "
            "choose fewer records or columns"
        )
    if isinstance(error, duckdb.OutOfRangeException | duckdb.ConversionException) or _TOO_LARGE in message:
        return failure("a number leaves the range of its type")
    if _SEVERAL_ROWS in message:
        return failure("a query that stands for a value gives several rows, not one")
    return failure(" ".join(message.split())[:_MOST_SAID])
