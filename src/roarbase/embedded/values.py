"""The kinds of values that come in columns, before they are known to fit a field.

Every kind says which of its values are null; what stands there instead has no meaning.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from roarbase.embedded.place import shown
from roarbase.model.timestamps import is_in_range, timestamp_text

__all__ = [
    "Booleans",
    "Decimals",
    "Floats",
    "Integers",
    "Lists",
    "Mask",
    "Moments",
    "Nulls",
    "Texts",
    "Values",
    "are_values",
    "describe",
]

Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True)
class Nulls:
    """Nothing but nulls."""

    length: int

    kind = "null"

    def __len__(self) -> int:
        return self.length


@dataclass(frozen=True, kw_only=True, slots=True)
class Integers:
    """Whole numbers of any width."""

    values: NDArray[np.integer]
    is_null: Mask | None = None

    kind = "integers"

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True, kw_only=True, slots=True)
class Floats:
    """Binary floating point numbers."""

    values: NDArray[np.floating]
    is_null: Mask | None = None

    kind = "floats"

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True, kw_only=True, slots=True)
class Booleans:
    """True or false."""

    values: Mask
    is_null: Mask | None = None

    kind = "booleans"

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True, kw_only=True, slots=True)
class Decimals:
    """Decimals with `scale` places, which may be negative: numbers times 10^scale.

    `fits` says which of them are within 64 bits; None: all of them.
    """

    values: NDArray[np.int64]
    scale: int
    fits: Mask | None = None
    is_null: Mask | None = None

    kind = "decimals"

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True, kw_only=True, slots=True)
class Moments:
    """Points in time: seconds since 1970 in UTC, times 10^places."""

    values: NDArray[np.int64]
    places: int
    is_null: Mask | None = None

    kind = "timestamps"

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True, kw_only=True, slots=True)
class Texts:
    """Strings, each written once: entry i is `keys[codes[i]]`, and where it is null, no key at all."""

    codes: NDArray[np.integer]
    keys: Sequence[str]
    is_null: Mask | None = None

    kind = "strings"

    def __len__(self) -> int:
        return len(self.codes)


@dataclass(frozen=True, kw_only=True, slots=True)
class Lists:
    """Lists: entry i has the elements from `offsets[i]` to `offsets[i + 1]`; a null one has none."""

    offsets: NDArray[np.int64]
    elements: "Values"
    is_null: Mask | None = None

    kind = "lists"

    def __len__(self) -> int:
        return len(self.offsets) - 1


Values = Nulls | Integers | Floats | Booleans | Decimals | Moments | Texts | Lists


def are_values(values: Values) -> Mask:
    """Which entries are not null."""
    if isinstance(values, Nulls):
        return np.zeros(len(values), np.bool_)
    return np.ones(len(values), np.bool_) if values.is_null is None else ~values.is_null


def describe(values: Values, row: int) -> str:
    """One value as an error repeats it."""
    match values:
        case Decimals(fits=fits) if fits is not None and not fits[row]:
            return "a number beyond 64 bits"
        case Decimals():
            return f"{Decimal(int(values.values[row])).scaleb(-values.scale):f}"
        case Moments():
            number = int(values.values[row])
            is_shown = is_in_range(Decimal(number).scaleb(-values.places), "s")
            return timestamp_text(number, values.places) if is_shown else "a moment outside of years 1 to 9999"
        case Texts():
            return shown(values.keys[int(values.codes[row])])
        case Integers() | Floats() | Booleans():
            return shown(values.values[row].item())
        case _:
            return values.kind
