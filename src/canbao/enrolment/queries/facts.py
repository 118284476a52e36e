"""Enrolments, and the facts of a resident as the policy engine takes them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from canbao.areas import queries as areas
from canbao.enrolment.models import Enrolment, EnrolmentState
from canbao.kernel.scope import Scope, area_prefix
from canbao.policy.notice import Route, Standing
from canbao.registry import queries as registry
from canbao.registry.models import Resident

Facts = dict[str, Any]
FactsRow = tuple[int, int, str, Facts]
BATCH_SIZE = 2000


def visible(scope: Scope) -> QuerySet[Enrolment]:
    return Enrolment.objects.filter(scope.q("resident__village_code"), pooling_area__in=areas.pooling_codes(scope))


def enrolment_of(scope: Scope, resident_id: int, benefit_year: int) -> Enrolment | None:
    """The live enrolment for the year, if there is one inside the scope."""
    return visible(scope).filter(resident_id=resident_id, benefit_year=benefit_year, state=EnrolmentState.LIVE).first()


def locked_enrolment(scope: Scope, resident_id: int, benefit_year: int) -> Enrolment | None:
    """As `enrolment_of`, and nobody stops or changes it until the transaction ends."""
    rows = visible(scope).select_for_update(of=("self",), no_key=True)
    return rows.filter(resident_id=resident_id, benefit_year=benefit_year, state=EnrolmentState.LIVE).first()


def locked_enrolments(scope: Scope, resident_ids: Collection[int], benefit_year: int) -> dict[int, Enrolment]:
    """As `locked_enrolment` for each resident, of those that nobody else holds now: nothing is waited for."""
    rows = visible(scope).select_for_update(of=("self",), no_key=True, skip_locked=True)
    found = rows.filter(resident_id__in=resident_ids, benefit_year=benefit_year, state=EnrolmentState.LIVE)
    return {row.resident_id: row for row in found}


def payable_later(scope: Scope, resident_ids: Collection[int], benefit_year: int, day: date) -> dict[int, date]:
    """Of these residents, those whose route lets them pay only after the day, with their first day."""
    waiting = visible(scope).filter(
        resident_id__in=resident_ids, benefit_year=benefit_year, state=EnrolmentState.LIVE, payable_from__gt=day
    )
    return {resident: first for resident, first in waiting.values_list("resident_id", "payable_from") if first}


def standing_of(scope: Scope, person: Resident, benefit_year: int) -> Standing:
    """What is known of the person's earlier years in this pooling area: enrolments here, else years of cover.

    Years of cover count as years here unless a transfer says that the latest of them was elsewhere.
    """
    here = visible(scope).filter(resident_id=person.pk, batch__undone_at=None)
    latest = here.order_by("-benefit_year", "-id").first()
    years = here.filter(benefit_year__lt=benefit_year).values_list("benefit_year", flat=True)
    covered = person.covered_years if person.last_cover_end is None else []
    return standing_by(latest.state if latest else None, [*years, *covered], benefit_year)


def standing_by(latest_state: str | None, years: Iterable[int], benefit_year: int) -> Standing:
    """`latest_state` is that of the latest enrolment here, `years` those that count as years here."""
    if latest_state == EnrolmentState.STOPPED:
        return "stopped"
    before = {year for year in years if year < benefit_year}
    if benefit_year - 1 in before:
        return "renewing"
    return "known" if before else "first"


def payable_from(route: Route, registered_on: date) -> date | None:
    """The first day on which the route lets somebody pay who registered on a day; None for at once.

    Where the notice gives a range of working days, payment may work from the shorter one on. CalendarMissing where the
    holidays are not known.
    """
    delay = route.payable_after
    return areas.add_working_days(registered_on, delay.least) if delay else None


def enrolments_of(scope: Scope, resident_id: int) -> list[Enrolment]:
    """All of them, stopped ones too, latest year first."""
    return list(visible(scope).filter(resident_id=resident_id).order_by("-benefit_year", "-id"))


def facts(scope: Scope, resident_id: int, benefit_year: int, on: date | None = None) -> Facts:
    """The person of contract.md: dated facts and categories as of the day, the rest as it stands now.

    The day is `on`, else the day of registration, else the last day before the benefit year. With a live enrolment the
    facts hold its tier, registration day and repaired years. ResidentNotFound outside the scope.
    """
    person = registry.resident(scope, resident_id)
    return facts_of(scope, person, enrolment_of(scope, resident_id, benefit_year), benefit_year, on)


def facts_of(
    scope: Scope, person: Resident, enrolment: Enrolment | None, benefit_year: int, on: date | None = None
) -> Facts:
    """As `facts`, of rows that the caller holds."""
    day = on or (enrolment.registered_on if enrolment else date(benefit_year - 1, 12, 31))
    categories = registry.categories_on(scope, [person.pk], day).get(person.pk, [])
    return _person(person, registry.facts_on(person, day), categories, enrolment)


_COLUMNS = (
    "hukou_area", "hukou_kind", "residence_area", "permit_relation", "school_area",
    "disability_grade",
)  # fmt: skip


def _person(person: Resident, known: Facts, categories: list[str], enrolment: Enrolment | None) -> Facts:
    """Only what is known: an absent key means null, false or empty."""
    facts: Facts = {"person_id": str(person.pk), "birth_date": person.birth_on.isoformat()}
    facts["sex"] = person.sex
    facts.update((column, value) for column in _COLUMNS if (value := known[column]) is not None)
    days = {"hukou_since": known["hukou_since"], "last_cover_end": person.last_cover_end}
    facts.update((column, day.isoformat()) for column, day in days.items() if day)
    facts.update((column, True) for column in ("employee_insured", "insured_elsewhere") if known[column])
    for column in ("residence_permit", "student"):
        if known[column] not in (None, "none"):
            facts[column] = known[column]
    if person.covered_years:
        facts["covered_years"] = sorted(person.covered_years)
    if person.attributes:
        facts["attributes"] = person.attributes
    if categories:
        facts["categories"] = categories
    if enrolment is not None:
        facts["registered_on"] = enrolment.registered_on.isoformat()
        if enrolment.tier is not None:
            facts["tier"] = enrolment.tier
        if enrolment.repair_years:
            facts["repair_years"] = enrolment.repair_years
    return facts


_INSIDE = """
    FROM enrolment_enrolment e
    JOIN registry_resident r ON (r.pooling_area, r.id) = (e.pooling_area, e.resident_id)
    WHERE e.pooling_area = %(fund)s AND e.policy_id = %(policy)s AND e.state = 'live' AND r.died_on IS NULL
