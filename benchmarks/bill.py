"""`canbao bill` of a register, Parquet to Parquet, beside plain Polars copies, each in its own process.

The floor is a plain copy to an output of the same shape: the register is read whole and a file with the columns and
values of the bills is written. Reported too: the copy of the bills alone. Run: python -m benchmarks.bill [rows ...]
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import people

POLICY = "370481-2025"
SEED = 2025
ROUNDS = 3

COPY_BILLS = """
import sys, polars as pl
pl.scan_parquet(sys.argv[2]).sink_parquet(sys.argv[3], compression="zstd", compression_level=1)
"""
COPY_SAME_SHAPE = """
import sys, polars as pl
register = pl.scan_parquet(sys.argv[1]).select(pl.all().name.prefix("in_"))
bills = pl.scan_parquet(sys.argv[2])
columns = bills.collect_schema().names()
both = pl.concat([bills, register], how="horizontal")
# Every column of the register is read and used, so that none is left out of the plan.
touched = pl.sum_horizontal(pl.col("^in_.*$").is_null().cast(pl.UInt8))
both.select(*columns[:-1], (pl.col(columns[-1]) | (touched > 99)).alias(columns[-1])).sink_parquet(
    sys.argv[3], compression="zstd", compression_level=1)
"""


def run(command: list[str]) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds and peak memory in MB of a command."""
    started = time.perf_counter()
    child = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    if status != 0:
        raise SystemExit(f"failed: {command}")
    return time.perf_counter() - started, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def best(runs: list[tuple[float, float, float]]) -> tuple[float, float, float]:
    return min(r[0] for r in runs), min(r[1] for r in runs), max(r[2] for r in runs)


def measure(rows: int, folder: Path) -> None:
    register, bills, copy = folder / "people.parquet", folder / "bills.parquet", folder / "copy.parquet"
    people.write(register, rows, home="370481", opens="2024-10-01", seed=SEED)
    canbao = str(Path(sys.executable).with_name("canbao"))
    commands = {
        "bill": [canbao, "bill", POLICY, str(register), "--out", str(bills)],
        "copy of the same shape": [sys.executable, "-c", COPY_SAME_SHAPE, str(register), str(bills), str(copy)],
        "copy of the bills": [sys.executable, "-c", COPY_BILLS, str(register), str(bills), str(copy)],
    }
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, command in commands.items():
            found[name].append(run(command))
    wall, cpu, memory = best(found["bill"])
    print(f"{rows:>11,} rows  bill {wall:6.2f} s wall {cpu:6.2f} s CPU {memory:5.0f} MB", end="")
    for name in list(commands)[1:]:
        floor_wall, floor_cpu, _ = best(found[name])
        ratios = f"{wall / floor_wall:.2f}x wall {cpu / floor_cpu:.2f}x CPU"
        print(f" | {name}: {floor_wall:.2f} s wall {floor_cpu:.2f} s CPU -> {ratios}", end="")
    print(flush=True)


def main() -> None:
    sizes = [int(word.replace("_", "")) for word in sys.argv[1:]] or [1_000_000, 3_000_000, 10_000_000]
    print(
        f"bill {POLICY}, seed {SEED}, {os.cpu_count()} cores; best times, highest memory of {ROUNDS} interleaved rounds"
    )
    with tempfile.TemporaryDirectory() as folder:
        for rows in sizes:
            measure(rows, Path(folder))


if __name__ == "__main__":
    main()
