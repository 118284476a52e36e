"""Random persons, biased towards the edges of the five policies."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import Any

from canbao.policy import Policy
from canbao.policy.codes import CATEGORIES, CHOICES
from canbao.policy.conditions import Condition, walk
from canbao.policy.distinctions import edges_of
from canbao.policy.person import CHECK_DIGITS, CHECK_WEIGHTS

AREAS = ("370702", "370124", "370102", "370481", "370402", "140602", "310101", "410102", "370481001001", "140600")
AREA_KEYS = ("hukou_in", "residence_in", "school_in")
LONGEST = timedelta(days=140)


def id_number(born: date, order: int, area: str = "370481") -> str:
    """An invented 18-character number with the right check digit."""
    body = f"{area[:6]}{born:%Y%m%d}{order % 1000:03d}"
    return body + CHECK_DIGITS[sum(int(d) * w for d, w in zip(body, CHECK_WEIGHTS, strict=False)) % 11]


def near(rng: random.Random, day: date) -> date:
    return day + timedelta(days=rng.choice((-366, -1, 0, 0, 1, 2, 30, rng.randint(-200, 200))))


def birth(rng: random.Random, policy: Policy) -> date:
    year = policy.benefit_year
    edges = [date(year - age - shift, 12, 31) for age in (0, 1, 17, 18, 19, 59, 60, 69, 70) for shift in (0, 1)]
    edges += [policy.opens.date(), policy.closes.date(), date(year - 17, 1, 1), date(2004, 2, 29), date(1964, 2, 29)]
    return (
        near(rng, rng.choice(edges))
        if rng.random() < 0.8
        else date(rng.randint(1925, year), rng.randint(1, 12), rng.randint(1, 28))
    )


def moment(rng: random.Random, policy: Policy) -> datetime:
    year_end = datetime(policy.benefit_year, 12, 31, 23, 59, 59)
    edges = [policy.opens, policy.closes, datetime(policy.benefit_year, 1, 1), year_end]
    if rng.random() < 0.4:
        return max(policy.opens, rng.choice(edges) + timedelta(seconds=rng.choice((-1, 0, 1, 86_400))))
    span = int((year_end - policy.opens).total_seconds())
    return policy.opens + timedelta(seconds=rng.randint(0, span + 40 * 86_400))


def person(rng: random.Random, policy: Policy, number: int) -> dict[str, Any]:
    born = birth(rng, policy)
    facts: dict[str, Any] = {"person_id": f"p{number}", "birth_date": born.isoformat()}
    home = rng.choice(AREAS) if rng.random() < 0.4 else policy.area
    facts["hukou_area"] = rng.choice((home, home, rng.choice(AREAS), None))
    facts["residence_area"] = rng.choice((home, policy.area, rng.choice(AREAS), None))
    if rng.random() < 0.3:
        facts["student"] = rng.choice(CHOICES["student"])
        facts["school_area"] = rng.choice((home, rng.choice(AREAS), None))
    if rng.random() < 0.3:
        facts["residence_permit"] = rng.choice(CHOICES["residence_permit"])
        facts["permit_relation"] = rng.choice((*CHOICES["permit_relation"], None))
    if rng.random() < 0.5:
        facts["categories"] = rng.sample(CATEGORIES, rng.choice((1, 1, 2, 3)))
        facts["disability_grade"] = rng.choice((None, 1, 2, 3, 4))
    facts["hukou_kind"] = rng.choice(("rural", "urban", None))
    facts["tier"] = rng.choice(("low", "high", "low", None))
    facts["employee_insured"] = rng.random() < 0.05
    facts["insured_elsewhere"] = rng.random() < 0.05
    if rng.random() < 0.2:
        facts["id_number"] = id_number(born, rng.randint(0, 999))
        facts["birth_date"] = rng.choice((facts["birth_date"], None))
    _history(rng, policy, facts)
    return facts


def local(rng: random.Random, policy: Policy, facts: dict[str, Any]) -> dict[str, Any]:
    """The same person with areas and categories that this policy's own conditions name."""
    parts = [part for condition in policy.conditions() for part in walk(condition)]
    areas = {code for part in parts for key in AREA_KEYS for code in getattr(part, key) or ()}
    for key in AREA_KEYS:
        if areas and rng.random() < 0.5:
            facts[key.replace("_in", "_area")] = rng.choice((*sorted(areas), policy.area))
    named = sorted({code for code in policy.categories if code.startswith("local_")})
    if named and rng.random() < 0.4:
        facts["categories"] = [*(facts.get("categories") or []), rng.choice(named)]
    if any(part.sex for part in parts):
        facts["sex"] = rng.choice(("female", "male", None))
    return facts


def settled(rng: random.Random, policy: Policy, base: dict[str, Any], number: int) -> dict[str, Any]:
    """The same person, settling some other time, with local facts and events about that time."""
    parts = [part for condition in policy.conditions() for part in walk(condition)]
    facts = {**base, "person_id": f"p{number}"}
    moments = [moment(rng, policy)]
    if rng.random() < 0.6:
        moments += [edge for edge in edges_of(policy) if edge >= policy.opens]
    at = rng.choice(moments) - timedelta(seconds=rng.choice((0, 0, 1)))
    if rng.random() < 0.5:
        facts["paid_at"] = max(policy.opens, at).isoformat()
    attributes: dict[str, Any] = {}
    for part in parts:
        for name, values in (part.attribute or {}).items():
            if rng.random() < 0.5:
                attributes[name] = rng.choice(values)
        if part.hukou_since is not None and part.hukou_since.on_or_after is not None:
            edge = part.hukou_since.on_or_after.resolve(policy.benefit_year)
            facts["hukou_since"] = (edge + timedelta(days=rng.choice((-1, 0)))).isoformat()
        _event(rng, part, at.date(), facts, attributes)
    if attributes:
        facts["attributes"] = attributes
    return facts


def _event(rng: random.Random, part: Condition, on: date, facts: dict[str, Any], attributes: dict[str, Any]) -> None:
    """Sometimes the day of an event whose limit passes about the day on which the person settles."""
    limit = part.settled_within
    if limit is None or rng.random() < 0.5:
        return
    length = timedelta(days=limit.days) if limit.days is not None else timedelta(days=30.4 * (limit.months or 0))
    day = on - length + timedelta(days=rng.choice((-2, -1, 0, 0, 1, 2, 3, 40)))
    if limit.attribute is not None:
        attributes[limit.attribute] = day.isoformat()
    elif limit.of != "birth":
        facts[limit.of] = day.isoformat()
    elif "id_number" not in facts:
        facts["birth_date"] = day.isoformat()


def _history(rng: random.Random, policy: Policy, facts: dict[str, Any]) -> None:
    year = policy.benefit_year
    facts["covered_years"] = sorted(rng.sample(range(year - 8, year), rng.randint(0, 6)))
    if rng.random() < 0.2:
        facts["hukou_since"] = date(rng.randint(year - 8, year), rng.randint(1, 12), 1).isoformat()
    if rng.random() < 0.2:
        facts["repair_years"] = rng.randint(0, 5)
    if rng.random() < 0.2:
        facts["last_cover_end"] = near(rng, date(year, rng.randint(1, 12), rng.randint(1, 28)) - LONGEST).isoformat()
    if rng.random() < 0.6:
        facts["paid_at"] = moment(rng, policy).isoformat()
    if rng.random() < 0.5:
        facts["registered_on"] = (moment(rng, policy).date() - timedelta(days=rng.choice((0, 0, 100)))).isoformat()