"""
_VILLAGES = f"""
    SELECT r.village_code, count(*) {_INSIDE} AND r.village_code ^@ ANY (%(inside)s)
    GROUP BY r.village_code ORDER BY r.village_code
"""


# Whoever has no dated facts is told by a hashed set, in a third of the time of asking the function about him.
# The keys are those of `_person`: a test holds the two against each other for every person of the demo.
def person_json(day: str, chosen: str = "") -> str:
    """SQL for what `_person` gives, as jsonb, of `registry_resident r` on a day; `chosen` are pairs of an enrolment."""
    return f"""jsonb_strip_nulls(jsonb_build_object(
        'person_id', r.id::text, 'birth_date', r.birth_on, 'sex', r.sex,
        'hukou_area', r.hukou_area, 'hukou_kind', r.hukou_kind, 'hukou_since', r.hukou_since,
        'residence_area', r.residence_area, 'residence_permit', nullif(r.residence_permit, 'none'),
        'permit_relation', r.permit_relation, 'student', nullif(r.student, 'none'), 'school_area', r.school_area,
        'disability_grade', r.disability_grade, 'employee_insured', nullif(r.employee_insured, false),
        'insured_elsewhere', nullif(r.insured_elsewhere, false), 'last_cover_end', r.last_cover_end,
        'covered_years', nullif((SELECT to_jsonb(array_agg(y ORDER BY y)) FROM unnest(r.covered_years) y), '[]'),
        'attributes', nullif(r.attributes, '{{}}'), {chosen} 'categories', (
            SELECT jsonb_agg(c.code ORDER BY c.code COLLATE "C") FROM registry_residentcategory c
            WHERE (c.pooling_area, c.resident_id) = (r.pooling_area, r.id)
              AND c.from_on <= {day} AND (c.until_on IS NULL OR c.until_on > {day}))
    ) || CASE WHEN EXISTS (
        SELECT FROM registry_residentfact dated WHERE (dated.pooling_area, dated.resident_id) = (r.pooling_area, r.id)
    ) THEN registry_facts_on(r.pooling_area, r.id, {day}) ELSE '{{}}' END)"""


_CHOSEN = "'tier', e.tier, 'registered_on', e.registered_on, 'repair_years', nullif(e.repair_years, 0),"
_FACTS = f"""
    SELECT r.id, e.id, r.village_code, {person_json("e.registered_on", _CHOSEN)}::text
    {_INSIDE} AND r.village_code = ANY (%(villages)s)
    ORDER BY r.village_code, r.id
