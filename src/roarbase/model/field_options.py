"""Every option of a field, in one table.

What `POST .../fields/{field}` and a sink's `config` take, what is refused, what a table shows of its
fields, when a sink fits a field, the OpenAPI document and docs/fields.md come from these rows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from roarbase.model.durations import duration_ns
from roarbase.model.field_types import TYPE_NAMES
from roarbase.model.fields import (
    INT64_MAX,
    INT64_MIN,
    MAXIMUM_DIMENSIONS,
    MAXIMUM_LENGTH,
    MAXIMUM_SCALE,
    FieldSpec,
    FieldType,
)
from roarbase.model.option_values import (
    Read,
    one_of,
    read_bound,
    read_epoch,
    read_flag,
    read_quantum,
    read_text,
    read_ttl,
    shown_bound,
    whole_number,
)
from roarbase.model.timestamps import timestamp_seconds

__all__ = ["FIELD_OPTIONS", "OPTION", "Agreement", "FieldOption"]

_MAXIMUM_CACHE_SIZE = 2**32 - 1


class Agreement(StrEnum):
    """Whether a sink must say the same of a field that exists."""

    ALWAYS = "must be the same"
    IF_GIVEN = "must be the same if the sink gives it"
    NEVER = "may differ; the field's counts"


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldOption:
    """One option.

    Attributes:
        name: As REST spells it.
        config: As a sink's `config` spells it; empty where a sink says it otherwise, or cannot.
        attribute: Where FieldSpec keeps it.
        types: The types that take it.
        form: The type of its value in JSON.
        read: How its value is read.
        show: What REST shows of a field that takes it; None shows nothing.
        meaning: What makes two values the same.
        default: What counts if it is not given, in words; empty where it has to be given.
    """

    name: str
    attribute: str
    types: tuple[FieldType, ...]
    form: Any
    read: Read
    sentence: str
    default: str = ""
    config: str = ""
    agreement: Agreement = Agreement.ALWAYS
    show: Callable[[FieldSpec], object] | None = None
    meaning: Callable[[FieldSpec], object] | None = None

    def kept(self, spec: FieldSpec) -> object:
        """The value as the field keeps it."""
        return getattr(spec, self.attribute)

    def is_given(self, spec: FieldSpec) -> bool:
        return self.kept(spec) not in (None, "")

    def shown(self, spec: FieldSpec) -> object:
        """The value as REST shows it; None where there is nothing to show, or the type does not take it."""
        if spec.type not in self.types or not self.is_given(spec):
            return None
        return self.show(spec) if self.show else self.kept(spec)

    def is_same(self, one: FieldSpec, other: FieldSpec) -> bool:
        """Whether it means the same for both fields."""
        meaning = self.meaning or self.kept
        return meaning(one) == meaning(other)


def _lowest(spec: FieldSpec) -> int:
    return INT64_MIN if spec.minimum is None else spec.minimum


def _highest(spec: FieldSpec) -> int:
    return INT64_MAX if spec.maximum is None else spec.maximum


_ROWS = (FieldType.SET, FieldType.MUTEX, FieldType.TIME)
_NUMBERS = (FieldType.INT, FieldType.DECIMAL, FieldType.TIMESTAMP)

FIELD_OPTIONS: tuple[FieldOption, ...] = (
    FieldOption(
        name="type",
        attribute="type",
        types=tuple(FieldType),
        form=str,
        read=one_of(*TYPE_NAMES),
        sentence="How values are kept, by one of the names of types.",
    ),
    FieldOption(
        name="keys",
        attribute="is_keyed",
        types=_ROWS,
        form=bool,
        read=read_flag,
        sentence="Rows are strings. SQL's names of types say it already.",
        default="false",
    ),
    FieldOption(
        name="scale",
        config="Scale",
        attribute="scale",
        types=(FieldType.DECIMAL,),
        form=int,
        read=whole_number(0, MAXIMUM_SCALE),
        sentence=f"Decimals kept, 0 to {MAXIMUM_SCALE}; what has more is cut toward zero.",
        default="0",
    ),
    FieldOption(
        name="timeUnit",
        config="Granularity",
        attribute="unit",
        types=(FieldType.TIMESTAMP,),
        form=str,
        read=one_of("s", "ms", "us", "ns"),
        sentence="What a timestamp counts: s, ms, us or ns.",
        default="s",
    ),
    FieldOption(
        name="epoch",
        config="Epoch",
        attribute="epoch",
        types=(FieldType.TIMESTAMP,),
        form=str,
        read=read_epoch,
        sentence="The moment that whole numbers given as timestamps count from, as RFC 3339, whole in its unit.",
        default="1970-01-01T00:00:00Z",
        agreement=Agreement.IF_GIVEN,
        meaning=lambda spec: timestamp_seconds(spec.epoch) or 0,
    ),
    # The bounds come after what they are counted in.
    FieldOption(
        name="min",
        config="Min",
        attribute="minimum",
        types=_NUMBERS,
        form=int | float | str,
        read=read_bound,
        sentence="The lowest value allowed; of a timestamp a moment, or how many units after the epoch.",
        default="the lowest that fits into 64 bits",
        agreement=Agreement.IF_GIVEN,
        show=lambda spec: shown_bound(spec.minimum, spec),
        meaning=_lowest,
    ),
    FieldOption(
        name="max",
        config="Max",
        attribute="maximum",
        types=_NUMBERS,
        form=int | float | str,
        read=read_bound,
        sentence="The highest value allowed, likewise.",
        default="the highest that fits into 64 bits",
        agreement=Agreement.IF_GIVEN,
        show=lambda spec: shown_bound(spec.maximum, spec),
        meaning=_highest,
    ),
    FieldOption(
        name="timeQuantum",
        config="Quantum",
        attribute="quantum",
        types=(FieldType.TIME,),
        form=str,
        read=read_quantum,
        sentence="The calendar steps kept: some of Y, M, D, H in this order without a gap, such as YMD.",
        agreement=Agreement.NEVER,
    ),
    FieldOption(
        name="ttl",
        config="TTL",
        attribute="ttl",
        types=(FieldType.TIME,),
        form=str,
        read=read_ttl,
        sentence="How long calendar views are kept: a duration such as 720h or 1h30m; 0s keeps them.",
        default="kept",
        agreement=Agreement.NEVER,
        meaning=lambda spec: duration_ns(spec.ttl) or 0,
    ),
    FieldOption(
        name="noStandardView",
        attribute="no_standard_view",
        types=(FieldType.TIME,),
        form=bool,
        read=read_flag,
        sentence="Only the calendar views are kept: what comes without a time is dropped, and a question without "
        "one takes all of them.",
        default="false",
        agreement=Agreement.NEVER,
    ),
    FieldOption(
        name="dimensions",
        attribute="dimensions",
        types=(FieldType.MUTEX,),
        form=int,
        read=whole_number(1, MAXIMUM_DIMENSIONS),
        sentence=f"The strings are vectors: JSON arrays of so many numbers, 1 to {MAXIMUM_DIMENSIONS}.",
        default="any text",
        agreement=Agreement.NEVER,
        show=lambda spec: spec.dimensions or None,
    ),
    FieldOption(
        name="length",
        attribute="length",
        types=(FieldType.MUTEX,),
        form=int,
        read=whole_number(1, MAXIMUM_LENGTH),
        sentence="The most characters that a string has.",
        default="any number",
        agreement=Agreement.NEVER,
        show=lambda spec: spec.length or None,
    ),
    FieldOption(
        name="cacheType",
        config="CacheType",
        attribute="cache_type",
        types=_ROWS,
        form=str,
        read=one_of("ranked", "lru", "none"),
        sentence="ranked, lru or none: accepted, without effect.",
        default="empty",
        agreement=Agreement.NEVER,
    ),
    FieldOption(
        name="cacheSize",
        config="CacheSize",
        attribute="cache_size",
        types=_ROWS,
        form=int,
        read=whole_number(0, _MAXIMUM_CACHE_SIZE),
        sentence="Accepted, without effect.",
        default="0",
        agreement=Agreement.NEVER,
        show=lambda spec: spec.cache_size or None,
    ),
    FieldOption(
        name="foreignIndex",
        config="ForeignIndex",
        attribute="foreign_index",
        types=(FieldType.INT,),
        form=str,
        read=read_text,
        sentence="The table of this deployment whose records the values name, by key or id; keys heed no min and max.",
        meaning=lambda spec: spec.foreign_index if spec.is_reference else "",
        default="none",
    ),
)

OPTION: dict[str, FieldOption] = {option.name: option for option in FIELD_OPTIONS}
"""The same by name."""
