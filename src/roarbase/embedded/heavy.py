"""What is loaded only when it is used: pyarrow (0.4 s, 60 MB) and the compiled kernels, which bring in numba."""

import importlib
from pathlib import Path
from types import ModuleType

from roarbase.engine.kernels.calls import Entries
from roarbase.errors import OperatorError

__all__ = ["arrow_module", "is_arrow", "load_kernels"]

_CAPSULES = ("__arrow_c_stream__", "__arrow_c_array__")


def is_arrow(data: object) -> bool:
    """Whether an object hands out Arrow data, be it of pyarrow, Polars, DuckDB, pandas or others."""
    return any(hasattr(data, capsule) for capsule in _CAPSULES)


def arrow_module(name: str) -> ModuleType:
    """A module of this package that works with pyarrow.

    Raises:
        OperatorError: pyarrow is not installed.
    """
    try:
        return importlib.import_module(f"roarbase.embedded.{name}")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "pyarrow":
            raise
        raise OperatorError(
            "Arrow and Parquet need the package pyarrow, which is not installed: pip install 'roarbase[arrow]'"
        ) from None


def load_kernels(directory: Path | None, *, compile_here: bool) -> Entries | None:
    """The compiled kernels; see `roarbase.engine.kernels.load.load_entries`."""
    entries: Entries | None = importlib.import_module("roarbase.engine.kernels.load").load_entries(
        directory, compile_here=compile_here
    )
    return entries
