"""`canbao bill --engine spark` beside Spark's own copy, in one warm session on this machine.

Spark's own copy is what any Spark job with this input and this output must do: it reads the same register with all its
columns as rows, and writes the rows and columns of the bills. Both run in the same session, so with the same splits,
compression and memory; both are warmed by one round, and the start of Java counts for neither. Its two halves are two
jobs: all columns of the register into `noop` (the sink that Spark has for benchmarks: rows are made, nothing is kept),
and the finished bills read and written. The copy is spared one thing: its parts stay parts, ours become one file.

CPU is that of the Java process and of Python together. The bills are compared with those of the local engine by a
digest over every value, and a sample of them with the rules for one person. Run: python -m benchmarks.spark [rows ...]
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from pyspark.sql import SparkSession

from benchmarks import people
from benchmarks.answers import digest, sample_equals_quotes
from benchmarks.bill import POLICY, SEED
from benchmarks.processes import apart, load
from canbao.policy import policies
from canbao.policy.engines import local
from canbao.policy.engines.spark import bill_on
from canbao.policy.engines.spark_session import connected

ROUNDS = 2
SIZES = (1_000_000, 10_000_000)


def cpu(spark: SparkSession) -> float:
    """CPU seconds of the Java process and of this one so far."""
    java = spark.sparkContext._jvm.java.lang.ProcessHandle.current().pid()
    fields = Path(f"/proc/{java}/stat").read_text().rpartition(")")[2].split()
    own = resource.getrusage(resource.RUSAGE_SELF)
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") + own.ru_utime + own.ru_stime


def copy(spark: SparkSession, register: Path, bills: Path, out: Path) -> None:
    spark.read.parquet(f"file:{register}").write.format("noop").mode("overwrite").save()
    spark.read.parquet(f"file:{bills}").write.mode("overwrite").parquet(f"file:{out}")


def timed(spark: SparkSession, act: Callable[[], object]) -> tuple[float, float]:
    wall, used = time.perf_counter(), cpu(spark)
    act()
    return time.perf_counter() - wall, cpu(spark) - used


def measure(spark: SparkSession, rows: int, folder: Path) -> None:
    register, bills, ours = folder / "people.parquet", folder / "bills.parquet", folder / "spark.parquet"
    apart(partial(people.write, register, rows, home="370481", opens="2024-10-01", seed=SEED))
    policy = policies.get(POLICY)
    summary = local.bill(policy, register, bills)

    def bill() -> None:
        found = bill_on(spark, policy, local.opened(register, ours, print), ours)
        if found != summary:
            raise SystemExit(f"other sums: {found} and {summary}")

    acts = {"copy": partial(copy, spark, register, bills, folder / "copy"), "bill": bill}
    runs: dict[str, list[tuple[float, float]]] = {name: [] for name in acts}
    for number in range(ROUNDS + 1):
        for name, act in acts.items():
            wall, used = timed(spark, act)
            kind = f"round {number}" if number else "to warm"
            print(f"{rows:>11,} rows  {kind:8} {name} {wall:7.2f} s wall {used:7.2f} s CPU, {load()}", flush=True)
            if number:
                runs[name].append((wall, used))
    (copy_wall, copy_cpu), (wall, used) = (tuple(map(min, zip(*runs[name], strict=True))) for name in acts)
    print(f"{rows:>11,} rows  bill / copy: {wall / copy_wall:.2f} wall, {used / copy_cpu:.2f} CPU", flush=True)
    here, there = apart(partial(digest, bills)), apart(partial(digest, ours))
    if here != there:
        raise SystemExit("other bills than those of the local engine")
    asked = sample_equals_quotes(policy, register, ours, SEED)
    print(f"{'':11}  digest of local and Spark {here[:16]}; {asked:,} persons asked one by one: equal", flush=True)


def main(words: list[str]) -> None:
    sizes = [int(word.replace("_", "")) for word in words] or SIZES
    print(f"bill {POLICY} on Spark, seed {SEED}, {load()}; best of {ROUNDS} interleaved rounds, warm", flush=True)
    for rows in sizes:
        with tempfile.TemporaryDirectory() as folder, connected() as spark:
            measure(spark, rows, Path(folder))


if __name__ == "__main__":
    main(sys.argv[1:])
