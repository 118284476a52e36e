"""One quote in process with its whole trace, beside single answers of OpenFisca and of zen-engine (GoRules).

The peers answer the Tengzhou rules in an environment of their own; their answers are compared.
Run: python -m benchmarks.quote
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks import people as register
from benchmarks.processes import apart, load, peer, run
from canbao.policy import Person, policies, quote
from canbao.policy.assess import work_out

ROUNDS = 3000
PEER_RUNS = (
    ("zen-engine", "zen/single.py", "plain"),
    ("zen-engine, with the trace", "zen/single.py", "trace"),
    ("OpenFisca", "openfisca/single.py", "plain"),
    ("OpenFisca, with the trace", "openfisca/single.py", "trace"),
    ("OpenFisca, with other readings", "openfisca/single.py", "readings"),
)
"""Name, script and what it is asked for; the others ask no other reading."""
SEED = 2025

PEOPLE: dict[str, dict[str, object]] = {
    "370481-2025": {"hukou_area": "370481", "birth_date": "1961-03-04", "paid_at": "2024-11-01T09:00:00"},
    "370124-2025": {"hukou_area": "370124", "birth_date": "1985-07-07", "paid_at": "2024-11-01T09:00:00"},
    "370700-2025": {
        "hukou_area": "370702",
        "birth_date": "1980-05-05",
        "tier": "low",
        "paid_at": "2024-12-01T09:00:00",
    },
    "140600-2025": {"hukou_area": "140602", "birth_date": "1979-06-01", "categories": ["poverty_returned"]},
    "310000-2025": {"hukou_area": "310101", "birth_date": "1996-06-01", "paid_at": "2024-12-01T09:00:00"},
}


def times(call: Callable[[], object]) -> tuple[float, float]:
    """p50 and p99 in microseconds."""
    call()
    found = []
    for _ in range(ROUNDS):
        started = time.perf_counter_ns()
        call()
        found.append((time.perf_counter_ns() - started) / 1000)
    found.sort()
    return statistics.median(found), found[int(ROUNDS * 0.99)]


def beside_peers() -> None:
    """300 persons of the benchmark's register, each asked once; microseconds."""
    policy = policies.get("370481-2025")
    people = apart(sample)
    ours = []
    for facts in people[:20] + people:
        began, began_cpu = time.perf_counter_ns(), time.process_time_ns()
        answer = quote(policy, facts)
        ours.append((answer, time.perf_counter_ns() - began, time.process_time_ns() - began_cpu))
    answers = [answer.row() for answer, _, _ in ours[20:]]
    print(f"\n370481-2025, one person at a time, {len(people)} persons, {load()}; \u00b5s")
    print(f"{'':28} {'p50':>9} {'p99':>9} {'CPU p50':>9}  times ours (CPU)")
    own = _line("canbao, with the trace", [wall for _, wall, _ in ours[20:]], [cpu for _, _, cpu in ours[20:]], None)
    with tempfile.TemporaryDirectory() as folder:
        asked, told = Path(folder) / "people.json", Path(folder) / "answers.json"
        asked.write_text(json.dumps(people), encoding="utf-8")
        for name, script, how in PEER_RUNS:
            run(peer(script, asked, told, how))
            found = json.loads(told.read_text(encoding="utf-8"))
            _line(name, found["ns"]["wall"], found["ns"]["cpu"], own)
            for mine, theirs in zip(answers, found["answers"], strict=True):
                wrong = {c: (_shown(mine[c]), v) for c, v in theirs.items() if _shown(mine[c]) != v}
                if wrong:
                    raise SystemExit(f"{name} differs for {mine['person_id']}: {wrong}")
    print("every answer of the peers equals ours")


def sample() -> list[dict[str, Any]]:
    frame = register.piece(np.random.default_rng(SEED), 0, 300, "370481", "2024-10-01").with_columns(
        pl.col("birth_date").dt.to_string(), pl.col("paid_at").dt.to_string("%Y-%m-%dT%H:%M:%S")
    )
    return frame.to_dicts()


def _line(name: str, wall: list[int], cpu: list[int], own: float | None) -> float:
    middle = statistics.median(cpu) / 1000
    ratio = f"  {middle / own:6.1f}" if own else ""
    p99 = sorted(wall)[int(len(wall) * 0.99)] / 1000
    print(f"{name:28} {statistics.median(wall) / 1000:9.1f} {p99:9.1f} {middle:9.1f}{ratio}", flush=True)
    return middle


def _shown(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def main() -> None:
    print(f"{'policy':12} {'quote p50':>10} {'p99':>8} | {'rules p50':>11} | {'with JSON p50':>14} µs ({ROUNDS} calls)")
    for wanted, facts in PEOPLE.items():
        measure(wanted, facts)
    beside_peers()


def measure(wanted: str, facts: dict[str, object]) -> None:
    policy = policies.get(wanted)
    person = Person.parse(facts, categories=policy.categories)
    p50, p99 = times(lambda: quote(policy, facts))
    rules, _ = times(lambda: work_out(policy, person, None))
    whole, _ = times(lambda: json.dumps(quote(policy, facts).as_dict(), ensure_ascii=False))
    print(f"{wanted:12} {p50:10.1f} {p99:8.1f} | {rules:11.1f} | {whole:14.1f}")


if __name__ == "__main__":
    main()
