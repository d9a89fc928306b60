"""Bounds of ranges."""

from typing import Any

__all__ = ["is_within"]


def is_within(value: Any, low: int | None, high: int | None) -> bool:
    """Whether a value is neither below nor above; None is no bound."""
    return (low is None or low <= value) and (high is None or value <= high)
