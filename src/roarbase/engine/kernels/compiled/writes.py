"""Writes: numbers, codes and bits changed position by position, as `kernels/writes/port.py` says.

Helpers that are called for each entry take numbers alone: an array that is passed on has its references counted, by
numba, which takes 20 ns a time.
"""

# mypy: ignore-errors
# numba gives these functions their types; to mypy they are all untyped.

from numba import int64, njit, uint8, uint64

from roarbase.engine.kernels.compiled.memory import (
    HELPER,
    NO_BITS,
    ONE_BIT,
    bytes_at,
    halves_at,
    int64s_at,
    prefetch,
    uint32s_at,
    words_at,
)
from roarbase.engine.kernels.port import BLOCK_POSITIONS, NOT_NULL_OFFSET, SHARD_POSITIONS, ZONES_OFFSET
from roarbase.engine.kernels.writes.port import ADDED, HELD, WAITS

__all__ = [
    "add_codes",
    "change_bits",
    "has_bits",
    "has_words",
    "swap_codes",
    "swap_numbers",
    "value_bounds",
]

_SHARD_BITS = SHARD_POSITIONS.bit_length() - 1
_IN_SHARD = SHARD_POSITIONS - 1
_BLOCK_BITS = BLOCK_POSITIONS.bit_length() - 1
_WORD_BITS = uint64(_SHARD_BITS + 32)
_IN_WORD = uint64((1 << (_SHARD_BITS + 32)) - 1)
_AHEAD = 16
"""Entries lie far apart, and branches depend on what stands there: unless it is asked for so many entries before, the
processor waits for memory at each of them, one after the other."""
_PLANES_AHEAD = 6
"""Few records hold more codes."""


@njit(**HELPER)
def _read_at(address, width, inside):
    """What stands at a position of a column or plane, as an unsigned number; the number itself in 8 bytes."""
    if width == 1:
        return int64(bytes_at(address + inside, 1)[0])
    if width == 2:
        return int64(halves_at(address + 2 * inside, 1)[0])
    if width == 4:
        return int64(uint32s_at(address + 4 * inside, 1)[0])
    return int64s_at(address + 8 * inside, 1)[0]


@njit(**HELPER)
def _write_at(address, width, inside, value):
    if width == 1:
        bytes_at(address + inside, 1)[0] = value
    elif width == 2:
        halves_at(address + 2 * inside, 1)[0] = value
    elif width == 4:
        uint32s_at(address + 4 * inside, 1)[0] = value
    else:
        int64s_at(address + 8 * inside, 1)[0] = value


@njit(**HELPER)
def _has_bit(words, inside):
    word = words_at(words + 8 * (inside >> 6), 1)[0]
    return (word >> uint64(inside & 63)) & ONE_BIT != NO_BITS


@njit(**HELPER)
def _change_bit(words, inside, is_set):
    word, bit = words_at(words + 8 * (inside >> 6), 1), ONE_BIT << uint64(inside & 63)
    if is_set:
        word[0] |= bit
    else:
        word[0] &= ~bit


@njit(**HELPER)
def _prefetch_bit(words, inside):
    """Have a bit near; without a bitmap, nothing of meaning."""
    prefetch(words + 8 * (inside >> 6))


@njit(**HELPER)
def _code_limit(width):
    """No code plus one in a plane of this width is so large."""
    return int64(1) << (8 * width)


@njit(**HELPER)
def _fits(width, base, value):
    """Whether a number can stand in a column of this width, 0 being none."""
    return width == 8 or (width != 0 and value >= base and uint64(value - base) >> uint64(8 * width) == NO_BITS)


def value_bounds(positions, values, lows, highs):
    """Widen the bounds of each shard to hold the values that go there."""
    for i in range(len(positions)):
        shard = positions[i] >> _SHARD_BITS
        lows[shard] = min(lows[shard], values[i])
        highs[shard] = max(highs[shard], values[i])


def swap_numbers(addresses, widths, bases, positions, values, is_value, is_fresh, held_counts, old, had):
    """Replace or clear numbers; what stood there goes to `old`, whether something did to `had`. No, if one is unfit."""
    for i in range(len(positions)):
        shard = positions[i] >> _SHARD_BITS
        if is_value[i] and not _fits(widths[0, shard], bases[0, shard], values[i]):
            return False
    for i in range(len(positions)):
        if i + _AHEAD < len(positions):
            shard, inside = positions[i + _AHEAD] >> _SHARD_BITS, positions[i + _AHEAD] & _IN_SHARD
            prefetch(addresses[0, shard] + widths[0, shard] * inside)
            _prefetch_bit(addresses[NOT_NULL_OFFSET, shard], inside)
            prefetch(addresses[ZONES_OFFSET, shard] + 16 * (inside >> _BLOCK_BITS))
        shard, inside = positions[i] >> _SHARD_BITS, positions[i] & _IN_SHARD
        column, not_null = addresses[0, shard], addresses[NOT_NULL_OFFSET, shard]
        width, base = widths[0, shard], bases[0, shard]
        held = _has_bit(not_null, inside) if not_null != 0 else column != 0 and is_fresh[i] == 0
        had[i] = uint8(1) if held else uint8(0)
        if held:
            old[i] = _read_at(column, width, inside) + base
            held_counts[shard] -= 1
        if is_value[i]:
            _write_at(column, width, inside, values[i] - base)
            held_counts[shard] += 1
            zone = int64s_at(addresses[ZONES_OFFSET, shard] + 16 * (inside >> _BLOCK_BITS), 2)
            zone[0] = min(zone[0], values[i])
            zone[1] = max(zone[1], values[i])
        if not_null != 0:
            _change_bit(not_null, inside, is_value[i])
    return True


