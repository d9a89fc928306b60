"""Comparisons: 64 values become one word of bits."""

# mypy: ignore-errors
# numba gives these functions their types; to mypy they are all untyped.

from numba import types
from numba.extending import intrinsic

from roarbase.engine.kernels.compiled.lanes import ELEMENTS, I64, LANES, load, splat

__all__ = ["equal", "unequal", "within"]


def _within(width):
    @intrinsic
    def within(_context, address, low, high):  # noqa: ARG001
        def generate(_context, builder, _signature, arguments):
            element = ELEMENTS[width]
            values = load(builder, arguments[0], element, LANES)
            low, high = (
                splat(builder, builder.trunc(bound, element) if width < 8 else bound, LANES) for bound in arguments[1:]
            )
            compare = builder.icmp_signed if width == 8 else builder.icmp_unsigned
            return builder.bitcast(builder.and_(compare(">=", values, low), compare("<=", values, high)), I64)

        return types.uint64(types.int64, types.int64, types.int64), generate

    return within


within = {width: _within(width) for width in ELEMENTS}
"""(address, low, high): which of 64 values are in low..high. Width 8 is signed, the others are not."""


def _compare(width, relation):
    @intrinsic
    def compare(_context, address, value):  # noqa: ARG001
        def generate(_context, builder, _signature, arguments):
            element = ELEMENTS[width]
            values = load(builder, arguments[0], element, LANES)
            wanted = splat(builder, builder.trunc(arguments[1], element), LANES)
            return builder.bitcast(builder.icmp_unsigned(relation, values, wanted), I64)

        return types.uint64(types.int64, types.int64), generate

    return compare


equal = {width: _compare(width, "==") for width in (1, 2, 4)}
"""(address, value): which of 64 values are this one."""
unequal = {width: _compare(width, "!=") for width in (1, 2, 4)}
"""(address, value): which of 64 values are another."""
