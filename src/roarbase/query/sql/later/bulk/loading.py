"""pyarrow is loaded with the first file of Parquet: most services never see one."""

import importlib
from collections.abc import Sequence
from typing import cast

from roarbase.engine.kernels.cells.port import CellKernels
from roarbase.query.sql.later.bulk.mapping import Mapped, Switches
from roarbase.query.sql.later.columns.values import Given

__all__ = ["read_parquet"]


def read_parquet(
    data: bytes, mapped: Sequence[Mapped], switches: Switches, limit: int | None, _: CellKernels
) -> list[Given]:
    """See `parquet_columns.read_parquet`."""
    module = importlib.import_module("roarbase.query.sql.later.bulk.parquet_columns")
    return cast(list[Given], module.read_parquet(data, mapped, switches, limit))
