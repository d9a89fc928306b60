"""How the threads of one call share its blocks: a counter in memory, from which each takes the next few.

Blocks are numbered through all shards, 64 to a shard. `shared` is int64 [16]: the next block, and on another
cache line the next thread's number. A thread that comes late finds nothing left and is no loss.
"""

# mypy: ignore-errors
# numba gives these functions their types; to mypy they are all untyped.

from numba import njit

from roarbase.engine.kernels.compiled.memory import HELPER, address_of, fetch_add

__all__ = ["next_blocks", "thread_number"]

_THREAD_BYTES = 64


@njit(**HELPER)
def next_blocks(shared, step):
    """The first of the next `step` blocks; beyond the last when all are taken."""
    return fetch_add(address_of(shared), step)


@njit(**HELPER)
def thread_number(shared):
    """Which of the threads of this call asks: 0, 1, ..."""
    return fetch_add(address_of(shared) + _THREAD_BYTES, 1)
