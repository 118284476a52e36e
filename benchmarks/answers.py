"""Do two files of bills say the same, and does one say what the one-person rules say?"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import numpy as np
import polars as pl

from canbao.policy import Policy, quote
from canbao.policy.engines.register import open_register, read_row

BATCH = 500_000
SAMPLE = 2_000


def digest(bills: Path) -> str:
    """Of every value of every row, in order; the same for the same bills however their file is cut and packed."""
    found = sha256()
    rows = pl.scan_parquet(bills, glob=False).select(pl.len()).collect().item()
    for start in range(0, rows, BATCH):
        frame = pl.scan_parquet(bills, glob=False).slice(start, BATCH).collect()
        found.update(f"{frame.schema}".encode())
        found.update(frame.hash_rows(seed=0).to_numpy().tobytes())
    return found.hexdigest()


def sample_equals_quotes(policy: Policy, register: Path, bills: Path, seed: int) -> int:
    """How many persons, taken by chance, were asked one by one; stops if an answer is not their row of the bills."""
    rows = pl.scan_parquet(register).select(pl.len()).collect().item()
    taken = np.sort(np.random.default_rng(seed).choice(rows, min(SAMPLE, rows), replace=False))
    people = open_register(register).rows([int(row) + 1 for row in taken]).drop("row")
    numbered = pl.scan_parquet(bills).with_row_index("row").filter(pl.col("row").is_in(taken.tolist()))
    written = numbered.drop("row").collect(engine="streaming")
    for facts, row in zip(people.iter_rows(named=True), written.iter_rows(named=True), strict=True):
        answer = quote(policy, read_row(facts, policy, text=False)).row()
        if answer != row:
            raise SystemExit(f"the bills differ from the rules for one person: {facts} {answer} {row}")
    return len(taken)
