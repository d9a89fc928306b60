"""How much memory this machine, or the container around the process, has."""

import os
from pathlib import Path

__all__ = ["memory_bytes"]

_CGROUP_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def memory_bytes(limit_files: tuple[Path, ...] = _CGROUP_LIMITS) -> int:
    """The lesser of the machine's memory and the container's limit, where one is set."""
    limits = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for file in limit_files:
        try:
            text = file.read_text(encoding="ascii").strip()
        except OSError:
            continue
        if text.isdigit():  # "max" where there is no limit
            limits.append(int(text))
    return min(limits)