"""


_FACTS_ENROLLED = f"""
    SELECT r.id, {person_json("e.registered_on", _CHOSEN)}::text
    FROM enrolment_enrolment e
    JOIN registry_resident r ON (r.pooling_area, r.id) = (e.pooling_area, e.resident_id)
    WHERE e.id = ANY (%(enrolments)s)
"""


def facts_enrolled(enrolled: Collection[Enrolment]) -> dict[int, Facts]:
    """Resident id → as `facts_of` for each of these enrolments, which the caller was allowed to read."""
    with connection.cursor() as cursor:
        cursor.execute(_FACTS_ENROLLED, {"enrolments": [row.pk for row in enrolled]})
        return {resident: json.loads(text) for resident, text in cursor.fetchall()}


def facts_batches(scope: Scope, policy_id: str, area_code: str, size: int = BATCH_SIZE) -> Iterator[list[FactsRow]]:
    """The live enrolments of a policy in an area, village by village, as (resident_id, enrolment_id, village, facts).

    Batches hold whole villages: about `size` people, more if one village has more. The deceased are left out, and so is
    what lies outside the scope. Each batch is one statement, so that nobody holds a transaction open over a county.
    """
    fund = areas.pooling_area_of(area_code)
    inside = list(common(scope, area_prefix(area_code)))
    if fund is None or not inside:
        return
    keys: dict[str, Any] = {"fund": fund.code, "policy": policy_id}
    with connection.cursor() as cursor:
        cursor.execute(_VILLAGES, {**keys, "inside": inside})
        counts = cursor.fetchall()
    for villages in _packed(counts, size):
        with connection.cursor() as cursor:
            cursor.execute(_FACTS, {**keys, "villages": villages})
            rows = cursor.fetchall()
        yield [(resident, enrolment, village, json.loads(text)) for resident, enrolment, village, text in rows]


_FACTS_OF = f"""
    SELECT r.id, e.id, r.village_code, {person_json("e.registered_on", _CHOSEN)}::text
    {_INSIDE} AND r.id = ANY (%(residents)s) AND r.village_code ^@ ANY (%(inside)s)
"""


def facts_among(scope: Scope, pooling_area: str, policy_id: str, resident_ids: Collection[int]) -> list[FactsRow]:
    """As `facts_batches`, of these residents of a pooling area and in no order."""
    keys: dict[str, Any] = {
        "fund": pooling_area, "policy": policy_id, "residents": list(resident_ids), "inside": list(scope.prefixes)
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_FACTS_OF, keys)
        return [(resident, enrolled, village, json.loads(text)) for resident, enrolled, village, text in cursor]


def count_enrolled(scope: Scope, policy_id: str, area_code: str) -> int:
    """How many people `facts_batches` yields for the same arguments."""
    fund = areas.pooling_area_of(area_code)
    inside = list(common(scope, area_prefix(area_code)))
    if fund is None or not inside:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_VILLAGES, {"fund": fund.code, "policy": policy_id, "inside": inside})
        return sum(count for _, count in cursor.fetchall())


def common(scope: Scope, prefix: str) -> list[str]:
    """The prefixes that the area and the scope have in common."""
    if any(prefix.startswith(own) for own in scope.prefixes):
        return [prefix]
    return [own for own in scope.prefixes if own.startswith(prefix)]


def _packed(counts: list[tuple[str, int]], size: int) -> Iterator[list[str]]:
    batch: list[str] = []
    people = 0
    for village, count in counts:
        if batch and people + count > size:
            yield batch
            batch, people = [], 0
        batch.append(village)
        people += count
    if batch:
        yield batch