def swap_codes(addresses, widths, positions, codes, counts, old):
    """Replace codes of one plane, and count them; those before go to `old`. No, if one is unfit."""
    for i in range(len(positions)):
        if codes[i] >= 0 and codes[i] + 1 >= _code_limit(widths[0, positions[i] >> _SHARD_BITS]):
            return False
    for i in range(len(positions)):
        if i + _AHEAD < len(positions):
            shard, inside = positions[i + _AHEAD] >> _SHARD_BITS, positions[i + _AHEAD] & _IN_SHARD
            prefetch(addresses[0, shard] + widths[0, shard] * inside)
        shard, inside = positions[i] >> _SHARD_BITS, positions[i] & _IN_SHARD
        old[i] = -1
        if addresses[0, shard] != 0:
            old[i] = _read_at(addresses[0, shard], widths[0, shard], inside) - 1
            _write_at(addresses[0, shard], widths[0, shard], inside, codes[i] + 1)
            if old[i] >= 0:
                counts[old[i]] -= 1
            if codes[i] >= 0:
                counts[codes[i]] += 1
    return True


def add_codes(addresses, widths, positions, codes, counts, told):
    """Give records codes, and count them; how many found no room."""
    planes, waiting = addresses.shape[0], int64(0)
    for i in range(len(positions)):
        if i + _AHEAD < len(positions) and positions[i + _AHEAD] != positions[i + _AHEAD - 1]:
            shard, inside = positions[i + _AHEAD] >> _SHARD_BITS, positions[i + _AHEAD] & _IN_SHARD
            for slot in range(min(planes, _PLANES_AHEAD)):
                if addresses[slot, shard] == 0:
                    break
                prefetch(addresses[slot, shard] + widths[0, shard] * inside)
        shard, inside = positions[i] >> _SHARD_BITS, positions[i] & _IN_SHARD
        width, wanted = widths[0, shard], codes[i] + 1
        slot, there = int64(0), int64(-1)
        while slot < planes and addresses[slot, shard] != 0:
            there = _read_at(addresses[slot, shard], width, inside)
            if there == 0 or there == wanted:
                break
            slot += 1
        if there == wanted:
            told[i] = HELD
        elif there == 0 and wanted < _code_limit(width):
            _write_at(addresses[slot, shard], width, inside, wanted)
            counts[codes[i]] += 1
            told[i] = ADDED
        else:
            told[i] = WAITS
            waiting += 1
    return waiting


def change_bits(addresses, numbers, positions, codes, is_set):
    """Set or clear one bit per entry, in the bitmap of its code; how many to be set have no bitmap in their shard."""
    absent = int64(0)
    for i in range(len(positions)):
        if i + _AHEAD < len(positions):
            code, position = codes[i + _AHEAD], positions[i + _AHEAD]
            bitmap = numbers[code] if 0 <= code < len(numbers) else -1
            if bitmap >= 0:
                _prefetch_bit(addresses[bitmap, position >> _SHARD_BITS], position & _IN_SHARD)
        bitmap = numbers[codes[i]] if 0 <= codes[i] < len(numbers) else -1
        if bitmap >= 0:
            words = addresses[bitmap, positions[i] >> _SHARD_BITS]
            if words != 0:
                _change_bit(words, positions[i] & _IN_SHARD, is_set[i])
            elif is_set[i]:
                absent += 1
    return absent


def has_bits(addresses, lengths, bits, positions, has):
    """Whether each position's bit is set."""
    for i in range(len(positions)):
        if i + _AHEAD < len(positions):
            shard, inside = positions[i + _AHEAD] >> bits, positions[i + _AHEAD] & ((1 << bits) - 1)
            if shard < len(addresses):
                _prefetch_bit(addresses[shard], inside)
        shard, inside = positions[i] >> bits, positions[i] & ((1 << bits) - 1)
        is_there = shard < len(addresses) and inside < lengths[shard] and addresses[shard] != 0
        has[i] = uint8(1) if is_there and _has_bit(addresses[shard], inside) else uint8(0)


def has_words(runs, lengths, firsts, words, places, has):
    """Whether each word is in a run of its shard. `places` is memory to work in."""
    start = int64(0)
    while start < len(words):
        shard, stop = int64(words[start] >> _WORD_BITS), start
        while stop < len(words) and int64(words[stop] >> _WORD_BITS) == shard:
            has[stop] = 0
            stop += 1
        for number in range(firsts[shard], firsts[shard + 1]):
            _search(words_at(runs[number], lengths[number]), words[start:stop], places[start:stop], has[start:stop])
        start = stop


@njit(**HELPER)
def _search(run, words, places, has):
    """Note which words are in a run. All are sought step by step together, so that they wait for memory together."""
    places[:] = 0
    length = len(run)
    while length > 1:
        half = length >> 1
        for i in range(len(words)):
            places[i] += half if run[places[i] + half - 1] < words[i] & _IN_WORD else 0
        length -= half
    for i in range(len(words)):
        wanted, at = words[i] & _IN_WORD, places[i]
        if run[at] < wanted:
            at += 1
        if at < len(run) and run[at] == wanted:
            has[i] = 1
