"""Masked least and greatest of 64 values, kept in vector registers from word to word."""

# mypy: ignore-errors
# numba gives these functions their types; to mypy they are all untyped.

from numba import types
from numba.extending import intrinsic

from roarbase.engine.kernels.compiled.lanes import ELEMENTS, Lanes
from roarbase.engine.kernels.compiled.reductions import masked_parts, reduced, started

__all__ = ["extreme_start", "extreme_step", "extreme_value"]

_REGISTER_BITS = 512


def _extremes(width):
    bits = 8 * width
    return Lanes(bits, _REGISTER_BITS // bits)


def _outermost(width, name):
    """What no value lies beyond: where the search for the least (greatest) starts, and what masked lanes count as."""
    if width == 8:
        return 2**63 - 1 if name == "min" else -(2**63)
    return 2 ** (8 * width) - 1 if name == "min" else 0


def _extreme_step(width, name):
    lanes, other = _extremes(width), _outermost(width, name)

    @intrinsic
    def step(_context, extremes, address, mask):  # noqa: ARG001
        def generate(_context, builder, _signature, arguments):
            extremes, address, mask = arguments
            compare = builder.icmp_signed if width == 8 else builder.icmp_unsigned
            for values in masked_parts(builder, address, mask, ELEMENTS[width], lanes.count, other):
                is_better = compare("<" if name == "min" else ">", values, extremes)
                extremes = builder.select(is_better, values, extremes)
            return extremes

        return lanes(lanes, types.int64, types.uint64), generate

    return step


_CHOICES = [(width, name) for width in ELEMENTS for name in ("min", "max")]

extreme_start = {(width, name): started(_extremes(width), _outermost(width, name)) for width, name in _CHOICES}
extreme_step = {(width, name): _extreme_step(width, name) for width, name in _CHOICES}
"""(extremes so far, address, mask): by width and "min" or "max"."""
extreme_value = {
    (width, name): reduced(_extremes(width), ("s" if width == 8 else "u") + name, width == 8)
    for width, name in _CHOICES
}
