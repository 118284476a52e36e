"""A changed policy priced for a whole register from one count, beside billing the register anew, and beside OpenFisca.

The count and the bill run in their own processes; each price is that of another policy, never seen before.
Run: python -m benchmarks.price [rows]
"""

from __future__ import annotations

import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from benchmarks import people
from benchmarks.processes import apart, canbao, load, peer, run
from canbao.policy import Policy, policies
from canbao.policy.engines.counts import Counts
from canbao.policy.engines.counts import load as load_counts
from canbao.policy.engines.pricing import price
from canbao.policy.loading import with_values

POLICY = "370481-2025"
SEED = 2025
DRAFTS = 40


def main(words: list[str]) -> None:
    rows = int(words[0].replace("_", "")) if words else 3_000_000
    with tempfile.TemporaryDirectory() as folder:
        register, counts = Path(folder) / "people.parquet", Path(folder) / "counts.parquet"
        apart(partial(people.write, register, rows, home="370481", opens="2024-10-01", seed=SEED))
        billed = run(canbao("bill", POLICY, register, "--out", Path(folder) / "bills.parquet"))
        counted = run(canbao("policy", "count", register, "--for", POLICY, "--out", counts))
        again = run(peer("openfisca/run.py", "whole", register, Path(folder) / "theirs.parquet"))
        loaded = load_counts(counts)
    found = sorted(priced(number, loaded) for number in range(DRAFTS))
    middle, most = found[DRAFTS // 2], found[-1]
    print(f"{rows:,} people, {len(loaded.people):,} situations, seed {SEED}, {load()}")
    print(f"bill {billed.cpu:.2f} s CPU; count once {counted.cpu:.2f} s CPU ({counted.cpu / billed.cpu:.2f}x the bill)")
    print(f"price of a draft: {middle[0]:.0f} ms CPU, worst of {DRAFTS} {most[0]:.0f} ms CPU", end="")
    print(f" (wall {middle[1]:.0f} and {most[1]:.0f} ms); a bill costs {billed.cpu * 1000 / middle[0]:,.0f}x, ", end="")
    print(f"the same with OpenFisca {again.cpu * 1000 / middle[0]:,.0f}x")


def priced(number: int, counts: Counts) -> tuple[float, float]:
    """CPU and wall milliseconds for a policy with another standard and other shares."""
    draft: dict[str, object] = {
        "classes.resident.standard_fen": 40000 + 100 * number,
        "aid.rules.age_60_69.pays": {"city_finance": {"percent": 50 + number % 50}},
    }
    file = with_values(policies.get(POLICY).file, draft)
    began, began_cpu = time.perf_counter(), time.process_time()
    price(Policy(file, "draft"), counts)
    return (time.process_time() - began_cpu) * 1000, (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main(sys.argv[1:])
