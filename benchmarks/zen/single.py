"""One person at a time with zen-engine. Run: python single.py PEOPLE.json ANSWERS.json trace|plain"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import zen
from tengzhou import decision

COLUMNS = (
    "eligible", "reason", "standard_fen", "personal_fen", "award", "medical_assistance_fund_fen", "city_finance_fen",
    "township_finance_fen", "universal_subsidy_fen", "repair_fen", "in_window", "waiting_months", "benefit_start",
    "benefit_end",
)  # fmt: skip


def main() -> None:
    people = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    options = {"trace": sys.argv[3] == "trace"}
    compiled = zen.ZenEngine().create_decision(decision())
    wall, cpu, answers = [], [], []
    for person in people[:20] + people:
        began, began_cpu = time.perf_counter_ns(), time.process_time_ns()
        found = compiled.evaluate(person, options)["result"]
        wall.append(time.perf_counter_ns() - began)
        cpu.append(time.process_time_ns() - began_cpu)
        # zen leaves out what is null, and gives figures of a refused person too.
        may = found["eligible"]
        answers.append({c: found.get(c) if may or c in ("eligible", "reason") else None for c in COLUMNS})
    used = {"wall": wall[20:], "cpu": cpu[20:]}
    Path(sys.argv[2]).write_text(json.dumps({"answers": answers[20:], "ns": used}), encoding="utf-8")


main()
