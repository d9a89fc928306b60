"""The database in a directory: tables and fields, writes, statements in both languages."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from roarbase.embedded.answers import Answer
from roarbase.embedded.backing_up import back_up
from roarbase.embedded.batches import Roles, batch_of
from roarbase.embedded.heavy import arrow_module
from roarbase.embedded.loading import Progress, load_stream, write_batch
from roarbase.embedded.options import Options
from roarbase.embedded.sources import columns_of, stream_of
from roarbase.embedded.statements import run_later_sql, run_pql, run_sql
from roarbase.embedded.tables import create_field, create_table, drop_field, drop_table
from roarbase.engine.kernels.choose import ChosenKernels
from roarbase.engine.port import Engine
from roarbase.engine.view_expiry import ViewExpiry
from roarbase.errors import Unavailable
from roarbase.model.field_definitions import shown_options
from roarbase.model.names import RECORD_ID
from roarbase.query.sql.later.compiler import Plans

__all__ = ["Database"]

_WORTH_COMPILING_BYTES = 32 << 20
"""Below some hundred thousand records, plain kernels answer in a few milliseconds: no reason to load 90 MB."""


class Database:
    """An open database. It may be used from several threads, and by one process at a time.

    Made by `roarbase.open`. Whatever returns is on disk and seen by the next statement.
    """

    def __init__(self, directory: Path, engine: Engine, kernels: ChosenKernels, expiry: ViewExpiry) -> None:
        self._directory = directory
        self._opened: Engine | None = engine
        self._kernels = kernels
        self._expiry = expiry
        self._plans = Plans()
        self._consider_kernels()

    def close(self) -> None:
        """Let go of the directory. Calling it again does nothing."""
        engine, self._opened = self._opened, None
        if engine is not None:
            self._expiry.stop()
            engine.close()
            self._kernels.close()

    def __enter__(self) -> "Database":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "closed" if self._opened is None else ", ".join(self.tables()) or "no tables"
        return f"<Database {self._directory}: {state}>"

    # ---- tables and fields -----------------------------------------------------------------

    def tables(self) -> list[str]:
        """The names of the tables."""
        return sorted(self._engine.schema().tables)

    def create_table(self, name: str, fields: Mapping[str, Options] | None = None, *, keys: bool | None = None) -> None:
        """Make an empty table.

        Args:
            fields: Options of its fields by name, such as `{"age": "int", "city": {"type": "mutex", "keys": True}}`.
            keys: Whether records are known by strings (True) or by whole numbers (False). None leaves it to the
                first write.

        Raises:
            InvalidParameter, MissingParameter: A name or an option; nothing is made then.
            ResourceAlreadyExists: There is a table of that name.
        """
        create_table(self._engine, name, fields or {}, is_keyed=keys)

    def drop_table(self, name: str) -> None:
        """Drop a table with its records. Raises ResourceNotFound if there is none of that name."""
        drop_table(self._engine, name)

    def fields(self, table: str) -> dict[str, dict[str, object]]:
        """The options of a table's fields by name: what `create_table` makes the same fields of."""
        return {name: shown_options(spec) for name, spec in self._engine.schema().get_table(table).fields.items()}

    def add_field(self, table: str, name: str, type: str, **options: object) -> None:
        """Add a field, of which no record has a value yet: `db.add_field("people", "price", "decimal", scale=2)`.

        Raises:
            InvalidParameter, MissingParameter: The name or an option.
            ResourceNotFound: There is no such table.
            ResourceAlreadyExists: The table has a field of that name.
        """
        create_field(self._engine, table, name, {"type": type, **options})

    def drop_field(self, table: str, name: str) -> None:
        """Drop a field with its values.

        Raises:
            ResourceNotFound: There is no such table, or it has no such field.
        """
        drop_field(self._engine, table, name)

    # ---- writing ---------------------------------------------------------------------------

    def write(self, table: str, data: Any, *, id: str = RECORD_ID, time: str | None = None) -> int:
        """Write records in one step: all of them are there afterwards, or none.

        A record that is there is changed. Fields without a column stay as they are, null clears one, and rows
        are added to sets.

        Args:
            data: A dictionary of columns (lists, numpy arrays, Arrow arrays), or an Arrow table, record batch or
                stream, by whichever library.
            id: The column with the records' ids or keys; it is stored nowhere else.
            time: The column that says when this was, for the time fields; stored also where a field has its name.

        Returns:
            How many records were given.

        Raises:
            InvalidParameter, MissingParameter: A column or value does not fit; it is named.
            ResourceNotFound: There is no such table.
            IncorrectState: The table knows its records by keys, and these come with ids, or the other way round.
            ResourceLimitExceeded, PayloadTooLarge, Unavailable: Memory, log or disk do not take it.
        """
        engine = self._engine
        batch = batch_of(engine.schema().get_table(table), columns_of(data), Roles(id, time))
        if batch is None:
            return 0
        write_batch(engine, batch)
        self._consider_kernels()
        return len(batch)

    def load(
        self,
        table: str,
        source: Any,
        *,
        id: str = RECORD_ID,
        time: str | None = None,
        columns: Sequence[str] | None = None,
        progress: Progress | None = None,
    ) -> int:
        """Write any number of records, in pieces of some hundred thousand, each of them in one step.

        Args:
            source: The path of a Parquet file, or of a directory of such, or a list of these; or an Arrow table
                or stream, by whichever library.
            id, time: As `write` takes them.
            columns: Only these, those two among them. None takes all.
            progress: Called after each piece with how many records are on disk by then.

        Returns:
            How many records were given.

        Raises:
            As `write`. The pieces before the one at fault are written; rows are counted over all pieces.
        """
        engine = self._engine
        spec = engine.schema().get_table(table)
        count = load_stream(engine, spec, stream_of(source, columns), Roles(id, time), progress)
        self._consider_kernels()
        return count

    # ---- statements ------------------------------------------------------------------------

    def pql(self, statement: str) -> Answer:
        """The answer to a PQL statement, which may write; of several calls, that of the last.

        Raises:
            StatementError: The statement is wrong; line and column say where.
            BadRequest: It asks something that a field's type does not answer.
        """
        return self.pql_all(statement)[-1]

    def pql_all(self, statement: str) -> tuple[Answer, ...]:
        """The answer to each call of a PQL statement. All of its writes are made, or none."""
        answers = run_pql(self._engine, statement)
        self._consider_kernels()
        return answers

    def sql(self, statement: str) -> Answer:
        """The answer to a SQL statement; one without columns where it answers nothing.

        Raises:
            StatementError: The statement is wrong; line and column say where.
        """
        return run_sql(self._engine, statement)

    def later_sql(self, statement: str) -> Answer:
        """The answer to a statement of the later SQL, of 2023, which has expressions, functions, joins and views.

        What bitmaps do not answer, DuckDB does, which is loaded for the first such statement.

        Raises:
            BadRequest: The statement is wrong, or fails while it runs; its message says where.
        """
        answer = Answer(run_later_sql(self._engine, statement, self._plans).table())
        self._consider_kernels()
        return answer

    # ---- out of it -------------------------------------------------------------------------

    def export(
        self,
        table: str,
        path: str | os.PathLike[str],
        *,
        fields: Sequence[str] | None = None,
        progress: Progress | None = None,
    ) -> int:
        """Write a table to a Parquet file, a piece of some hundred thousand records at a time.

        Records are in order of id, those with keys in order of first use. What others write meanwhile may be in the
        file or not, each record as it was at one moment. The file is there only once it is whole.

        Args:
            fields: Only these, beside `_id`. None takes all.
            progress: Called after each piece with how many records are in the file by then.

        Returns:
            How many records there are.

        Raises:
            InvalidParameter: There is no such field, or the file cannot be written.
            ResourceNotFound: There is no such table.
            OperatorError: pyarrow is not installed.
        """
        engine = self._engine
        spec = engine.schema().get_table(table)
        count: int = arrow_module("exporting").export_table(engine, spec, Path(path), fields, progress)
        return count

    # ---- copies ----------------------------------------------------------------------------

    def backup(self, target: str | os.PathLike[str]) -> int:
        """Put a copy of all tables as they are now into a folder, or such as `s3://bucket/path`, while others write on.

        What is there of an earlier backup of this database is not sent again. `roarbase restore SOURCE --into
        DIRECTORY` makes a directory of it, for `roarbase.open`.

        Returns:
            How many bytes were sent.

        Raises:
            InvalidParameter: There is no such place, or the store refuses the credentials of the environment.
            IncorrectState: Another database's backup is there.
            Unavailable: The place cannot be reached, or is full.
            OSError: The database's own disk refuses.
        """
        return back_up(self._engine, self._directory.name, os.fspath(target))

    def wait_for_kernels(self, timeout_s: float | None = None) -> bool:
        """Have the compiled kernels loaded, or compiled if they never were (some fifteen seconds), and wait for them.

        Without this they come by themselves, in the background, once there is data enough to be worth it.

        Returns:
            Whether they answer now. If not, plain ones do, more slowly.
        """
        self._kernels.start()
        return self._kernels.wait(timeout_s)

    @property
    def _engine(self) -> Engine:
        if self._opened is None:
            raise Unavailable(f"the database {self._directory} is closed")
        return self._opened

    def _consider_kernels(self) -> None:
        if not self._kernels.has_begun and self._engine.memory_bytes() >= _WORTH_COMPILING_BYTES:
            self._kernels.start()
