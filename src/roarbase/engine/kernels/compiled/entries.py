"""What Python calls: the terminals, the types of their arguments, and how they are compiled.

Arrays that a call only reads may be read-only.
"""

# mypy: ignore-errors
# numba gives these functions their types; to mypy they are all untyped.

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from numba import boolean, int64, njit, types, uint8, uint32, uint64, void
from numba.core import config
from numba.core.registry import cpu_target

from roarbase.engine.kernels.compiled.bitmap import bitmap, expand, first
from roarbase.engine.kernels.compiled.count import count
from roarbase.engine.kernels.compiled.distinct import distinct
from roarbase.engine.kernels.compiled.extreme import extreme
from roarbase.engine.kernels.compiled.group import group
from roarbase.engine.kernels.compiled.joins import mark, probe
from roarbase.engine.kernels.compiled.literals import joined, literal_rows, occurrences, parts, trimmed
from roarbase.engine.kernels.compiled.maps import copy_texts, find_texts, find_words, insert_names, remove_names
from roarbase.engine.kernels.compiled.row_counts import pair_counts, row_counts
from roarbase.engine.kernels.compiled.row_text import rows_text
from roarbase.engine.kernels.compiled.scalars import decimals, moments
from roarbase.engine.kernels.compiled.siphash import hash_texts, hash_words
from roarbase.engine.kernels.compiled.take import take
from roarbase.engine.kernels.compiled.total import total
from roarbase.engine.kernels.compiled.writes import (
    add_codes,
    change_bits,
    has_bits,
    has_words,
    swap_codes,
    swap_numbers,
    value_bounds,
)

__all__ = ["PORTIONS", "compile_entries", "processor"]

_OPTIONS = {"nogil": True, "boundscheck": False, "error_model": "numpy", "no_cfunc_wrapper": True}

_LINE, _READ_LINE = int64[::1], types.Array(int64, 1, "C", readonly=True)
_READ_TABLE = types.Array(int64, 2, "C", readonly=True)

_RANGE = (_LINE, int64, int64)
"""shared, stop, step."""
_TABLE = (_READ_TABLE, _READ_TABLE, _READ_TABLE, _READ_TABLE, _READ_LINE)
"""rows, table, widths, bases, extents."""
_COMMON = (*_TABLE, *_RANGE, _LINE)

_READ_BYTES, _READ_HASHES, _READ_WORDS = (types.Array(kind, 1, "C", readonly=True) for kind in (uint8, uint32, uint64))
_WRITTEN = (_READ_LINE, _READ_LINE)
"""positions, values or codes."""
_SLOTS = (_READ_LINE, _READ_LINE, _READ_HASHES)
"""slots, shape, hashes."""
_CELLS = (_READ_BYTES, _READ_LINE, _READ_LINE)
"""letters, starts, stops."""

