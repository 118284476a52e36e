"""`canbao bill --engine spark` beside Spark's own copy of the same columns, in one warm session on this machine.

The copy reads every column of the register and writes the columns and values of the bills, as parts. CPU is that of
the Java process and of Python together. Run: python -m benchmarks.spark [rows ...]
"""

from __future__ import annotations

import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl
from pyspark.sql import DataFrame, SparkSession

from benchmarks import people
from benchmarks.bill import POLICY, SEED
from canbao.policy import policies
from canbao.policy.engines import local
from canbao.policy.engines.spark import bill_on
from canbao.policy.engines.spark_session import connected

ROUNDS = 3


def cpu(spark: SparkSession) -> float:
    """CPU seconds of the Java process and of this one so far."""
    java = spark.sparkContext._jvm.java.lang.ProcessHandle.current().pid()
    fields = Path(f"/proc/{java}/stat").read_text().rpartition(")")[2].split()
    own = resource.getrusage(resource.RUSAGE_SELF)
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") + own.ru_utime + own.ru_stime


def copy_of(spark: SparkSession, register: Path, bills: Path) -> tuple[DataFrame, DataFrame]:
    """What the copy writes, and a reading of every column of the register."""
    read = spark.read.parquet(f"file:{register}")
    touched = " + ".join(f"IF({column} IS NULL, 1, 0)" for column in read.columns)
    return spark.read.parquet(f"file:{bills}"), read.selectExpr(f"SUM({touched})")


def timed(spark: SparkSession, act: Callable[[], object]) -> tuple[float, float]:
    wall, used = time.perf_counter(), cpu(spark)
    act()
    return time.perf_counter() - wall, cpu(spark) - used


def measure(spark: SparkSession, rows: int, folder: Path) -> None:
    register, bills, ours = folder / "people.parquet", folder / "bills.parquet", folder / "spark.parquet"
    people.write(register, rows, home="370481", opens="2024-10-01", seed=SEED)
    policy = policies.get(POLICY)
    summary = local.bill(policy, register, bills)
    written, read = copy_of(spark, register, bills)

    def copy() -> None:
        read.collect()
        written.write.mode("overwrite").parquet(f"file:{folder / 'copy'}")

    def bill() -> None:
        found = bill_on(spark, policy, local.opened(register, ours, print), ours)
        if found != summary:
            raise SystemExit(f"other sums: {found} and {summary}")

    runs: dict[Callable[[], None], list[tuple[float, float]]] = {copy: [], bill: []}
    for _ in range(ROUNDS + 1):
        for act, found in runs.items():
            found.append(timed(spark, act))
    # The first round warms the session.
    (copy_wall, copy_cpu), (wall, used) = (
        tuple(min(run[i] for run in runs[act][1:]) for i in range(2)) for act in (copy, bill)
    )
    if not pl.scan_parquet(ours).collect(engine="streaming").equals(pl.read_parquet(bills)):
        raise SystemExit("other bills than those of the local engine")
    print(
        f"{rows:>11,} rows  bill {wall:6.2f} s wall {used:6.2f} s CPU | "
        f"copy {copy_wall:6.2f} s wall {copy_cpu:6.2f} s CPU -> "
        f"{wall / copy_wall:.2f}x wall {used / copy_cpu:.2f}x CPU; the bills equal those of the local engine",
        flush=True,
    )


def main() -> None:
    sizes = [int(word.replace("_", "")) for word in sys.argv[1:]] or [1_000_000, 10_000_000]
    print(f"bill {POLICY} on Spark, seed {SEED}, {os.cpu_count()} cores; best of {ROUNDS} interleaved rounds, warm")
    for rows in sizes:
        with tempfile.TemporaryDirectory() as folder, connected() as spark:
            measure(spark, rows, Path(folder))
            shutil.rmtree(Path(folder, "copy"), ignore_errors=True)


if __name__ == "__main__":
    main()
