"""The demo: as many people as asked for, the same for a seed, each of them plainly invented and fit for the engine."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from random import Random

import pytest
from django.db import connection, transaction
from django.db.models import F, Q

from canbao import demo
from canbao.areas.models import Area
from canbao.demo.facts import _enrol
from canbao.demo.households import CENSUS_BANDS, households
from canbao.demo.loading import Loaded
from canbao.demo.numbers import NumberBook, is_marked
from canbao.demo.places import AS_OF, KNOWN_ON, PLACES, Place
from canbao.demo.refusals import RegisterInUse
from canbao.enrolment import queries as enrolment
from canbao.enrolment.models import Enrolment
from canbao.kernel.clock import FixedClock, shanghai
from canbao.kernel.scope import Scope
from canbao.policy import Answer, policies, quote
from canbao.registry import queries as registry
from canbao.registry.models import Household, Resident, ResidentCategory
from canbao.staff import queries as staff
from canbao.staff.models import Grant, Login

SIZE, SEED = 4000, 7
EVERYWHERE = Scope(actor_id=None, actor_name="演示", prefixes=("14", "31", "37"))
CLOCK = FixedClock(shanghai(2024, 11, 1))
# Enrolled by mistake on purpose, so that pages have something to refuse; at most this share of a place's enrolments.
MISTAKES = {"employee_insured", "insured_elsewhere", "no_permit", "tier_missing"}
MISTAKES_SHARE_MAX = 0.03


@pytest.fixture(scope="module")
def loaded(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[Loaded]:
    """Loaded once for the module, in a transaction that is thrown away."""
    with django_db_blocker.unblock(), transaction.atomic():
        made = demo.load(lambda line: None, size=SIZE, seed=SEED)
        assert made is not None
        yield made
        transaction.set_rollback(True)
    with django_db_blocker.unblock():
        connection.close()


pytestmark = pytest.mark.django_db


def person(name: str) -> Resident:
    """One of the cast: they come first in the register of their place."""
    return Resident.objects.filter(name=name).earliest("pk")


def test_nobody_is_made_to_register_after_his_death() -> None:
    """The database refuses such a row, and with it the whole demo."""
    registered, died_on = 0, date(2024, 11, 15)
    for seed in range(3000):
        member = replace(households(Random(1), 1)[0].members[0], died_on=died_on)
        _enrol(Random(seed), member, PLACES[0])
        if member.registered_on is not None:
            registered += 1
            assert member.registered_on < died_on
    assert registered > 0


def fingerprint() -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(concat_ws('|', r.name, r.number_index, r.village_code, r.student, r.covered_years,"
            " e.tier, e.registered_on), E'\\n' ORDER BY r.id) FROM registry_resident r"
            " LEFT JOIN enrolment_enrolment e ON e.resident_id = r.id"
        )
        return hashlib.sha256(str(cursor.fetchone()).encode()).hexdigest()


def test_the_planner_knows_what_was_loaded(loaded: Loaded) -> None:
    with connection.cursor() as cursor:
        # pg_stats itself shows nothing of guarded tables; a table that was never analysed has -1 here.
        cursor.execute("SELECT relname FROM pg_class WHERE reltuples > 0 AND relname ~ '^(areas|registry|enrolment)_'")
        known = {table for (table,) in cursor.fetchall()}

    assert known >= {"areas_area", "registry_resident", "registry_residentcategory", "enrolment_enrolment"}


def test_there_are_as_many_people_as_asked_for(loaded: Loaded) -> None:
    assert Resident.objects.count() == loaded.people == SIZE
    assert Household.objects.count() == loaded.households
    assert Enrolment.objects.count() == loaded.enrolled
    assert 0.7 < loaded.enrolled / loaded.people < 0.95


def test_the_same_seed_makes_the_same_people_and_another_makes_others(loaded: Loaded) -> None:
    first = fingerprint()
    prints = []
    for seed in (SEED, SEED + 1):
        with transaction.atomic():
            _forget()
            demo.load(lambda line: None, size=SIZE, seed=seed)
            prints.append(fingerprint())
            transaction.set_rollback(True)

    assert prints[0] == first
    assert prints[1] != first


def test_loading_again_changes_nothing(loaded: Loaded) -> None:
    before = fingerprint()

    assert demo.load(lambda line: None, size=10, seed=1) is None
    assert fingerprint() == before


def test_a_register_with_real_people_is_left_alone(loaded: Loaded) -> None:
    Resident.objects.filter(pk=Resident.objects.values("pk")[:1]).update(invented=False)

    with pytest.raises(RegisterInUse):
        demo.load(lambda line: None)


def test_everybody_is_marked_as_invented_and_no_number_is_given_twice(loaded: Loaded) -> None:
    with_number = Resident.objects.filter(document_kind="resident_id", number_sealed__isnull=False)
    numbers = [row.id_number.unmasked for row in with_number if row.id_number]

    assert not Resident.objects.filter(invented=False).exists()
    assert all(is_marked(number) for number in numbers)
    assert len(set(numbers)) == len(numbers) > 0.99 * SIZE
    counties = set(Area.objects.filter(level="county").values_list("code", flat=True))
    assert {number[:6] for number in numbers} <= counties


def test_marked_numbers_run_out_rather_than_repeat() -> None:
    book = NumberBook()
    given = [book.next("370481", date(1960, 1, 1), "female") for _ in range(51)]

    assert given[-1] is None
    assert len({number for number in given[:-1] if number}) == 50


def test_ages_follow_the_census() -> None:
    people = [member for household in households(Random(1), 20_000) for member in household.members]
    bands = Counter(min(member.age_on(AS_OF) // 5, len(CENSUS_BANDS) - 1) for member in people)

    assert len(people) == 20_000
    for band, count in enumerate(CENSUS_BANDS):
        assert abs(bands[band] / len(people) - count / sum(CENSUS_BANDS)) < 0.01, band


def test_every_household_has_one_head_who_is_grown_up(loaded: Loaded) -> None:
    heads = Resident.objects.filter(kinship="head")

    assert heads.count() == Household.objects.count()
    assert not heads.filter(birth_on__gt=date(2006, 12, 31)).exists()


def test_villages_are_real_and_of_uneven_size(loaded: Loaded) -> None:
    counts = Counter(Resident.objects.filter(village_code__startswith="370481").values_list("village_code", flat=True))

    assert set(counts) <= set(Area.objects.filter(level="village").values_list("code", flat=True))
    assert max(counts.values()) > 3 * min(counts.values())


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.area)
def test_the_engine_takes_everybody_and_refuses_only_the_mistakes(loaded: Loaded, place: Place) -> None:
    policy = policies.get(place.policy_id)
    assert policy.pooling_area == place.pooling_area
    everybody = Resident.objects.filter(pooling_area=policy.pooling_area).values_list("pk", flat=True)
    for resident_id in everybody[:60]:
        quote(policy, enrolment.facts(EVERYWHERE, resident_id, policy.benefit_year))
    reasons: Counter[str | None] = Counter()
    awards: Counter[str | None] = Counter()
    for batch in enrolment.facts_batches(EVERYWHERE, policy.id, policy.area):
        for resident_id, _, _, facts in batch:
            answer = quote(policy, facts)
            reasons[answer.reason] += 1
            awards[answer.award] += 1
            if resident_id % 60 == 0:
                assert facts == enrolment.facts(EVERYWHERE, resident_id, policy.benefit_year)

    mistakes = sum(count for reason, count in reasons.items() if reason is not None)
    assert set(reasons) <= MISTAKES | {None}
    assert mistakes <= MISTAKES_SHARE_MAX * reasons.total()
    assert len(awards) > 2


def test_weifang_adults_have_a_tier_but_for_a_few(loaded: Loaded) -> None:
    tiers = Counter(Enrolment.objects.filter(policy_id="370700-2025").values_list("tier", flat=True))

    assert tiers["low"] > tiers["high"] > 0
    assert Enrolment.objects.exclude(policy_id="370700-2025").filter(tier__isnull=False).count() == 0
    han = Enrolment.objects.get(resident=person("韩未定"))
    assert (
        quote(policies.get("370700-2025"), enrolment.facts(EVERYWHERE, han.resident_id, 2025)).reason == "tier_missing"
    )


def test_liu_yuzhen_is_63_and_pays_half(loaded: Loaded) -> None:
    facts = enrolment.facts(EVERYWHERE, person("刘玉珍").pk, 2025)
    answer = quote(policies.get("370481-2025"), facts | {"paid_at": "2024-11-01T09:00:00"})

    assert (answer.personal_fen, answer.award) == (20000, "age_60_69")
    assert str(answer.benefit_start) == "2025-01-01"


def test_the_rest_of_the_cast_is_in_the_trouble_it_was_made_for(loaded: Loaded) -> None:
    def answer(name: str, policy_id: str) -> Answer:
        return quote(policies.get(policy_id), enrolment.facts(EVERYWHERE, person(name).pk, 2025))

    assert answer("张桂兰", "370481-2025").personal_fen == 0
    assert answer("周有田", "370481-2025").award is None
    assert answer("马远行", "370481-2025").reason == "no_permit"
    assert answer("孙一鸣", "370481-2025").reason == "employee_insured"
    assert answer("郑海归", "310000-2025").eligible
    assert person("赵阿婆").died_on is not None
    assert 2024 not in person("陈守义").covered_years
    assert person("李小满").id_number is None
    assert person("单雄飞").initials == "sxf"


def test_li_xiaoman_is_a_free_newborn_until_her_ninetieth_day(loaded: Loaded) -> None:
    facts = enrolment.facts(EVERYWHERE, person("李小满").pk, 2025)
    registered = [facts | {"registered_on": f"2025-04-{day:02}"} for day in (9, 10, 11)]

    assert [quote(policies.get("140600-2025"), known).klass for known in registered] == [
        "newborn",
        "newborn",
        "resident",
    ]


def test_nothing_in_the_register_is_of_a_later_day_but_for_those_who_wait_for_spring(loaded: Loaded) -> None:
    later = Resident.objects.filter(
        Q(birth_on__gt=KNOWN_ON)
        | Q(died_on__gt=KNOWN_ON)
        | Q(hukou_since__gt=KNOWN_ON)
        | Q(last_cover_end__gt=KNOWN_ON)
    )

    assert set(later.values_list("name", flat=True)) == {"李小满", "王建国"}
    assert not Enrolment.objects.filter(Q(registered_on__gt=KNOWN_ON) | Q(resident__in=later)).exists()
    assert not ResidentCategory.objects.filter(from_on__gt=KNOWN_ON).exists()


def test_categories_come_from_departments_and_some_have_ended(loaded: Loaded) -> None:
    assert ResidentCategory.objects.filter(until_on__isnull=False).exists()
    assert (
        ResidentCategory.objects.filter(code="severe_disability").exclude(certified_by="disabled_federation").count()
        == 0
    )
    assert ResidentCategory.objects.values("code").distinct().count() > 8


def test_the_demo_s_clerks_see_their_own_place_and_nothing_else(loaded: Loaded) -> None:
    def found(username: str) -> int:
        scope = staff.scope_of(Login.objects.get(username=username), "find_people", CLOCK)
        return len(registry.find_residents(scope, "张桂兰", limit=5))

    assert found("clerk.tengzhou") >= 1
    assert found("village.tengzhou") >= 1
    assert found("village.other") == 0
    assert found("no.grant") == 0
    assert found("supervision.tengzhou") == 0


def _forget() -> None:
    """Empty the register inside the test's transaction, and count the ids from the same start again."""
    for model in (Enrolment, ResidentCategory, Resident, Household):
        model.objects.all().delete()
    # Whoever holds no role any more is given no mandate again.
    Grant.objects.update(until_on=F("from_on"))
    Login.objects.filter(is_demo=True).update(is_demo=False)
    for login in Login.objects.all():
        Login.objects.filter(pk=login.pk).update(username=f"former {login.pk}")
