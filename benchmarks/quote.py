"""One quote in process with its whole trace, beside the same quote without asking about other readings.

Run: python -m benchmarks.quote
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable

from canbao.policy import Person, policies, quote
from canbao.policy.assess import work_out

ROUNDS = 3000

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


def main() -> None:
    print(f"{'policy':12} {'quote p50':>10} {'p99':>8} | {'rules p50':>11} | {'with JSON p50':>14} µs ({ROUNDS} calls)")
    for wanted, facts in PEOPLE.items():
        measure(wanted, facts)


def measure(wanted: str, facts: dict[str, object]) -> None:
    policy = policies.get(wanted)
    person = Person.parse(facts, categories=policy.categories)
    p50, p99 = times(lambda: quote(policy, facts))
    rules, _ = times(lambda: work_out(policy, person, None))
    whole, _ = times(lambda: json.dumps(quote(policy, facts).as_dict(), ensure_ascii=False))
    print(f"{wanted:12} {p50:10.1f} {p99:8.1f} | {rules:11.1f} | {whole:14.1f}")


if __name__ == "__main__":
    main()
