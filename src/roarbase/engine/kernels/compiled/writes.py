"""Writes: numbers, codes and bits changed position by position, as `kernels/writes/port.py` says."""

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
    uint32s_at,
    words_at,
)
from roarbase.engine.kernels.port import BLOCK_POSITIONS, NOT_NULL_OFFSET, SHARD_POSITIONS, ZONES_OFFSET

__all__ = ["change_bits", "find_slots", "has_bits", "put_codes", "swap_codes", "swap_numbers", "value_bounds"]

_SHARD_BITS = SHARD_POSITIONS.bit_length() - 1
_IN_SHARD = SHARD_POSITIONS - 1
_BLOCK_BITS = BLOCK_POSITIONS.bit_length() - 1


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


def value_bounds(positions, values, lows, highs):
    """Widen the bounds of each shard to hold the values that go there."""
    for i in range(len(positions)):
        shard = positions[i] >> _SHARD_BITS
        lows[shard] = min(lows[shard], values[i])
        highs[shard] = max(highs[shard], values[i])


def swap_numbers(addresses, widths, bases, positions, values, is_value, is_fresh, old, had):
    """Replace or clear numbers; what stood there goes to `old`, whether something did to `had`."""
    for i in range(len(positions)):
        shard, inside = positions[i] >> _SHARD_BITS, positions[i] & _IN_SHARD
        column, not_null = addresses[0, shard], addresses[NOT_NULL_OFFSET, shard]
        width, base = widths[0, shard], bases[0, shard]
        held = _has_bit(not_null, inside) if not_null != 0 else column != 0 and is_fresh[i] == 0
        had[i] = uint8(1) if held else uint8(0)
        if held:
            old[i] = _read_at(column, width, inside) + base
        if is_value[i]:
            _write_at(column, width, inside, values[i] - base)
            zone = int64s_at(addresses[ZONES_OFFSET, shard] + 16 * (inside >> _BLOCK_BITS), 2)
            zone[0] = min(zone[0], values[i])
            zone[1] = max(zone[1], values[i])
        if not_null != 0:
            _change_bit(not_null, inside, is_value[i])


def swap_codes(addresses, widths, positions, codes, old):
    """Replace codes of one plane; those before go to `old`."""
    for i in range(len(positions)):
        shard, inside = positions[i] >> _SHARD_BITS, positions[i] & _IN_SHARD
        old[i] = -1
        if addresses[0, shard] != 0:
            old[i] = _read_at(addresses[0, shard], widths[0, shard], inside) - 1
            _write_at(addresses[0, shard], widths[0, shard], inside, codes[i] + 1)


def find_slots(addresses, widths, positions, codes, slots):
    """Where each code of a record will stand; -1 where it stands already."""
    planes, before, added = addresses.shape[0], int64(-1), int64(0)
    for i in range(len(positions)):
        if positions[i] != before:
            before, added = positions[i], int64(0)
        shard, inside = positions[i] >> _SHARD_BITS, positions[i] & _IN_SHARD
        slot = int64(0)
        while slot < planes and addresses[slot, shard] != 0:
            found = _read_at(addresses[slot, shard], widths[0, shard], inside)
            if found == 0 or found == codes[i] + 1:
                break
            slot += 1
        if slot < planes and addresses[slot, shard] != 0 and found != 0:
            slots[i] = -1
        else:
            slots[i] = slot + added
            added += 1


def put_codes(addresses, widths, positions, codes, slots):
    """Write codes into the planes found for them."""
    for i in range(len(positions)):
        if slots[i] >= 0:
            shard, inside = positions[i] >> _SHARD_BITS, positions[i] & _IN_SHARD
            _write_at(addresses[slots[i], shard], widths[0, shard], inside, codes[i] + 1)


def change_bits(addresses, bitmaps, positions, is_set):
    """Set or clear one bit per entry, where its bitmap has the shard."""
    for i in range(len(positions)):
        words = addresses[bitmaps[i], positions[i] >> _SHARD_BITS]
        if words != 0:
            _change_bit(words, positions[i] & _IN_SHARD, is_set[i])


def has_bits(addresses, positions, has):
    """Whether each position's bit is set."""
    for i in range(len(positions)):
        shard = positions[i] >> _SHARD_BITS
        is_there = shard < len(addresses) and addresses[shard] != 0
        has[i] = uint8(1) if is_there and _has_bit(addresses[shard], positions[i] & _IN_SHARD) else uint8(0)
