"""take: the values that some positions have in number columns and code planes."""

# mypy: ignore-errors
# numba gives these functions their types; to mypy they are all untyped.

from numba import int64, njit

from roarbase.engine.kernels.compiled.memory import HELPER, bytes_at, halves_at, int64s_at, uint32s_at, words_at
from roarbase.engine.kernels.port import NOT_NULL_OFFSET, SHARD_POSITIONS

__all__ = ["take"]

_SHARD_BITS = SHARD_POSITIONS.bit_length() - 1
_IN_SHARD = SHARD_POSITIONS - 1


def take(addresses, widths, bases, positions, firsts, are_codes, indexes, members, stops):
    """Write which positions have a value in a column, and the value, one column behind the other.

    Column c has the slots firsts[c] to firsts[c + 1], its width and base in the first, and its pairs end at stops[c].
    """
    found = 0
    for column in range(are_codes.size):
        first, behind = firsts[column], firsts[column + 1]
        for i in range(positions.size):
            shard, inside = positions[i] >> _SHARD_BITS, positions[i] & _IN_SHARD
            width, base = widths[first, shard], bases[first, shard]
            if are_codes[column]:
                for slot in range(first, behind):
                    code = _value_at(addresses[slot, shard], width, base, inside)
                    # Written in any case, and kept if it is one: which it will be no processor guesses.
                    indexes[found], members[found] = i, code - 1
                    found += int64(code != 0)
            elif _has_number(addresses[first, shard], addresses[first + NOT_NULL_OFFSET, shard], inside):
                indexes[found], members[found] = i, _value_at(addresses[first, shard], width, base, inside)
                found += 1
        stops[column] = found


@njit(**HELPER)
def _has_number(values, not_null, inside):
    if not_null == 0:
        return values != 0
    return (words_at(not_null + 8 * (inside >> 6), 1)[0] >> (inside & 63)) & 1 != 0


@njit(**HELPER)
def _value_at(address, width, base, inside):
    if address == 0:
        return 0
    if width == 1:
        return base + bytes_at(address + inside, 1)[0]
    if width == 2:
        return base + halves_at(address + 2 * inside, 1)[0]
    if width == 4:
        return base + uint32s_at(address + 4 * inside, 1)[0]
    return int64s_at(address + 8 * inside, 1)[0]
