"""The dataset as Arrow tables, which is how the peers take it. pyarrow is loaded only here, and only by them."""

import importlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from bench.cseg.dataset import CITIES, SETS, Dataset

__all__ = ["COLUMNS", "bridge_table", "cseg_table", "other_table"]

COLUMNS = ("id", "age", "income", "sex", "city", "for_hire", "price", "signup", *SETS)
"""Of `cseg`, in the order in which `select *` and Extract show them."""


def _pyarrow() -> Any:
    return importlib.import_module("pyarrow")


def cseg_table(data: Dataset, start: int = 0, stop: int | None = None) -> Any:
    """The records from `start` to `stop` (excluded), each column in its narrowest type."""
    pa = _pyarrow()
    part = slice(start, len(data) if stop is None else stop)
    columns: Sequence[Any] = [
        np.arange(len(data), dtype=np.uint32)[part],
        data.age[part],
        data.income[part],
        data.sex[part],
        pa.DictionaryArray.from_arrays(pa.array(data.city[part].astype(np.int16)), pa.array(CITIES)),
        pa.array(data.for_hire[part]),
        _decimals(pa, data, part),
        pa.array(data.signup[part]).cast(pa.timestamp("s")),
        *(_lists(pa, data, name, part) for name in SETS),
    ]
    return pa.table(dict(zip(COLUMNS, columns, strict=True)))


def other_table(data: Dataset) -> Any:
    """The second table: `person` and `bucket`."""
    return _pyarrow().table({"person": data.person, "bucket": data.bucket})


def bridge_table(data: Dataset, name: str) -> Any:
    """A set field as pairs of row `v` and record `id`, sorted by both."""
    lists = data.lists(name)
    order = np.argsort(lists.rows, kind="stable")
    return _pyarrow().table({"v": lists.rows[order], "id": lists.records()[order]})


def _decimals(pa: Any, data: Dataset, part: slice) -> Any:
    """Hundredths as decimal(9, 2): Arrow keeps 128 bits each, the upper half zero here."""
    words = np.zeros((len(data.price[part]), 2), np.int64)
    words[:, 0] = data.price[part]
    return pa.Array.from_buffers(pa.decimal128(9, 2), len(words), [None, pa.py_buffer(words)])


def _lists(pa: Any, data: Dataset, name: str, part: slice) -> Any:
    offsets = data.lists(name).offsets[part.start : part.stop + 1]
    rows = data.lists(name).rows[offsets[0] : offsets[-1]]
    return pa.ListArray.from_arrays(pa.array(offsets - offsets[0]), pa.array(rows))
