"""The machine a measurement was made on, and how busy others kept it."""

import os
import platform
import re
from pathlib import Path

__all__ = ["busy_cores", "describe_machine"]


def describe_machine() -> str:
    """Processor, cores this process may use, memory, system and Python."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    python = platform.python_version()
    return f"{_processor()}, {cores} cores, {memory:.0f} GiB, {platform.system()}, Python {python}"


def busy_cores() -> float:
    """How many cores had work over the last minute, in the mean."""
    return os.getloadavg()[0]


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    found = re.search(r"^model name\s*: (.*)$", info.read_text(), re.MULTILINE) if info.exists() else None
    return found[1] if found else platform.processor() or platform.machine()
