"""What the demo's people are: household register, permits, school, work, categories, cover in the past, enrolment.

Shares are chosen so that every rule of a notice meets somebody; they are not statistics of the place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from canbao.demo.person import Certified, Invented, InventedHousehold
from canbao.demo.places import AS_OF, BENEFIT_YEAR, KNOWN_ON, REGISTERED_BEFORE, Place
from canbao.kernel.scope import lies_in
from canbao.registry.models import Department

SCHOOL_YEAR_BEGAN = date(2024, 9, 1)
_HISTORY_FROM = 2019
_D = Department


@dataclass(frozen=True)
class Setting:
    """Where a household lives, and the counties that its migrants come from."""

    place: Place
    village: str
    counties_elsewhere: Sequence[str]

    @property
    def county(self) -> str:
        return self.village[:6]


def settle(chance: Random, household: InventedHousehold, setting: Setting) -> None:
    """Give every member of the household the facts of somebody who lives there."""
    migrant = chance.random() < setting.place.migrant_share
    urban = chance.random() < setting.place.urban_share
    origin = chance.choice(setting.counties_elsewhere)
    for member in household.members:
        if migrant:
            _as_migrant(chance, member, setting, origin)
        else:
            _as_local(chance, member, setting)
        member.hukou_kind = "urban" if urban else "rural"
        _school(chance, member, setting)
        _work(chance, member, urban)
        _history(chance, member)
        _disability(chance, member)
        _own_categories(chance, member, urban)
    _household_categories(chance, household, urban)
    for member in household.members:
        if chance.random() < 0.006 and member.age_on(AS_OF) > 55:
            member.died_on = KNOWN_ON - timedelta(days=chance.randint(0, 75))
        _enrol(chance, member, setting.place)


def _as_local(chance: Random, member: Invented, setting: Setting) -> None:
    member.id_area = member.hukou_area = member.residence_area = setting.village
    member.hukou_since = member.birth_on
    if member.kinship == "spouse" and member.age_on(AS_OF) > 21 and chance.random() < 0.6:
        member.hukou_since = member.birth_on + timedelta(days=chance.randint(21 * 366, 24 * 365))
        member.id_area = chance.choice(setting.counties_elsewhere)
    if chance.random() < 0.06 and member.age_on(AS_OF) > 18:
        member.residence_area = chance.choice(setting.counties_elsewhere)


def _as_migrant(chance: Random, member: Invented, setting: Setting, origin: str) -> None:
    member.id_area = member.hukou_area = origin
    member.hukou_since = member.birth_on
    member.residence_area = setting.village
    if chance.random() < 0.12:
        return
    place = setting.place
    member.residence_permit = chance.choice(place.permits)
    spouse = member.kinship == "spouse" and place.permits_of_family
    member.permit_relation = "child" if member.age_on(AS_OF) < 18 else "spouse" if spouse else "holder"


def _school(chance: Random, member: Invented, setting: Setting) -> None:
    age = member.age_on(SCHOOL_YEAR_BEGAN)
    lot = chance.random()
    if 3 <= age <= 5 and lot < 0.92:
        member.student = "preschool"
    elif 6 <= age <= 14 or (15 <= age <= 17 and lot < 0.62):
        member.student = "pupil"
    elif 15 <= age <= 18 and lot < 0.92:
        member.student = "vocational"
    elif 18 <= age <= 21 and lot < 0.5:
        member.student = "university"
    if member.student == "university":
        near = chance.random() < 0.7
        member.school_area = setting.place.universities if near else chance.choice(setting.counties_elsewhere)
    elif member.student != "none":
        member.school_area = setting.county


def _work(chance: Random, member: Invented, urban: bool) -> None:
    if member.student == "none" and 22 <= member.age_on(AS_OF) <= 59:
        member.employee_insured = chance.random() < (0.34 if urban else 0.1)
    if not member.employee_insured:
        member.insured_elsewhere = chance.random() < 0.008


def _history(chance: Random, member: Invented) -> None:
    """Years covered by any basic insurance, up to the year before the benefit year."""
    years = range(max(_HISTORY_FROM, member.birth_on.year), BENEFIT_YEAR)
    lot = chance.random()
    if lot < 0.86:
        member.covered_years = list(years)
    elif lot < 0.97:
        member.covered_years = [year for year in years if chance.random() < 0.7]
    if 25 <= member.age_on(AS_OF) <= 59 and not member.employee_insured and chance.random() < 0.015:
        member.last_cover_end = date(2024, 12, 1) - timedelta(days=chance.choice((1, 31, 62, 93, 124, 185)))


def _disability(chance: Random, member: Invented) -> None:
    share = 0.012 + 0.0006 * max(member.age_on(AS_OF), 0)
    if chance.random() >= share:
        return
    member.disability_grade = chance.choices((1, 2, 3, 4), (2, 3, 3, 4))[0]
    certified = member.disability_grade <= 2 or chance.random() < 0.03
    if certified:
        member.categories.append(_certified(chance, "severe_disability", _D.DISABLED_FEDERATION, member))


def _own_categories(chance: Random, member: Invented, urban: bool) -> None:
    age = member.age_on(AS_OF)
    for code, by, low, high, share in (
        ("preferential_treatment", _D.VETERANS_AFFAIRS, 45, 99, 0.006),
        ("advanced_age", _D.CIVIL_AFFAIRS, 80, 120, 0.05),
        ("key_hardship_child", _D.CIVIL_AFFAIRS, 0, 15, 0.003),
        ("hiv_affected_child", _D.CIVIL_AFFAIRS, 0, 15, 0.0006),
        ("family_planning_one_girl", _D.HEALTH, 60, 80, 0.0 if urban else 0.02),
        ("family_planning_two_girls", _D.HEALTH, 60, 80, 0.0 if urban else 0.02),
        ("family_planning_lost_child", _D.HEALTH, 49, 80, 0.003),
    ):
        if low <= age <= high and chance.random() < share:
            member.categories.append(_certified(chance, code, by, member))
    alone = member.kinship == "head"
    if alone and age >= 60 and chance.random() < 0.012:
        member.categories.append(_certified(chance, "extreme_poverty", _D.CIVIL_AFFAIRS, member))
    if member.kinship == "grandchild" and chance.random() < 0.3:
        code = chance.choice(("orphan", "unsupported_child"))
        member.categories.append(_certified(chance, code, _D.CIVIL_AFFAIRS, member))


def _household_categories(chance: Random, household: InventedHousehold, urban: bool) -> None:
    """Low income is found of a household, so all of its members share the category and its days."""
    lot = chance.random()
    code, by = "", _D.CIVIL_AFFAIRS
    if lot < 0.022:
        code = "subsistence_allowance"
    elif lot < 0.030:
        code = "subsistence_margin"
    elif not urban and lot < 0.056:
        by = _D.AGRICULTURE
        code = chance.choices(
            ("poverty_alleviated", "poverty_monitored_unstable", "poverty_monitored_margin",
             "poverty_monitored_sudden", "poverty_returned"),
            (20, 2, 2, 1, 0.3),
        )[0]  # fmt: skip
    if not code:
        return
    first = _certified(chance, code, by, household.head)
    for member in household.members:
        if not member.employee_insured:
            from_on = max(first.from_on, member.birth_on)
            until_on = first.until_on if first.until_on and first.until_on > from_on else None
            member.categories.append(Certified(code, by, from_on, until_on))


def _certified(chance: Random, code: str, by: Department, member: Invented) -> Certified:
    """Mostly still valid; sometimes ended before the season, sometimes certified only after it began."""
    lot = chance.random()
    from_on = date(chance.randint(2019, 2023), chance.randint(1, 12), 1)
    until_on = None
    if lot < 0.06:
        until_on = date(2024, chance.randint(2, 9), 1)
    elif lot < 0.10:
        from_on = date(2024, 11, chance.randint(1, 30))
    from_on = max(from_on, member.birth_on)
    if until_on is not None and until_on <= from_on:
        until_on = None
    return Certified(code, by, from_on, until_on)


def _enrol(chance: Random, member: Invented, place: Place) -> None:
    """Most are enrolled. Who is insured otherwise or has no ground to enrol here mostly is not."""
    obstacle = (
        member.employee_insured
        or member.insured_elsewhere
        or not _has_ground(member, place)
        or member.died_on is not None
    )
    lot = chance.random()
    if lot >= (0.02 if obstacle else 0.93):
        return
    began = max(place.registration_from, member.birth_on)
    days = (REGISTERED_BEFORE - began).days
    if days < 1:
        return
    registered_on = began + timedelta(days=chance.randrange(days))
    if member.died_on is not None and member.died_on <= registered_on:
        return
    member.registered_on = registered_on
    grown = member.student == "none" and member.age_on(AS_OF) >= 18
    if place.has_tiers and grown:
        member.tier = chance.choices(("low", "high", None), (60, 38, 2))[0]


def _has_ground(member: Invented, place: Place) -> bool:
    """Whether the household register or a permit lets the person enrol here; the policy decides, this only weighs."""
    if member.hukou_area is not None and lies_in(member.hukou_area, place.area):
        return True
    if place.permits_of_family:
        return member.residence_permit in ("points_qualified", "class_b") and member.permit_relation != "holder"
    return member.residence_permit != "none"
