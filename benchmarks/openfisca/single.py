"""One person at a time with OpenFisca. Run: python single.py PEOPLE.json ANSWERS.json plain|trace|readings"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy
from openfisca_core.simulations import SimulationBuilder
from readings import Readings
from tengzhou import CATEGORIES, NO_DAY, PAYERS, Award, Reason, Tengzhou

PERIOD = "2025"
FIGURES = ("standard_fen", "personal_fen", *(f"{name}_fen" for name in PAYERS), "universal_subsidy_fen", "repair_fen")
ASKED = ("reason", *FIGURES, "award", "settled_on", "in_window", "waiting_months", "benefit_start")


def situation(person: dict[str, Any]) -> dict[str, Any]:
    """The person as OpenFisca's web interface takes one."""
    facts: dict[str, Any] = {
        f"{area}_county": int((person[f"{area}_area"] or "0")[:6]) for area in ("hukou", "residence", "school")
    }
    facts |= {"student": person["student"], "permit": person["residence_permit"]}
    facts |= {"employee_insured": person["employee_insured"], "insured_elsewhere": person["insured_elsewhere"]}
    facts |= {"disability_grade": person["disability_grade"] or 0, "repair_years": person["repair_years"]}
    facts |= {name: True for name in person["categories"] if name in CATEGORIES}
    if person["paid_at"]:
        facts["paid_on"] = person["paid_at"][:10]
    dated = {name: {PERIOD: value} for name, value in facts.items()}
    return {"persons": {"one": {**dated, "birth": {"ETERNITY": person["birth_date"]}}}}


def answer(system: Tengzhou, readings: Readings | None, person: dict[str, Any], trace: bool) -> dict[str, Any]:
    simulation = SimulationBuilder().build_from_entities(system, situation(person))
    simulation.trace = trace
    found = {name: numpy.asarray(simulation.calculate(name, PERIOD))[0] for name in ASKED}
    if trace:
        simulation.tracer.get_flat_trace()
    reason = list(Reason)[found["reason"]].name
    may = reason == "nothing"
    known = may and found["settled_on"] != NO_DAY
    award = list(Award)[found["award"]].name
    covered = known and str(found["benefit_start"])[:4] == PERIOD
    asked = {} if readings is None else {"provisional": bool(readings.provisional(simulation)[0])}
    return asked | {
        "eligible": may,
        "reason": None if may else reason,
        **{name: int(found[name]) if may else None for name in FIGURES},
        "award": award if may and award != "nothing" else None,
        "in_window": bool(found["in_window"]) if known else None,
        "waiting_months": int(found["waiting_months"]) if known else None,
        "benefit_start": str(found["benefit_start"]) if covered else None,
        "benefit_end": f"{PERIOD}-12-31" if covered else None,
    }


def main() -> None:
    people = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    system, trace = Tengzhou(), sys.argv[3] == "trace"
    readings = Readings(system) if sys.argv[3] == "readings" else None
    wall, cpu, answers = [], [], []
    for person in people[:20] + people:
        began, began_cpu = time.perf_counter_ns(), time.process_time_ns()
        answers.append(answer(system, readings, person, trace))
        wall.append(time.perf_counter_ns() - began)
        cpu.append(time.process_time_ns() - began_cpu)
    used = {"wall": wall[20:], "cpu": cpu[20:]}
    Path(sys.argv[2]).write_text(json.dumps({"answers": answers[20:], "ns": used}), encoding="utf-8")


main()
