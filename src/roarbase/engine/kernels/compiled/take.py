"""take: what stands at some positions in some columns and planes."""

# mypy: ignore-errors
# numba gives these functions their types; to mypy they are all untyped.

from roarbase.engine.kernels.compiled.memory import bytes_at, halves_at, int64s_at, uint32s_at
from roarbase.engine.kernels.port import SHARD_POSITIONS

__all__ = ["take"]

_SHARD_BITS = SHARD_POSITIONS.bit_length() - 1
_IN_SHARD = SHARD_POSITIONS - 1


def take(addresses, widths, bases, positions, heads, out):
    """Write the value at positions[i] in slot k to out[k, i]; its width and base stand in the slot heads[k]."""
    for k in range(heads.size):
        head, values = heads[k], out[k]
        for i in range(positions.size):
            shard, inside = positions[i] >> _SHARD_BITS, positions[i] & _IN_SHARD
            address, width = addresses[k, shard], widths[head, shard]
            if address == 0:
                values[i] = 0
            elif width == 1:
                values[i] = bases[head, shard] + bytes_at(address + inside, 1)[0]
            elif width == 2:
                values[i] = bases[head, shard] + halves_at(address + 2 * inside, 1)[0]
            elif width == 4:
                values[i] = bases[head, shard] + uint32s_at(address + 4 * inside, 1)[0]
            else:
                values[i] = int64s_at(address + 8 * inside, 1)[0]