_ENTRIES = {
    "count": (count, void(*_COMMON, _LINE)),
    "total": (total, void(*_COMMON, _LINE, int64, int64[:, ::1])),
    "extreme": (extreme, void(*_COMMON, _LINE, int64, boolean, int64[:, ::1])),
    "group": (
        group,
        void(
            *_COMMON,
            *(_LINE, _LINE, int64[:, ::1], _READ_TABLE, int64, int64, int64, uint32[:, :, ::1], int64[:, :, :, ::1]),
        ),
    ),
    "row_counts": (row_counts, void(*_COMMON, _LINE, _LINE, int64, int64[:, ::1])),
    "pair_counts": (pair_counts, void(*_COMMON, _LINE, int64, int64, int64[:, :, ::1])),
    "bitmap": (bitmap, void(*_COMMON, _READ_LINE, _LINE)),
    "mark": (mark, void(*_COMMON, _LINE, int64, _READ_LINE, int64)),
    "probe": (probe, void(*_COMMON, _LINE, int64, uint64[::1], _READ_LINE, _LINE)),
    "value_bounds": (value_bounds, void(*_WRITTEN, _LINE, _LINE)),
    "swap_numbers": (
        swap_numbers,
        boolean(*(_READ_TABLE,) * 3, *_WRITTEN, _READ_BYTES, _READ_BYTES, _LINE, _LINE, uint8[::1]),
    ),
    "swap_codes": (swap_codes, boolean(_READ_TABLE, _READ_TABLE, *_WRITTEN, _LINE, _LINE)),
    "add_codes": (add_codes, int64(_READ_TABLE, _READ_TABLE, *_WRITTEN, _LINE, uint8[::1])),
    "change_bits": (change_bits, int64(_READ_TABLE, _READ_LINE, *_WRITTEN, _READ_BYTES)),
    "has_bits": (has_bits, void(_READ_LINE, _READ_LINE, int64, _READ_LINE, uint8[::1])),
    "has_words": (has_words, void(_READ_LINE, _READ_LINE, _READ_LINE, _READ_WORDS, _LINE, uint8[::1])),
    "hash_words": (hash_words, void(_READ_LINE, _READ_WORDS, uint32[::1])),
    "hash_texts": (hash_texts, void(_READ_BYTES, _READ_LINE, _READ_WORDS, uint32[::1])),
    "find_words": (find_words, void(*_SLOTS, _READ_LINE, _READ_LINE, int64, _LINE)),
    "find_texts": (
        find_texts,
        void(*_SLOTS, _READ_BYTES, _READ_LINE, _READ_LINE, int64, _READ_LINE, int64, _LINE),
    ),
    "insert_names": (insert_names, void(*_SLOTS, _READ_LINE)),
    "remove_names": (remove_names, void(*_SLOTS, _READ_LINE)),
    "copy_texts": (copy_texts, void(_READ_WORDS, _READ_LINE, int64, uint8[::1])),
    "occurrences": (occurrences, int64(_READ_BYTES, int64)),
    "literal_rows": (literal_rows, int64(_READ_BYTES, int64[:, ::1], int64[:, ::1], _LINE)),
    "parts": (parts, int64(*_CELLS, int64, boolean, _LINE, _LINE, _LINE)),
    "trimmed": (trimmed, void(*_CELLS, _LINE, _LINE)),
    "joined": (joined, void(*_CELLS, _READ_LINE, uint8[::1])),
    "decimals": (decimals, int64(*_CELLS, int64, _LINE)),
    "moments": (moments, boolean(*_CELLS, _LINE)),
    "distinct": (distinct, int64(*_CELLS, _READ_WORDS, uint64[::1], _LINE, _LINE)),
    "rows_text": (
        rows_text,
        int64(_READ_BYTES, _LINE, boolean[::1], int64[:, ::1], _READ_BYTES, _READ_LINE, int64, uint8[::1]),
    ),
    "take": (take, void(*(_READ_TABLE,) * 3, _READ_LINE, _READ_LINE, _READ_BYTES, _LINE, _LINE, _LINE)),
    "first": (first, int64(*_TABLE, int64, _LINE, _LINE)),
    "expand": (expand, void(_READ_LINE, _READ_LINE, *_RANGE, _READ_LINE, _READ_LINE, _LINE)),
}

_FIRST_HALF = (
    *("group", "extreme", "expand"),
    *("hash_words", "hash_texts", "find_words", "find_texts", "insert_names", "remove_names", "copy_texts"),
)
PORTIONS = (_FIRST_HALF, tuple(name for name in _ENTRIES if name not in _FIRST_HALF))
"""Two halves of about the same compile time."""

_CONFIGURING = threading.Lock()


def processor() -> str:
    """What numba compiles for: system, kind of processor, its features; NUMBA_CPU_NAME has its say in it."""
    return repr(cpu_target.target_context.codegen().magic_tuple())


def compile_entries(cache: Path | None, names: Iterable[str] = tuple(_ENTRIES)) -> dict[str, Callable[..., Any]]:
    """Compile entries, or take them from the cache directory; None: compile, and keep them nowhere.

    numba's own setting for the cache is borrowed for the time: another user of numba in this process keeps his.
    """
    with _CONFIGURING:
        before = config.CACHE_DIR
        config.CACHE_DIR = "" if cache is None else str(cache)
        try:
            return {name: _compile(cache is not None, *_ENTRIES[name]) for name in names}
        finally:
            config.CACHE_DIR = before


def _compile(cached, function, signature):
    entry = njit(signature, cache=cached, **_OPTIONS)(function)
    for compiled in entry.overloads.values():
        # What other functions would be linked with: none calls an entry, and for all of them it takes 20 MB.
        compiled.library._shared_module = None
    return entry
