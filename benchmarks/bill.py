"""`canbao bill` of a register, Parquet to Parquet, beside plain copies and beside OpenFisca with the same rules.

Each runs in its own process. The floor is a plain Polars copy to an output of the same shape: the register is read
whole and a file with the columns and values of the bills is written. OpenFisca gives every column of a bill, so it asks
the other readings and checks the rows as we do; its lower bound, “fewest columns”, reads only what the rules ask for,
checks no row and does not say what is provisional. Every answer is compared with ours row by row.
Run: python -m benchmarks.bill [rows ...]
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Collection
from functools import partial
from pathlib import Path

import polars as pl

from benchmarks import people
from benchmarks.processes import Used, apart, canbao, load, peer, run

POLICY = "370481-2025"
SEED = 2025
SIZES = (1_000_000, 3_000_000, 10_000_000)
ROUNDS = ((1_000_000, 3), (3_000_000, 2), (10**10, 1))
"""Up to so many rows, how many rounds: long runs tell less from each other."""
ROWS_A_SIMULATION = 500_000
OURS = "canbao bill"
UNASKED = {"policy", "benefit_year", "projected", "provisional"}
"""Columns that OpenFisca leaves out where it gives the fewest."""

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


def differing(ours: Path, theirs: Path, unasked: Collection[str]) -> dict[str, int]:
    """Rows that differ, by column of theirs; no other columns of the bills than these may be left out."""
    columns = pl.scan_parquet(theirs).collect_schema().names()
    left_out = set(pl.scan_parquet(ours).collect_schema().names()) - set(columns)
    if left_out != unasked:
        raise SystemExit(f"OpenFisca left out {left_out}")
    both = pl.concat(
        [
            pl.scan_parquet(path).select(pl.col(columns).name.prefix(prefix))
            for path, prefix in ((ours, "our_"), (theirs, "their_"))
        ],
        how="horizontal",
    )
    found = both.select(pl.col(f"our_{c}").ne_missing(pl.col(f"their_{c}")).sum().alias(c) for c in columns)
    return {column: rows for column, rows in found.collect(engine="streaming").row(0, named=True).items() if rows}


def measure(rows: int, rounds: int, folder: Path) -> None:
    register, bills, copy = folder / "people.parquet", folder / "bills.parquet", folder / "copy.parquet"
    whole, pieces, fewest = (folder / f"{name}.parquet" for name in ("whole", "pieces", "fewest"))
    apart(partial(people.write, register, rows, home="370481", opens="2024-10-01", seed=SEED))
    script = "openfisca/run.py"
    commands = {
        OURS: canbao("bill", POLICY, register, "--out", bills),
        "copy of the same shape": [sys.executable, "-c", COPY_SAME_SHAPE, str(register), str(bills), str(copy)],
        "copy of the bills": [sys.executable, "-c", COPY_BILLS, str(register), str(bills), str(copy)],
        "OpenFisca, one simulation": peer(script, "whole", register, whole),
        "OpenFisca, 500,000 a simulation": peer(script, "whole", register, pieces, str(ROWS_A_SIMULATION)),
        "OpenFisca, fewest columns": peer(script, "fewest", register, fewest, str(ROWS_A_SIMULATION)),
    }
    found: dict[str, list[Used]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            found[name].append(run(command))
    ours = Used.best(found[OURS])
    for name, runs in found.items():
        used = Used.best(runs)
        line = f"{rows:>11,}  {name:32} {used.wall:7.2f} {used.cpu:7.2f} {used.memory:7.0f}"
        if name != OURS:
            line += f"  {ours.wall / used.wall:6.2f} {ours.cpu / used.cpu:6.2f} {ours.memory / used.memory:6.2f}"
        print(line, flush=True)
    for path, unasked in ((whole, set()), (pieces, set()), (fewest, UNASKED)):
        if wrong := apart(partial(differing, bills, path, unasked)):
            raise SystemExit(f"answers differ: {wrong}")
        path.unlink()
    print(f"{'':11}  every answer of OpenFisca equals ours, {rows:,} rows", flush=True)


def main(words: list[str]) -> None:
    sizes = [int(word.replace("_", "")) for word in words] or SIZES
    print(f"bill {POLICY}, seed {SEED}, {load()}; best times and highest memory of 3, 2 and 1 rounds")
    print(f"{'rows':>11}  {'':32} {'wall s':>7} {'CPU s':>7} {'MB':>7}  ours as a multiple: wall, CPU, memory")
    with tempfile.TemporaryDirectory() as folder:
        for rows in sizes:
            measure(rows, next(rounds for most, rounds in ROUNDS if rows <= most), Path(folder))


if __name__ == "__main__":
    main(sys.argv[1:])
