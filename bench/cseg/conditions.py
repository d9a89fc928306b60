"""What Roarbase has at hand beside its columns when it is asked."""

from enum import StrEnum

__all__ = ["Condition"]


class Condition(StrEnum):
    """Counters are part of the data, kept by every write; row bitmaps and predicates are a cache, within a budget."""

    WARM = "warm"
    CACHES_DROPPED = "caches dropped"
    COLUMNS_ALONE = "columns alone"
    """Without the counters too: what they save."""
