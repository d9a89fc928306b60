"""Sorted runs, each at least twice as long as the next: what is added is moved a few times only."""

__all__ = ["is_merge_due"]


def is_merge_due(lengths: list[int]) -> bool:
    """Whether the last run has become too long to stand beside the one before it."""
    return len(lengths) > 1 and lengths[-2] < 2 * lengths[-1]
