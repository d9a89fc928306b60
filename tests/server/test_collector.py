"""A start is not interrupted by the garbage collector, and everything after it is collected as ever."""

import gc

import pytest

from roarbase.server.collector import paused_collector


def test_nothing_is_collected_inside() -> None:
    """Also where the block ends with an error."""

    def fail() -> None:
        with paused_collector():
            assert not gc.isenabled()
            raise ZeroDivisionError

    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError):
        fail()
    assert gc.isenabled()
    assert gc.get_freeze_count()
    gc.unfreeze()


def test_who_collects_by_hand_goes_on_to() -> None:
    """A collector that was off stays off."""
    gc.disable()
    try:
        with paused_collector():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
        gc.unfreeze()
