"""A run within a write, which holds the locks of all its tables from the first step to the last."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields

from roarbase.engine.operators.scan import Scan
from roarbase.model.results import DataType

__all__ = ["HeldScan"]


class HeldScan(Scan):
    """A scan whose locks are held already: taking them again would wait for itself."""

    __slots__ = ()

    @classmethod
    def of(cls, scan: Scan) -> "HeldScan":
        """The same run with its locks held."""
        return cls(**{each.name: getattr(scan, each.name) for each in fields(scan)})

    @property
    def record_type(self) -> DataType:
        """The type of `_id`, which an earlier step may just have decided."""
        return DataType.STRING if self.table.kind else DataType.UINT64

    @contextmanager
    def relocked(self) -> Iterator[None]:
        """Go on: nobody else has had the tables meanwhile."""
        self.budget.check()
        yield
