"""How much of the machine's memory a private PostgreSQL takes: what it is built with suits a machine of 2000."""

from __future__ import annotations

import os
from pathlib import Path

_MB = 1 << 20
_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def memory_bytes(limits: tuple[Path, ...] = _LIMITS) -> int:
    """What this process may use: the machine's memory, or the limit of the container it runs in."""
    whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for limit in limits:
        try:
            return min(whole, int(limit.read_text()))
        except (OSError, ValueError):
            continue
    return whole


def memory_settings(memory: int) -> dict[str, str]:
    """Settings of the server by the bytes of memory there are. The web server and the worker want the larger part."""

    def share(part: int, least: int, most: int) -> str:
        return f"{min(max(memory // part // _MB, least), most)}MB"

    return {
        # A list writes into fourteen indexes at places that have no order: as long as they fit here, nothing is read.
        "shared_buffers": share(8, 128, 4096),
        "effective_cache_size": share(2, 256, 65536),
        "maintenance_work_mem": share(64, 64, 512),
        "work_mem": share(1024, 4, 32),
        # A checkpoint in the middle of a list writes every page of those indexes, and then whole pages into the log.
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "wal_compression": "on",
    }
