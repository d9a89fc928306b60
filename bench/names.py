"""Ids and keys of records: how fast they are taken and found among millions, and what they take, beside Python
dictionaries and sorted arrays of numpy.

Times are of the best of several rounds where something can be repeated, and of the whole where it cannot (filling).
`bytes` of a dictionary are those of its table, of its keys where they are objects of their own, and of its numbers.
Run: `python -m bench names`, or `python -m bench.names [MILLIONS]`
"""

import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.kernels.fast import FastKernels
from roarbase.engine.kernels.load import load_entries
from roarbase.engine.kernels.plain import PlainKernels
from roarbase.engine.names.record_ids import RecordIds
from roarbase.engine.names.record_keys import RecordKeys

__all__ = ["main"]

_BATCH = 1 << 17
_ASKED = 1000
_ROUNDS = 25
_ENTERED = 1 << 40
_TURN = 50_000
_INT_BYTES = 32

_Names = Any
_Records = RecordIds | RecordKeys
_Find = Callable[[_Names], Any]


@dataclass(frozen=True)
class _Line:
    what: str
    count: int
    fill_s: float
    find_us: float
    add_us: float | None
    bytes_each: float


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _best_us(find: _Find, questions: Sequence[_Names]) -> float:
    return 1e6 * min(_timed(lambda asked=asked: find(asked)) for asked in questions)


def _batches(names: _Names) -> Iterable[_Names]:
    return (names[start : start + _BATCH] for start in range(0, len(names), _BATCH))


def _measure(what: str, records: _Records, names: _Names, asked: list[_Names], more: list[_Names]) -> _Line:
    """Fill records, find a thousand again and again, and add some new thousands."""

    def add(batch: _Names) -> None:
        records.add(batch)
        records.settle(_ENTERED)  # as if it were applied

    fill_s = _timed(lambda: [add(batch) for batch in _batches(names)])
    own = len("".join(names).encode()) / len(names) if isinstance(names, list) else 0
    bytes_each = records.nbytes / len(names) - own
    find_us = _best_us(records.find, asked)
    add_us = sorted(1e6 * _timed(lambda batch=batch: add(batch)) for batch in more)[len(more) // 2]
    return _Line(what, len(names), fill_s, find_us, add_us, bytes_each)


def _dictionary(what: str, names: _Names, asked: list[_Names]) -> _Line:
    listed = names if isinstance(names, list) else names.tolist()
    found: dict[Any, int] = {}

    def fill() -> None:
        for name in listed:
            found[name] = len(found)

    fill_s = _timed(fill)
    questions = [part if isinstance(part, list) else part.tolist() for part in asked]
    find_us = _best_us(lambda part: [found.get(name, -1) for name in part], questions)
    own = 0 if not isinstance(names, list) else sum(map(len, listed[:1000])) / 1000
    bytes_each = sys.getsizeof(found) / len(listed) + sys.getsizeof(listed[-1]) - own + _INT_BYTES
    return _Line(what, len(listed), fill_s, find_us, None, bytes_each)


def _sorted_array(what: str, names: _Names, asked: list[_Names]) -> _Line:
    """One sorted array of names, and one of their numbers: to be sorted anew for every batch."""
    array: NDArray[Any] = np.array(names) if not isinstance(names, list) else np.array(names, "S")
    index: list[NDArray[Any]] = []

    def fill() -> None:
        order = np.argsort(array, kind="stable")
        index.extend((array[order], order.astype(np.uint32)))

    fill_s = _timed(fill)
    ordered, numbers = index

    def find(part: _Names) -> NDArray[Any]:
        wanted = np.array(part, ordered.dtype)
        places = np.minimum(np.searchsorted(ordered, wanted), len(ordered) - 1)
        return np.where(ordered[places] == wanted, numbers[places], -1)

    own = array.itemsize if isinstance(names, list) else 0
    bytes_each = (ordered.nbytes + numbers.nbytes) / len(array) - own
    return _Line(what, len(array), fill_s, _best_us(find, asked), None, bytes_each)


def _asked(names: _Names, random: np.random.Generator) -> list[_Names]:
    chosen = [random.integers(0, len(names), _ASKED) for _ in range(_ROUNDS)]
    return [[names[i] for i in part.tolist()] if isinstance(names, list) else names[part] for part in chosen]


def _flat(make: Callable[[int], _Names], records: _Records) -> list[float]:
    """Megabytes after each of twenty turns of a million fresh names, written and deleted."""
    sizes = []
    for turn in range(20):
        for start in range(turn * 10**6, (turn + 1) * 10**6, _TURN):
            positions = records.add(make(start)).positions
            records.settle(_ENTERED)
            records.free(positions, turn)
        records.release(turn)
        sizes.append(records.nbytes / 1e6)
    return sizes


def main() -> None:
    """Print a table."""
    millions = float(sys.argv[1]) if sys.argv[1:] and sys.argv[1].replace(".", "").isdigit() else 5
    count, random = int(millions * 10**6), np.random.default_rng(7)
    entries = load_entries(Path.home() / ".cache" / "roarbase")
    assert entries is not None
    fast, plain = FastKernels(entries), PlainKernels()
    lines = []

    row = np.arange(4 * count, dtype=np.uint64)
    more: list[_Names] = np.split(np.arange(4 * count, 4 * count + 40_000, dtype=np.uint64), 40)
    lines.append(_measure("ids 0, 1, 2, ...", RecordIds(fast), row, _asked(row, random), more))

    far = np.unique(random.integers(2**40, 2**63, count + 50_000, dtype=np.uint64))
    random.shuffle(far)
    ids, more = far[:count], np.split(far[count : count + 40_000], 40)
    asked = _asked(ids, random)
    lines.append(_measure("random ids of 63 bits", RecordIds(fast), ids, asked, more))
    lines.append(_measure("  the same, plain kernels", RecordIds(plain), ids, asked, more))
    lines.append(_dictionary("  dictionary", ids, asked))
    lines.append(_sorted_array("  sorted array", ids, asked))

    keys = [f"customer-{number:09}" for number in random.permutation(count).tolist()]
    more = [[f"client-{number:09}" for number in range(s, s + _ASKED)] for s in range(0, 40_000, _ASKED)]
    asked = _asked(keys, random)
    lines.append(_measure("keys of 18 bytes", RecordKeys(fast), keys, asked, more))
    lines.append(_measure("  the same, plain kernels", RecordKeys(plain), keys, asked, more))
    lines.append(_dictionary("  dictionary", keys, asked))
    lines.append(_sorted_array("  sorted array", keys, asked))

    print("| names | how many | filled, names/s | 1,000 found, µs | 1,000 new ones, µs | bytes each, beside the text |")
    print("|---|---|---|---|---|---|")
    for line in lines:
        added = "" if line.add_us is None else f"{line.add_us:,.0f}"
        print(
            f"| {line.what} | {line.count:,} | {line.count / line.fill_s:,.0f} | {line.find_us:,.0f} | {added} "
            f"| {line.bytes_each:.1f} |"
        )
    sys.stdout.flush()
    del keys, lines, asked, more
    for what, sizes in (
        ("ids", _flat(lambda s: np.arange(s, s + _TURN, dtype=np.uint64) + np.uint64(2**40), RecordIds(fast))),
        ("keys", _flat(lambda s: [f"key {number}" for number in range(s, s + _TURN)], RecordKeys(fast))),
    ):
        print(f"a million fresh {what} written and deleted, twenty times: MB after each", *(f"{s:.1f}" for s in sizes))


if __name__ == "__main__":
    main()
