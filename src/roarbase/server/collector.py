"""Python's garbage collector, which a start has no use for: what it makes stays for as long as the process runs."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["paused_collector"]


@contextmanager
def paused_collector() -> Iterator[None]:
    """Collect nothing inside; what was made there is never looked at again.

    For a process that is all ours. Modules and routes are some 200,000 objects, which the collector would look at again
    and again on the way, and with every full collection later: a third of the processor time of a start.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()
