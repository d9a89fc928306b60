"""Measurements that wait until nobody else is at work."""

import pytest

from bench import quiet
from bench.quiet import Quiet


def _looks(monkeypatch: pytest.MonkeyPatch, *found: int) -> None:
    """What looks at the machine find, one after the other; then nobody."""
    left = [*found]
    monkeypatch.setattr(quiet, "others_running", lambda: left.pop(0) if left else 0)


def test_a_quiet_moment_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is waited for, and what was disturbed is measured again."""
    _looks(monkeypatch, 2, 1, 0, 1)
    figures, waiting = iter([10, 20]), Quiet(60)
    assert waiting.during(lambda: next(figures)) == 20
    assert (waiting.measured, waiting.disturbed) == (1, 0)


def test_without_patience_any_moment_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is waited for or measured again, and that somebody was at work is told."""
    _looks(monkeypatch, *[1] * 9)
    figures, hasty = iter([10, 20]), Quiet(0)
    assert hasty.during(lambda: next(figures)) == 10
    assert (hasty.measured, hasty.disturbed) == (1, 1)


def test_the_machine_tells() -> None:
    """The one that asks is not counted."""
    assert quiet.others_running() >= 0
