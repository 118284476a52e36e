"""Commands as processes of their own, and what each used: wall seconds, CPU seconds, peak memory."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

ROOT = Path(__file__).parents[1]
T = TypeVar("T")
PEERS = ROOT / ".tools" / "bench" / "bin" / "python"


class Used(NamedTuple):
    """Seconds and MB."""

    wall: float
    cpu: float
    memory: float

    @classmethod
    def best(cls, runs: list[Used]) -> Used:
        """The best times and the highest memory of several runs."""
        return cls(min(r.wall for r in runs), min(r.cpu for r in runs), max(r.memory for r in runs))


def canbao(*words: str | Path) -> list[str]:
    return [sys.executable, "-c", "import sys; from canbao.cli import main; sys.exit(main())", *map(str, words)]


def peer(script: str, *words: str | Path) -> list[str]:
    """A script of `benchmarks` in the environment of the peers, which the product never imports."""
    # The file that `make` writes last: an environment without it may lack a peer.
    if not (PEERS.parents[1] / "ready").exists():
        raise SystemExit(".tools/bench is missing or not whole: `make bench` builds it from requirements/bench.txt")
    return [str(PEERS), str(ROOT / "benchmarks" / script), *map(str, words)]


def run(command: list[str]) -> Used:
    """What the command used. Python may keep what it compiles, as where it is installed: only a first run pays."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    started = time.perf_counter()
    child = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=environment)
    _, status, used = os.wait4(child.pid, 0)
    if status != 0:
        raise SystemExit(f"failed: {command}")
    return Used(time.perf_counter() - started, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def apart(work: Callable[[], T]) -> T:
    """Do work in a process that then ends: a child's peak memory begins with that of the process that starts it."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work)


def peak_from_here() -> float:
    """Forget the highest memory so far: this process's memory now, in MB."""
    Path("/proc/self/clear_refs").write_text("5")
    return peak()


def peak() -> float:
    """The highest memory of this process, in MB."""
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) / 1024


def load() -> str:
    return f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}"
