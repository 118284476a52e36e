"""The rules alone, a register already in memory: from columns of persons to columns of answers, ours beside OpenFisca.

Reading, checking and writing files is left out on both sides, and no answer is kept once made. Added memory is the
highest over what was held before the first answer. Run: python -m benchmarks.rules [rows ...]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from benchmarks import people
from benchmarks.processes import apart, load, peak, peak_from_here, peer

POLICY = "370481-2025"
SEED = 2025
SIZES = (1_000_000,)
ROUNDS = 3
ROWS_A_SIMULATION = 500_000


def ours(register: Path) -> tuple[float, float]:
    """CPU seconds and added MB."""
    from canbao.policy import policies
    from canbao.policy.engines.local import ROWS_A_BATCH
    from canbao.policy.engines.outcomes import Outcomes
    from canbao.policy.engines.register import open_register

    policy = policies.get(POLICY)
    batches = [batch for batch, _ in open_register(register).batches(policy, ROWS_A_BATCH)]
    before, began = peak_from_here(), time.process_time()
    outcomes = Outcomes(policy)
    for batch in batches:
        assert outcomes.answer(batch).height == batch.height
    return time.process_time() - began, peak() - before


def theirs(how: str, register: Path, rows_a_simulation: int) -> tuple[float, float]:
    command = peer("openfisca/run.py", how, register, "-", str(rows_a_simulation))
    used, added = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(used), float(added)


def main(words: list[str]) -> None:
    sizes = [int(word.replace("_", "")) for word in words] or SIZES
    print(f"rules alone, {POLICY}, seed {SEED}, {load()}; best CPU and highest memory of {ROUNDS} interleaved rounds")
    print(f"{'rows':>11}  {'':32} {'CPU s':>7} {'MB more':>8}  times ours: CPU, memory")
    for rows in sizes:
        with tempfile.TemporaryDirectory() as folder:
            measure(rows, Path(folder) / "people.parquet")


def measure(rows: int, register: Path) -> None:
    apart(partial(people.write, register, rows, home="370481", opens="2024-10-01", seed=SEED))
    acts = {
        "canbao, with other readings": lambda: apart(partial(ours, register)),
        "OpenFisca, one simulation": lambda: theirs("whole", register, rows),
        f"OpenFisca, {ROWS_A_SIMULATION:,} a simulation": lambda: theirs("whole", register, ROWS_A_SIMULATION),
        "OpenFisca, without readings": lambda: theirs("fewest", register, ROWS_A_SIMULATION),
    }
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in acts}
    for _ in range(ROUNDS):
        for name, act in acts.items():
            found[name].append(act())
    best = {name: (min(used for used, _ in runs), max(added for _, added in runs)) for name, runs in found.items()}
    (own, own_added), *_ = best.values()
    for name, (used, added) in best.items():
        ratio = "" if used == own else f"  {used / own:6.2f} {added / own_added:6.2f}"
        print(f"{rows:>11,}  {name:32} {used:7.2f} {added:8.0f}{ratio}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
