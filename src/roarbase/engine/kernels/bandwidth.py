"""How fast this machine reads memory: measured once, when it is first asked for, in some tens of milliseconds."""

import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np

from roarbase.engine.kernels.pool import processors

__all__ = ["read_bandwidth"]

_BYTES = 64 << 20
"""More than the caches of most processors hold."""
_TIMES = 3


@cache
def read_bandwidth() -> float:
    """Bytes a second that all processors together read: the best of a few attempts, others may be at work."""
    threads = processors()
    parts = np.array_split(np.ones(_BYTES // 8, np.int64), threads)
    with ThreadPoolExecutor(threads) as pool:
        taken = []
        for _ in range(_TIMES):
            began = time.perf_counter()
            list(pool.map(np.add.reduce, parts))
            taken.append(time.perf_counter() - began)
    return _BYTES / max(min(taken), 1e-9)
