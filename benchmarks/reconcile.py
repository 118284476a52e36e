"""Two ledgers of the same payments, compared: against merely reading both files.

python -m benchmarks.reconcile [rows]
"""

from __future__ import annotations

import sys
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.processes import Used, apart, canbao, load, run

ROWS, SEED, ROUNDS = 10_000_000, 20250104, 3


def ledgers(folder: Path, rows: int) -> tuple[Path, Path]:
    """Ours and theirs, shuffled: 0.5 % each only here, only there, another amount; 0.2 % repeated, 0.1 % twice."""
    rng = np.random.default_rng(SEED)
    people = rng.integers(0, 10**17, rows)
    twice = rng.random(rows) < 0.001
    people[1:][twice[1:]] = people[:-1][twice[1:]]
    seconds = rng.integers(1_730_000_000, 1_735_000_000, rows) * 1_000_000
    whole = pl.DataFrame(
        {
            "txn_id": "4200001234202411" + pl.Series(np.arange(rows)).cast(pl.String).str.zfill(12),
            "person_id": pl.Series(people).cast(pl.String).str.zfill(17) + "X",
            "benefit_year": np.full(rows, 2025, dtype=np.int64),
            "amount_fen": rng.choice([20_000, 38_000, 40_000], rows),
            "paid_at": pl.Series(seconds).cast(pl.Datetime("us")),
            "channel": rng.choice(["wechat", "alipay", "bank", "counter"], rows),
            "pooling_area": rng.choice(["370100", "370400"], rows),
        }
    )
    part = pl.Series(rng.random(rows))
    theirs = whole.filter(part >= 0.005).with_columns(
        pl.when(part.filter(part >= 0.005) > 0.995).then(pl.col("amount_fen") + 100).otherwise(pl.col("amount_fen"))
    )
    theirs = pl.concat([theirs, theirs.sample(fraction=0.002, seed=SEED)])
    ours = whole.filter((part < 0.99) | (part > 0.995))
    paths = (folder / "ours.parquet", folder / "theirs.parquet")
    for table, path in zip((ours, theirs), paths, strict=True):
        table.sample(fraction=1, shuffle=True, seed=SEED).write_parquet(path)
    return paths


READ = """
import sys, polars as pl
for path in sys.argv[1:3]:
    pl.read_parquet(path)
"""


def main(rows: int = ROWS) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours, theirs = apart(partial(ledgers, folder, rows))
        jobs = {
            "read both": [sys.executable, "-c", READ, str(ours), str(theirs)],
            "canbao reconcile": canbao("reconcile", ours, theirs, "--out", folder / "out"),
        }
        print(f"{rows:,} rows a side, seed {SEED}, best of {ROUNDS}; {load()}")
        used = {job: Used.best([run(words) for _ in range(ROUNDS)]) for job, words in jobs.items()}
        floor = used["read both"]
        for job, best in used.items():
            print(
                f"{job:18} {best.wall:6.1f} s {best.cpu:6.1f} s CPU {best.memory:6.0f} MB "
                f"{best.wall / floor.wall:5.2f}x wall {best.cpu / floor.cpu:5.2f}x CPU"
            )


if __name__ == "__main__":
    main(*(int(word.replace("_", "")) for word in sys.argv[1:2]))
