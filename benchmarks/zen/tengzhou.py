"""The rules of 370481-2025 as a GoRules decision (JDM): facts, aid, money, scope and cover as nodes of one graph.

Left out, as for OpenFisca: transfers, a move of the household register, whose permit it is, a day of registration; and
broken years, of which 2025 has none.
"""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

STANDARD_FEN, SUBSIDY_FEN, HALF = 40000, 67000, 20000
ASSISTED = (
    "extreme_poverty",
    "subsistence_allowance",
    "poverty_returned",
    "subsistence_margin",
    "poverty_monitored_unstable",
    "poverty_monitored_margin",
    "poverty_monitored_sudden",
    "orphan",
    "unsupported_child",
    "key_hardship_child",
)
SPLIT = ("family_planning_one_girl", "family_planning_two_girls", "family_planning_lost_child")
FUND, CITY, TOWN = "medical_assistance_fund_fen", "city_finance_fen", "township_finance_fen"


def _held(category: str) -> str:
    return f"'{category}' in held"


AID: list[tuple[str, str, dict[str, int]]] = [
    *((_held(code), code, {FUND: STANDARD_FEN}) for code in ASSISTED),
    ("age >= 70", "age_70_plus", {CITY: STANDARD_FEN}),
    (_held("severe_disability"), "severe_disability", {CITY: STANDARD_FEN}),
    (_held("preferential_treatment"), "preferential_treatment", {CITY: STANDARD_FEN}),
    *((_held(code), code, {CITY: HALF, TOWN: HALF}) for code in SPLIT),
    ("age >= 60", "age_60_69", {CITY: HALF}),
    ("", "", {}),
]
"""In the order in which they are chosen: the highest aid, assistance first, fewest payers, the notice."""

SCOPE = [
    ("employee_insured == true", "'employee_insured'"),
    ("insured_elsewhere == true", "'insured_elsewhere'"),
    ("not ground and hukou_area == null and residence_area == null and school_area == null", "'area_missing'"),
    ("not ground and lives_here", "'no_permit'"),
    ("not ground", "'outside_scope'"),
    ("repair_years > 0", "'repair_exceeds_gap'"),
    ("settled_on != null and d(settled_on).year() > 2025", "'year_over'"),
    ("", "null"),
]

FACTS = {
    "age": "2024 - d(birth_date).year()",
    "held": "filter(categories, not (# == 'severe_disability' and disability_grade in [3, 4]))",
    "lives_here": "residence_area != null and startsWith(residence_area, '3704')",
    "ground": "(hukou_area != null and startsWith(hukou_area, '3704'))"
    " or (student != 'none' and school_area != null and startsWith(school_area, '3704'))"
    " or ($.lives_here and residence_permit != 'none')",
}
MONEY = {
    "standard_fen": str(STANDARD_FEN),
    "personal_fen": f"$.standard_fen - {FUND} - {CITY} - {TOWN}",
    "universal_subsidy_fen": str(SUBSIDY_FEN),
    "repair_fen": "repair_years * $.standard_fen",
    "settled_on": "paid_at != null ? paid_at : ($.personal_fen == 0 ? '2024-10-01T00:00:00' : null)",
}
COVER = {
    "eligible": "reason == null",
    "known": "$.eligible and settled_on != null",
    "in_window": "$.known ? d(settled_on).isSameOrBefore(d('2024-12-31T23:59:59')) : null",
    "waiting_months": "$.known ? ($.in_window or d(birth_date).year() == 2025 ? 0 : 3) : null",
    "reached": "$.known ? d(settled_on).add($.waiting_months, 'M').startOf('day') : null",
    "first": "$.known ? ($.reached.isBefore(d('2025-01-01')) ? d('2025-01-01') : $.reached) : null",
    "start": "$.known ? ($.first.isBefore(d(birth_date)) ? d(birth_date) : $.first) : null",
    "benefit_start": "$.known and $.start.year() == 2025 ? $.start.format('%Y-%m-%d') : null",
    "benefit_end": "$.benefit_start != null ? '2025-12-31' : null",
}


def decision() -> str:
    """The JDM text."""
    nodes = [
        {"id": "in", "type": "inputNode", "name": "person"},
        _expressions("facts", FACTS),
        _table("aid", ["award", FUND, CITY, TOWN], [_aid_row(*row) for row in AID]),
        _expressions("money", MONEY),
        _table("scope", ["reason"], [(condition, [outcome]) for condition, outcome in SCOPE]),
        _expressions("cover", COVER),
        {"id": "out", "type": "outputNode", "name": "answer"},
    ]
    edges = [
        {"id": f"e{i}", "sourceId": a["id"], "targetId": b["id"], "type": "edge"}
        for i, (a, b) in enumerate(pairwise(nodes))
    ]
    return json.dumps({"nodes": nodes, "edges": edges})


def _aid_row(condition: str, award: str, pays: dict[str, int]) -> tuple[str, list[str]]:
    return condition, [f"'{award}'" if award else "null", *(str(pays.get(payer, 0)) for payer in (FUND, CITY, TOWN))]


def _expressions(name: str, values: dict[str, str]) -> dict[str, Any]:
    expressions = [{"id": f"{name}-{key}", "key": key, "value": value} for key, value in values.items()]
    return {
        "id": name,
        "type": "expressionNode",
        "name": name,
        "content": {"expressions": expressions, "passThrough": True},
    }


def _table(name: str, outputs: list[str], rows: list[tuple[str, list[str]]]) -> dict[str, Any]:
    columns = [{"id": f"{name}-{field}", "name": field, "field": field} for field in outputs]
    rules = [
        {
            "_id": f"{name}-{position}",
            f"{name}-if": condition,
            **{column["id"]: value for column, value in zip(columns, values, strict=True)},
        }
        for position, (condition, values) in enumerate(rows)
    ]
    return {
        "id": name,
        "type": "decisionTableNode",
        "name": name,
        "content": {
            "hitPolicy": "first",
            "inputs": [{"id": f"{name}-if", "name": "if"}],
            "outputs": columns,
            "rules": rules,
            "passThrough": True,
        },
    }
