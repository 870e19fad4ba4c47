"""How much memory the session takes, and how much there is: read from /proc and the control group, without a library."""

import contextlib
import os
import subprocess
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")


def memory(pids, proc=Path("/proc"), cgroup=Path("/sys/fs/cgroup")):
    """`rssBytes` of these processes; the group's `limitBytes` and what is left, `availableBytes`, None if unknown."""
    limit, left = group_limit(proc, cgroup)
    free = system_free(proc)
    known = [value for value in (left, free) if value is not None]
    return {
        "rssBytes": sum(resident(pid, proc) for pid in pids),
        "limitBytes": limit,
        "availableBytes": min(known, default=None),
    }


def resident(pid, proc):
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int((proc / str(pid) / "statm").read_text().split()[1]) * PAGE
    if not proc.is_dir():  # macOS
        with contextlib.suppress(OSError, ValueError, subprocess.SubprocessError):
            said = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, timeout=5, check=False)
            return int(said.stdout) * 1024
    return 0


def system_free(proc):
    with contextlib.suppress(OSError, ValueError):
        for line in (proc / "meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return None


def group_limit(proc, cgroup):
    """The tightest limit of this process's control group and those above it, and what is left of that one."""
    try:
        lines = (proc / "self" / "cgroup").read_text().splitlines()
    except OSError:
        return None, None
    found = []
    for line in lines:
        number, controllers, path = line.split(":", 2)
        if number == "0" and controllers == "":
            found += limits(cgroup, path, "memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            found += limits(
                cgroup / "memory", path, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"
            )
    return min(found, key=lambda pair: pair[1], default=(None, None))


def limits(root, path, limit_name, usage_name, cache_name):
    """(limit, what is left) of each group from `path` up to the root that has a limit."""
    pairs = []
    # In a container the path is the host's, and the root is the container's own group.
    group = root / path.lstrip("/")
    while True:
        with contextlib.suppress(OSError, ValueError):
            limit = int((group / limit_name).read_text())
            # Version 1 says "no limit" with a number close to 2^63.
            if 0 < limit < 1 << 60:
                used = int((group / usage_name).read_text()) - droppable(group, cache_name)
                pairs.append((limit, max(0, limit - used)))
        if group in (root, group.parent):
            return pairs
        group = group.parent


def droppable(group, name):
    """The page cache that the kernel gives back before anything is killed."""
    with contextlib.suppress(OSError, ValueError):
        for line in (group / "memory.stat").read_text().splitlines():
            key, _, value = line.partition(" ")
            if key == name:
                return int(value)
    return 0
