"""Whether a thread that waits for its write may do the writer's work itself.

Once begun, that work has to come to its end: an exception in the middle of it would leave memory and log apart. In a
caller's thread two kinds come from outside of the work: those that signal handlers raise, which Python runs in the
main thread, and that of a stack that is used up.
"""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["leading"]

_FRAMES = 200
"""The writer's work takes some 40 frames of Python."""

_OTHER_SIGNALS = [
    number
    for number in signal.Signals
    if number.name in {"SIGALRM", "SIGHUP", "SIGPROF", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2", "SIGVTALRM"}
]
"""What programs have handlers for that raise, beside SIGINT."""


@contextmanager
def leading() -> Iterator[bool]:
    """Tell whether this thread may do the writer's work within. Ctrl-C waits until that has ended.

    >>> with leading() as may_lead:
    ...     may_lead
    True
    """
    if _is_deep():
        yield False
        return
    if threading.current_thread() is not threading.main_thread():
        yield True
        return
    on_interrupt, *others = map(signal.getsignal, (signal.SIGINT, *_OTHER_SIGNALS))
    if on_interrupt is signal.default_int_handler and not any(map(callable, others)):
        with _interrupted_later():
            yield True
    else:
        yield not any(map(callable, (on_interrupt, *others)))


def _is_deep() -> bool:
    """Whether little is left of the stack."""
    try:
        sys._getframe(sys.getrecursionlimit() - _FRAMES)
    except ValueError:  # it is not so deep
        return False
    return True


@contextmanager
def _interrupted_later() -> Iterator[None]:
    """Have KeyboardInterrupt raised when the block has ended, instead of in it."""
    was_interrupted = False

    def note(*_: object) -> None:
        nonlocal was_interrupted
        was_interrupted = True

    signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if was_interrupted:
            signal.raise_signal(signal.SIGINT)
