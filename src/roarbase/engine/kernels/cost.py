"""How long a call will take, roughly: enough to say whether other threads are worth waking.

Figures are picoseconds per position on one core of a 2022 server, everything in the cache and nothing
skipped; a wrong guess costs some microseconds, or the help of a thread.
"""

from roarbase.engine.kernels.port import Op, Program, Shards

__all__ = ["WORTH_WAKING_PS", "program_cost", "threads_worth", "width_of"]

_BYTE = 17
"""Comparing one byte of a column or plane."""
_LOOK_UP = 350
"""Looking up one code."""
_BIT = 2
"""Combining bitmaps, one bit."""

_RANGES = {int(Op.RANGE), int(Op.AND_RANGE)}
_CODES = {int(Op.CODE), int(Op.AND_CODE)}
_LOOK_UPS = {int(Op.CODE_IN), int(Op.AND_CODE_IN)}

WORTH_WAKING_PS = 300_000_000
"""0.3 ms: below this one thread is as fast as two, since waking the second takes 20 microseconds or more."""
_SHARE_PS = 100_000_000
"""0.1 ms: what each further thread should find to do."""


def width_of(shards: Shards, slot: int) -> int:
    """The width of a column or plane: that of the first shard stands for all."""
    return int(shards.widths[0, slot]) or 1 if len(shards.extents) else 1


def program_cost(shards: Shards, program: Program) -> int:
    """Picoseconds per position for the program alone."""
    total = _BIT
    for op, slot, _, planes in program.rows.tolist():
        if op in _RANGES:
            total += _BYTE * width_of(shards, slot)
        elif op in _CODES:
            total += _BYTE * width_of(shards, slot) * planes
        elif op in _LOOK_UPS:
            total += _LOOK_UP * planes
        else:
            total += _BIT
    return total


def threads_worth(expected_ps: int, most: int, worth_waking_ps: int) -> int:
    """How many threads to use for so much work: 1 to `most`."""
    return 1 if expected_ps < worth_waking_ps else min(most, max(2, expected_ps // _SHARE_PS))
