"""How many CPUs this process has: those it may run on, and what its container may use of them."""

import math
import os
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")
CPU_QUOTAS = (("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us"))
"""Files that hold a container's quota and its period, both in µs: of control groups version 2, and of version 1."""


def available_cpus() -> int:
    """CPUs this process may use: its affinity, or the container's quota where that is lower; at least 1."""
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, math.ceil(min(cpus, _cpu_quota())))


def _cpu_quota() -> float:
    """CPUs that the container may use on average; infinite if there is no limit, or none that can be read."""
    for files in CPU_QUOTAS:
        try:
            quota, period = map(int, " ".join((CGROUP / file).read_text(encoding="ascii") for file in files).split())
        except (OSError, ValueError):  # not there, or `max`
            continue
        if quota > 0 and period > 0:  # version 1 says -1 for no limit
            return quota / period
    return math.inf
