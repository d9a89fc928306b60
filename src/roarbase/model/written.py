"""What a write did."""

from dataclasses import dataclass

from roarbase.model.results import Result

__all__ = ["Written"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """A write that is on disk and visible.

    Attributes:
        sequence: Its number in the log. Numbers ascend, and what is read later has seen all up to this one.
        changed: How many records each step of the write changed; a batch is one step. A record
            that was made, or is no more, was changed; one that holds what it held was not. A question changes none.
        answers: What each question among the steps was answered, in order.
        which: Of each batch that was to tell, in order: which of its records it changed.
    """

    sequence: int
    changed: tuple[int, ...] = ()
    answers: tuple[Result, ...] = ()
    which: tuple[tuple[bool, ...], ...] = ()

    @property
    def changed_total(self) -> int:
        """All steps together: 0 where the write found everything as it asked for."""
        return sum(self.changed)
