"""The rules alone, a register already in memory: from columns of persons to columns of answers, ours beside OpenFisca.

Reading, checking and writing files is left out on both sides. Run: python -m benchmarks.rules [rows]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from benchmarks import people
from benchmarks.processes import apart, load, peer

POLICY = "370481-2025"
SEED = 2025
ROUNDS = 3


def ours(register: Path) -> float:
    """CPU seconds."""
    from canbao.policy import policies
    from canbao.policy.engines.local import ROWS_A_BATCH
    from canbao.policy.engines.outcomes import Outcomes
    from canbao.policy.engines.register import open_register

    policy = policies.get(POLICY)
    batches = [batch for batch, _ in open_register(register).batches(policy, ROWS_A_BATCH)]
    began = time.process_time()
    outcomes = Outcomes(policy)
    answers = [outcomes.answer(batch) for batch in batches]
    assert sum(frame.height for frame in answers) == sum(batch.height for batch in batches)
    return time.process_time() - began


def theirs(register: Path, rows_a_simulation: int) -> float:
    command = peer("openfisca/run.py", register, "-", str(rows_a_simulation))
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main(words: list[str]) -> None:
    rows = int(words[0].replace("_", "")) if words else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        register = Path(folder) / "people.parquet"
        apart(partial(people.write, register, rows, home="370481", opens="2024-10-01", seed=SEED))
        own = min(apart(partial(ours, register)) for _ in range(ROUNDS))
        whole = min(theirs(register, rows) for _ in range(ROUNDS))
        pieces = min(theirs(register, 500_000) for _ in range(ROUNDS))
    print(f"rules alone, {rows:,} persons in memory, seed {SEED}, {load()}; best of {ROUNDS}, CPU seconds")
    print(
        f"canbao, with other readings {own:.2f} | OpenFisca, one simulation {whole:.2f} ({whole / own:.1f}x ours)",
        end="",
    )
    print(f", 500,000 a simulation {pieces:.2f} ({pieces / own:.1f}x ours)")


if __name__ == "__main__":
    main(sys.argv[1:])
