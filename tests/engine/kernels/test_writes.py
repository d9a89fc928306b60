"""The compiled write kernels do to buffers what their plain twins do, whatever is written."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roarbase.engine.buffers.buffers import Buffers
from roarbase.engine.buffers.layout import SHARD_BITS, aligned
from roarbase.engine.kernels.calls import Entries
from roarbase.engine.kernels.port import SHARD_POSITIONS
from roarbase.engine.kernels.writes.fast import FastWrites
from roarbase.engine.kernels.writes.plain import PlainWrites
from roarbase.engine.kernels.writes.port import WriteKernels
from roarbase.model.fields import INT64_MAX, INT64_MIN

CAPACITY = 16_384 * 2
SHARDS = 3
WIDTHS = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.int64}
SPOTS = st.sampled_from([0, 1, 63, 64, 16_383, 16_384, CAPACITY - 1]) | st.integers(0, CAPACITY - 1)
POSITIONS = st.builds(lambda shard, spot: shard * SHARD_POSITIONS + spot, st.integers(0, SHARDS - 1), SPOTS)
UNIQUE = st.lists(POSITIONS, max_size=40, unique=True)
FLAGS = st.integers(0, 1)


@pytest.fixture(scope="module")
def writes(entries: Entries) -> FastWrites:
    """The compiled write kernels."""
    return FastWrites(entries)


def lists_of(values: Any, count: int) -> st.SearchStrategy[list[int]]:
    return st.lists(values, min_size=count, max_size=count)


def int64s(values: Any) -> np.ndarray:
    return np.array(values, np.int64)


def flags(values: Any) -> np.ndarray:
    return np.array(values, np.uint8)


def filled(slots: list[tuple[Any, int]], there: list[bool], seed: int, bases: list[int] | None = None) -> Buffers:
    """Buffers with random content: dtype and length per slot, only in some shards."""
    random = np.random.default_rng(seed)
    buffers = Buffers(len(slots))
    buffers.extend(shards=SHARDS)
    for shard in range(SHARDS):
        for slot, (dtype, length) in enumerate(slots):
            if there[shard]:
                buffer = aligned(length, dtype)
                buffer[:] = random.integers(0, 3, length)
                buffers.put(slot, shard, buffer, base=bases[shard] if bases else 0)
    return buffers


def planes_of(width: int, there: list[bool], seed: int) -> Buffers:
    """Planes that are filled from the first, in which a record holds a code once."""
    buffers = filled([(WIDTHS[width], CAPACITY)] * 12, there, seed)
    for shard in range(SHARDS):
        for slot in range(12):
            plane = buffers.get(slot, shard)
            if plane is not None:
                before = buffers.get(slot - 1, shard) if slot else np.ones(CAPACITY)
                plane[:] = np.where(before, np.minimum(plane, 1) * (12 - slot), 0)
    return buffers


def content(buffers: Buffers) -> list[Any]:
    return [[None if b is None else b.tobytes() for b in row] for row in buffers._buffers]


def both(make: Callable[[], Buffers], run: Callable[[WriteKernels, Buffers], list[Any]], writes: FastWrites) -> None:
    """Run on two equal columns, and compare what is told and what then stands in the buffers."""
    plain, fast = make(), make()
    told = [[np.asarray(what).tolist() for what in run(PlainWrites(), plain)]]
    told += [[np.asarray(what).tolist() for what in run(writes, fast)]]
    assert told[0] == told[1]
    assert content(plain) == content(fast)


@settings(deadline=None)
@given(st.data(), st.sampled_from([*WIDTHS]), st.booleans(), UNIQUE, st.integers(0, 99))
def test_numbers(writes: FastWrites, data: Any, width: int, has_nulls: bool, positions: list[int], seed: int) -> None:
    """Numbers replaced and cleared in every width, with a not-null bitmap and without, if all of them fit."""
    bases = [-5, 0, 7] if width < 8 else [0, 0, 0]
    offsets = st.integers(0, 200) | st.sampled_from([-1, 255, 256, 2**16, 2**32 - 1, 2**32])
    values = [bases[at // SHARD_POSITIONS] + data.draw(offsets) for at in positions]
    is_value, is_fresh = (flags(data.draw(lists_of(FLAGS, len(positions)))) for _ in range(2))

    def make() -> Buffers:
        slots = [(WIDTHS[width], CAPACITY), (np.uint64, CAPACITY // 64), (np.int64, 4)]
        buffers = filled(slots, [True] * SHARDS, seed, bases)
        if not has_nulls:
            for shard in range(SHARDS):
                buffers.put(1, shard, None)
        return buffers

    def run(kernels: WriteKernels, buffers: Buffers) -> list[Any]:
        old, had = np.zeros(len(positions), np.int64), np.zeros(len(positions), np.uint8)
        held_counts = np.full(SHARDS, 100)
        fits = kernels.swap_numbers(
            *(buffers.addresses, buffers.widths, buffers.bases, int64s(positions), int64s(values)),
            *(is_value, is_fresh, held_counts, old, had),
        )
        return [np.where(had, old, 0), had, held_counts, np.array(fits)]

    both(make, run, writes)


@settings(deadline=None)
@given(st.data(), st.sampled_from([1, 2, 4]), UNIQUE, lists_of(st.booleans(), SHARDS), st.integers(0, 99))
def test_codes(writes: FastWrites, data: Any, width: int, positions: list[int], there: list[bool], seed: int) -> None:
    """Codes replaced, cleared and counted, in shards with a plane and without, if all of them fit."""
    fitting = st.integers(-1, 200) | st.sampled_from([254, 255])
    codes = [data.draw(fitting) if there[position // SHARD_POSITIONS] else -1 for position in positions]

    def run(kernels: WriteKernels, buffers: Buffers) -> list[Any]:
        old, counts = np.zeros(len(positions), np.int64), np.full(256, 100)
        fits = kernels.swap_codes(buffers.addresses, buffers.widths, int64s(positions), int64s(codes), counts, old)
        return [old if fits else [], counts, np.array(fits)]

    both(lambda: filled([(WIDTHS[width], CAPACITY)], there, seed), run, writes)


@settings(deadline=None)
@given(
    st.sampled_from([1, 2, 4]),
    st.lists(st.tuples(POSITIONS, st.integers(0, 5) | st.sampled_from([14, 254, 255, 65_535])), max_size=40),
    lists_of(st.booleans(), SHARDS),
    st.integers(0, 99),
)
def test_sets(writes: FastWrites, width: int, pairs: list[tuple[int, int]], there: list[bool], seed: int) -> None:
    """Codes go in order to the first empty plane; what is there already is not written; others wait for room."""
    positions, codes = int64s([at for at, _ in pairs]), int64s([code for _, code in pairs])

    def run(kernels: WriteKernels, buffers: Buffers) -> list[Any]:
        told, counts = np.zeros(len(pairs), np.uint8), np.zeros(2**16, np.int64)
        waiting = kernels.add_codes(buffers.addresses, buffers.widths, positions, codes, counts, told)
        return [told, counts, np.array(waiting)]

    both(lambda: planes_of(width, there, seed), run, writes)


@settings(deadline=None)
@given(st.data(), st.lists(POSITIONS, max_size=40), lists_of(st.booleans(), SHARDS), st.integers(0, 99))
def test_bits(writes: FastWrites, data: Any, positions: list[int], there: list[bool], seed: int) -> None:
    """Bits of several bitmaps set and cleared, the last word counting; then asked for, in and behind the shards."""
    codes = int64s(data.draw(lists_of(st.integers(-1, 5), len(positions))))
    numbers = int64s([2, -1, 0, 1])
    is_set = flags(data.draw(lists_of(FLAGS, len(positions))))

    def run(kernels: WriteKernels, buffers: Buffers) -> list[Any]:
        absent = kernels.change_bits(buffers.addresses, numbers, int64s(positions), codes, is_set)
        asked = int64s([*positions, SHARD_POSITIONS - 1, SHARDS * SHARD_POSITIONS + 5])
        has, lengths = np.ones(len(asked), np.uint8), int64s([CAPACITY, 64, CAPACITY])
        kernels.has_bits(buffers.addresses[1].copy(), lengths, SHARD_BITS, asked, has)
        return [has, np.array(absent)]

    both(lambda: filled([(np.uint64, CAPACITY // 64)] * 3, there, seed), run, writes)


@given(st.lists(st.tuples(POSITIONS, st.sampled_from([INT64_MIN, -1, 0, 5, INT64_MAX]))))
def test_bounds(writes: FastWrites, pairs: list[tuple[int, int]]) -> None:
    """The bounds of each shard are those of its values."""
    for kernels in (PlainWrites(), writes):
        lows, highs = np.full(SHARDS, INT64_MAX), np.full(SHARDS, INT64_MIN)
        kernels.bounds(int64s([at for at, _ in pairs]), int64s([value for _, value in pairs]), lows, highs)
        for shard in range(SHARDS):
            mine = [value for at, value in pairs if at // SHARD_POSITIONS == shard]
            assert (lows[shard], highs[shard]) == (min(mine, default=INT64_MAX), max(mine, default=INT64_MIN))


WORDS = st.integers(0, 30) | st.sampled_from([2**32, 2**52 - 1])


@given(
    st.lists(st.lists(st.lists(WORDS, min_size=1, max_size=40, unique=True).map(sorted), max_size=3), max_size=3),
    st.lists(st.tuples(st.integers(0, 2), WORDS), max_size=40),
)
def test_words(writes: FastWrites, shards: list[list[list[int]]], asked: list[tuple[int, int]]) -> None:
    """A word is there if one of its shard's runs has it."""
    runs = [np.array(run, np.uint64) for shard in shards for run in shard]
    pairs = sorted((shard, word) for shard, word in asked if shard < len(shards))
    words = np.array([(shard << 52) + word for shard, word in pairs], np.uint64)
    for kernels in (PlainWrites(), writes):
        has = np.ones(len(words), np.uint8)
        firsts = np.cumsum([0, *map(len, shards)])
        kernels.has_words(int64s([run.ctypes.data for run in runs]), int64s([*map(len, runs)]), firsts, words, has)
        assert has.tolist() == [any(word in run for run in shards[shard]) for shard, word in pairs]
