"""Arithmetic, on whole numbers of units: what a product or quotient has too much of is cut toward zero."""

from collections.abc import Sequence

from roarbase.model.fields import INT64_MAX
from roarbase.query.sql.later.operations.operation import NO_PLACE, Operation, failure

__all__ = ["ARITHMETIC", "ZERO_DIVISOR", "power_of_ten", "quotient"]

ZERO_DIVISOR = "divisor is equal to zero"
_BITS = 64


def quotient(number: int, divisor: int) -> int:
    """A quotient cut toward zero.

    >>> quotient(-7, 2), quotient(7, 2)
    (-3, 3)
    """
    whole = abs(number) // abs(divisor)
    return whole if (number < 0) == (divisor < 0) else -whole


def power_of_ten(places: int) -> int:
    """How many units make one, at so many places.

    >>> power_of_ten(2)
    100
    """
    return int(10**places)


def _divide(left: int, right: int, factor: int) -> int:
    if not right:
        raise failure(ZERO_DIVISOR)
    return quotient(left * factor, right)


def _modulo(left: int, right: int) -> int:
    if not right:
        raise failure(ZERO_DIVISOR)
    return left - right * quotient(left, right)


def _as_signed(number: int) -> int:
    """The number that the lowest 64 bits stand for."""
    low = number & int(2**_BITS - 1)
    return low if low <= INT64_MAX else low - int(2**_BITS)


def _shift_left(number: int, by: int) -> int:
    if by < 0:
        raise failure(f"negative shift amount '{by}'")
    return _as_signed(number << by) if by < _BITS else 0


def _shift_right(number: int, by: int) -> int:
    if by < 0:
        raise failure(f"negative shift amount '{by}'")
    return number >> min(by, _BITS)


def _complement(number: int) -> int:
    return ~number


def _guarded(number: str, divisor: str, text: str) -> str:
    return (
        f"(CASE WHEN {divisor} = 0 AND {number} IS NOT NULL THEN error('⟦{NO_PLACE}{ZERO_DIVISOR}⟧') ELSE {text} END)"
    )


def _divide_text(t: Sequence[str]) -> str:
    return _guarded(t[0], t[1], f"({t[0]} * {t[2]}) // {t[1]}")


def _modulo_text(t: Sequence[str]) -> str:
    return _guarded(t[0], t[1], f"CAST({t[0]} AS HUGEINT) % {t[1]}")


ARITHMETIC = (
    Operation(name="+", plain=lambda a, b: a + b, text=lambda t: f"({t[0]} + {t[1]})", has_whole_numbers=True),
    Operation(name="-", plain=lambda a, b: a - b, text=lambda t: f"({t[0]} - {t[1]})", has_whole_numbers=True),
    Operation(
        name="*",
        plain=lambda a, b, divisor: quotient(a * b, divisor),
        text=lambda t: f"(({t[0]} * {t[1]}) // {t[2]})",
        has_whole_numbers=True,
    ),
    Operation(
        name="rescale", plain=lambda a, factor: a * factor, text=lambda t: f"({t[0]} * {t[1]})", never_fails=True
    ),
    Operation(name="/", plain=_divide, text=_divide_text, has_whole_numbers=True, repeats=True),
    # In 64 bits, DuckDB has no rest of the lowest number divided by -1.
    Operation(name="%", plain=_modulo, text=_modulo_text, repeats=True),
    # DuckDB works out a minus before a constant when it reads it, whether or not anybody asks for it.
    Operation(name="negate", plain=lambda a: -a, text=lambda t: f"(0 - {t[0]})", has_whole_numbers=True),
    Operation(name="complement", plain=_complement, text=lambda t: f"(-1 - {t[0]})", never_fails=True),
    Operation(name="&", plain=lambda a, b: a & b, text=lambda t: f"({t[0]} & {t[1]})", never_fails=True),
    Operation(name="|", plain=lambda a, b: a | b, text=lambda t: f"({t[0]} | {t[1]})", never_fails=True),
    Operation(name="<<", plain=_shift_left),
    Operation(name=">>", plain=_shift_right),
)
