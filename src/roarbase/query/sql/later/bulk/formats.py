"""The forms in which records come: how each is read, at once where that goes, else row by row."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from roarbase.engine.kernels.cells.port import CellKernels
from roarbase.query.sql.later.bulk.csv_rows import csv_columns, read_csv
from roarbase.query.sql.later.bulk.loading import read_parquet
from roarbase.query.sql.later.bulk.mapping import Mapped, Switches
from roarbase.query.sql.later.bulk.ndjson_columns import ndjson_columns
from roarbase.query.sql.later.bulk.ndjson_rows import read_ndjson
from roarbase.query.sql.later.columns.values import Given, values_or_objects
from roarbase.query.sql.later.operations.operation import failure

__all__ = ["FORMATS", "FORMATS_ELSEWHERE", "Format"]

_Read = Callable[[Any, Sequence[Mapped], Switches, int | None, CellKernels], list[Given] | None]
_ReadRows = Callable[[str, Sequence[Mapped], Switches], Iterator[list[Any]]]

FORMATS_ELSEWHERE = ("ORC",)


@dataclass(frozen=True, kw_only=True, slots=True)
class Format:
    """One form.

    Attributes:
        has_numbers: MAP names columns by numbers from 0, not by strings.
        at_once: Gives columns; None where a value needs a closer look. Of what is no text it says itself what is wrong.
        by_row: Gives rows, and says what is wrong with which.
    """

    name: str
    at_once: _Read
    by_row: _ReadRows | None = None
    has_numbers: bool = False

    @property
    def is_text(self) -> bool:
        """Whether it can stand in a statement."""
        return self.by_row is not None

    def columns(
        self,
        data: str | bytes,
        mapped: Sequence[Mapped],
        switches: Switches,
        limit: int | None,
        kernels: CellKernels,
    ) -> list[Given]:
        """The values of the entries of MAP, column by column.

        Args:
            limit: So many rows at most.
            kernels: What reads cells of texts.

        Raises:
            BadRequest: It cannot be read so, or a value is not there or of another type.
        """
        given = self._text(data) if self.is_text else data
        found = self.at_once(given, mapped, switches, limit, kernels)
        if found is not None:
            return found
        assert self.by_row is not None
        assert isinstance(given, str)
        rows = [*islice(self.by_row(given, mapped, switches), limit)]
        columns = zip(*rows, strict=True) if rows else [()] * len(mapped)
        return [values_or_objects(each.type.kind, column) for each, column in zip(mapped, columns, strict=True)]

    def _text(self, data: str | bytes) -> str:
        try:
            return data if isinstance(data, str) else data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise failure(f"unable to read {self.name}: it is not UTF-8, byte {error.start} cannot be read") from None


FORMATS: dict[str, Format] = {
    each.name: each
    for each in (
        Format(name="CSV", at_once=csv_columns, by_row=read_csv, has_numbers=True),
        Format(name="NDJSON", at_once=ndjson_columns, by_row=read_ndjson),
        Format(name="PARQUET", at_once=read_parquet),
    )
}
