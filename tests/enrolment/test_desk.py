"""Applications at a counter, for a restart, for a change; permits that run out; people sent elsewhere by a notice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from canbao.billing import actions as billing
from canbao.enrolment import actions, queries
from canbao.enrolment.models import Application, ApplicationKind, Enrolment
from canbao.enrolment.queries import Plan
from canbao.kernel.clock import FixedClock, shanghai
from canbao.kernel.refusals import Refusal
from canbao.policy import policies, quote
from canbao.registry import actions as registry
from canbao.registry.codes import Department, DocumentChange, DocumentKind, FactKind
from canbao.registry.models import Resident
from tests import town
from tests.registry.conftest import number

pytestmark = pytest.mark.django_db
BORN, TODAY = date(1990, 3, 7), date(2024, 11, 1)
NUMBER = number(BORN, 2)
WARD = replace(town.TIERS_CLERK, roles=frozenset({"hospital"}))


def code_of(work: Any) -> str:
    with pytest.raises(Refusal) as refused, transaction.atomic():
        work()
    return refused.value.code


def taken(
    clock: FixedClock, actor: Any = town.EAST_CLERK, seen: tuple[str, ...] = ("有效身份证件",), **further: Any
) -> Application:
    return actions.take_application(
        actor=actor, asked=town.asked("李新", NUMBER, **further), seen=seen, clock=clock
    )  # fmt: skip


def approved(row: Application, clock: FixedClock) -> Application:
    return billing.approve_application(actor=town.CLERK, application_id=row.pk, clock=clock)


def known(village: str = town.EAST, **facts: Any) -> Resident:
    facts = {"hukou_area": town.COUNTY, "residence_area": village, "covered_years": [2024], **facts}
    new = registry.NewResident(
        name="李新", birth_on=BORN, sex="female", village_code=village, id_number=NUMBER, facts=facts
    )
    return registry.register_resident(actor=town.FUND_OFFICE, person=new)


def test_a_counter_takes_down_whoever_comes_and_his_own_office_decides(clock: FixedClock) -> None:
    """The counter of the east takes down somebody of the west."""
    row = taken(clock, village_code=town.WEST)

    assert (row.state, row.taken_in, row.taken_by_name) == ("submitted", town.EAST, town.EAST_CLERK.actor_name)
    assert code_of(lambda: queries.application(town.EAST_CLERK, row.pk)) == "application_not_found"
    assert [one.pk for one in queries.taken_at_desk(town.EAST_CLERK)] == [row.pk]
    assert list(queries.taken_at_desk(town.OTHER_CLERK)) == []
    assert approved(row, clock).resident is not None


def test_a_counter_of_another_city_takes_nothing_down(clock: FixedClock) -> None:
    assert code_of(lambda: taken(clock, town.TIERS_CLERK)) == "outside_your_area"


def test_a_document_that_the_notice_names_must_have_been_seen(clock: FixedClock) -> None:
    asked = {"policy_id": town.TIERS_POLICY, "village_code": town.TIERS_VILLAGE, "route": "counter",
             "facts": {"hukou_area": "370702", "tier": "low"}}  # fmt: skip
    for seen, code in (((), "not_seen"), (("有效身份证件",), "not_seen"), (("户口簿", "胡说"), "unknown")):
        assert code_of(lambda seen=seen: taken(clock, town.TIERS_CLERK, seen, **asked)) == f"evidence_{code}"
    assert taken(clock, town.TIERS_CLERK, ("户口簿",), **asked).seen == "户口簿"


def test_a_counter_has_seen_some_document_where_the_notice_names_none(clock: FixedClock) -> None:
    assert code_of(lambda: taken(clock, seen=())) == "evidence_not_seen"
    assert code_of(lambda: taken(clock, seen=("胡说",))) == "evidence_unknown"
    named = {"resident_id": known().pk, "benefit_year": 2025, "policy_id": town.POLICY, "tier": None}
    invented = {"registered_on": TODAY, "clock": clock, "seen": ["胡说"]}
    assert code_of(lambda: actions.enrol(actor=town.CLERK, **named, **invented)) == "evidence_unknown"


def test_a_hospital_serves_the_route_of_hospitals_and_no_other(clock: FixedClock) -> None:
    weifang = policies.get(town.TIERS_POLICY)
    assert list(queries.desk_routes(weifang, {"hospital"})) == ["hospital"]
    assert "hospital" not in queries.desk_routes(weifang, {"township_clerk"})
    assert queries.desk_routes(policies.get(town.POLICY), {"hospital"}) == {}
    child = {"policy_id": town.TIERS_POLICY, "village_code": town.TIERS_VILLAGE, "facts": {"hukou_area": "370702"},
             "birth_on": date(2024, 10, 30), "newborn": True, "relation": "parent"}  # fmt: skip
    assert code_of(lambda: taken(clock, WARD, route="counter", **child)) == "wrong_route"
    assert taken(clock, WARD, route="hospital", **child).route == "hospital"


def test_who_stopped_is_enrolled_again_and_who_never_did_is_told(clock: FixedClock) -> None:
    row = taken(clock, kind=ApplicationKind.RESTART)
    assert code_of(lambda: approved(row, clock)) == "number_unknown"
    person = known()
    assert code_of(lambda: approved(row, clock)) == "not_enrolled"

    town.enrol(person)
    billing.stop_enrolment(actor=town.CLERK, resident_id=person.pk, benefit_year=2025, reason="外出", clock=clock)
    approved(row, clock)
    assert Enrolment.objects.filter(resident=person, state="live").count() == 1


def test_a_change_moves_the_person_and_keeps_the_enrolment(clock: FixedClock) -> None:
    person = known(town.WEST)
    before = town.enrol(person)
    row = taken(clock, kind=ApplicationKind.CHANGE, phone="13900000000", facts={"hukou_area": town.COUNTY})

    assert approved(row, clock).enrolment_id == before.pk
    person.refresh_from_db()
    assert person.village_code == town.EAST and person.phone is not None
    assert person.phone.unmasked == "13900000000"
    # The county that the form names holds the village that the register names.
    assert person.hukou_area == town.COUNTY


def test_a_change_of_the_tier_takes_the_bill_along(clock: FixedClock) -> None:
    person = town.with_tier("高建军", "low")
    card = number(date(1980, 3, 1), 1, "370702")
    registry.change_document(
        actor=town.TIERS_CLERK,
        resident_id=person.pk,
        kind=DocumentKind.RESIDENT_ID,
        number=card,
        reason=DocumentChange.CORRECTED,
        clock=clock,
    )
    billing.issue_bill(actor=town.TIERS_CLERK, resident_id=person.pk, benefit_year=2025, clock=clock)
    row = actions.take_application(
        actor=town.TIERS_CLERK, clock=clock, seen=["户口簿"],
        asked=town.asked(
            "高建军", card, policy_id=town.TIERS_POLICY, village_code=town.TIERS_VILLAGE, route="counter", sex="male",
            birth_on=date(1980, 3, 1), kind=ApplicationKind.CHANGE, facts={"hukou_area": "370702", "tier": "high"},
        ),
    )  # fmt: skip
    second = replace(town.TIERS_CLERK, actor_id=24, actor_name="邵主任")
    billing.approve_application(actor=second, application_id=row.pk, clock=clock)
    bill = billing.issue_bill(actor=town.TIERS_CLERK, resident_id=person.pk, benefit_year=2025, clock=clock)
    assert bill.payable_fen == 51000


def test_whoever_took_an_application_down_does_not_approve_it(clock: FixedClock) -> None:
    row = taken(clock)
    assert (
        code_of(lambda: actions.approve_application(actor=town.EAST_CLERK, application_id=row.pk, clock=clock))
        == "taken_by_reviewer"
    )
    assert Application.objects.get(pk=row.pk).state == "submitted"
    assert approved(row, clock).state == "approved"


@pytest.mark.parametrize(
    ("otherwise", "said"),
    [({"name": "李不同"}, "姓名"), ({"sex": "male"}, "性别"), ({"birth_on": date(1990, 3, 8)}, "出生日期")],
)
@pytest.mark.parametrize("kind", list(ApplicationKind))
def test_the_number_of_another_person_enrols_restarts_and_changes_nobody(
    clock: FixedClock, kind: ApplicationKind, otherwise: dict[str, Any], said: str
) -> None:
    person = known()
    if kind != ApplicationKind.ENROL:
        town.enrol(person)
    if kind == ApplicationKind.RESTART:
        billing.stop_enrolment(actor=town.CLERK, resident_id=person.pk, benefit_year=2025, reason="外出", clock=clock)
    before = [Enrolment.objects.filter(resident=person, state="live").count(), person.phone]
    row = taken(clock, kind=kind)
    # What a form says is checked against the number; a register row may still have been entered otherwise.
    Application.objects.filter(pk=row.pk).update(**otherwise)

    with pytest.raises(Refusal) as refused, transaction.atomic():
        approved(row, clock)
    assert refused.value.code == "person_differs"
    assert said in refused.value.zh and "李＊" in refused.value.zh and "李新" not in refused.value.zh
    person.refresh_from_db()
    assert [Enrolment.objects.filter(resident=person, state="live").count(), person.phone] == before
    found = queries.known_by_number(town.CLERK, Application.objects.get(pk=row.pk))
    assert found is not None and found[1] == list(otherwise)


def test_who_is_known_outside_the_reviewers_area_is_shown_with_a_masked_name(clock: FixedClock) -> None:
    known(town.WEST)
    row = taken(clock, kind=ApplicationKind.CHANGE)
    inside, outside = (queries.known_by_number(actor, row) for actor in (town.CLERK, town.EAST_CLERK))
    assert inside is not None and outside is not None
    assert (inside[0].name, outside[0].name, outside[1]) == ("李新", "李＊", [])


def test_a_name_written_with_a_space_or_dot_is_the_same(clock: FixedClock) -> None:
    known()
    row = taken(clock)
    Application.objects.filter(pk=row.pk).update(name="李 · 新")
    assert approved(row, clock).state == "approved"


def test_a_permit_that_has_run_out_is_no_ground_and_the_refusal_says_when(clock: FixedClock) -> None:
    person = known(hukou_area="411723", covered_years=[])
    permit = registry.NewFact(
        kind=FactKind.PERMIT, from_on=date(2023, 1, 1), until_on=date(2024, 10, 1), code="ordinary", detail="holder"
    )
    registry.begin_fact(actor=town.FUND_OFFICE, resident_id=person.pk, fact=permit, clock=clock)

    assert code_of(lambda: town.enrol(person, TODAY)) == "permit_expired"
    judged = queries.judge_roll(town.CLERK, Plan(town.POLICY, TODAY), [person.pk])
    (turned,) = judged.turned
    assert turned.why.code == "permit_expired" and "2024年9月30日" in turned.why.zh

    renewed = {"residence_permit": "ordinary", "permit_relation": "holder", "residence_area": town.EAST}
    assert code_of(lambda: taken(clock, facts=renewed, permit_until=date(2024, 10, 31))) == "permit_expired"
    approved(taken(clock, facts=renewed, permit_until=date(2025, 10, 31)), clock)
    assert Enrolment.objects.get(resident=person).state == "live"
    assert queries.expired_permits([town.FUND], [person.pk], date(2025, 11, 1)) == {person.pk: date(2025, 10, 31)}


def test_who_studies_elsewhere_is_sent_there_as_far_as_the_notice_says(clock: FixedClock) -> None:
    facts = {"hukou_area": "370702", "residence_area": town.TIERS_VILLAGE, "student": "university",
             "school_area": "370102"}  # fmt: skip
    new = registry.NewResident(name="于学外", birth_on=BORN, sex="male", village_code=town.TIERS_VILLAGE, facts=facts)
    person = registry.register_resident(actor=town.TIERS_CLERK, person=new)

    def enrol() -> Enrolment:
        return actions.enrol(
            actor=town.TIERS_CLERK, resident_id=person.pk, benefit_year=2025, policy_id=town.TIERS_POLICY, tier=None,
            registered_on=TODAY, clock=clock,
        )  # fmt: skip

    assert code_of(enrol) == "enrols_elsewhere"
    (turned,) = queries.judge_roll(town.TIERS_CLERK, Plan(town.TIERS_POLICY, TODAY), [person.pk]).turned
    assert turned.why.code == "enrols_elsewhere"
    registry.certify_category(
        clock=FixedClock(shanghai(2025, 1, 1)),
        actor=town.TIERS_CLERK, resident_id=person.pk, code="subsistence_allowance",
        certified_by=Department.CIVIL_AFFAIRS, from_on=date(2024, 1, 1),
    )  # fmt: skip
    assert enrol().route == "college_recognised"


def test_no_row_says_half_of_who_took_it_down(clock: FixedClock) -> None:
    row = taken(clock)
    with pytest.raises(IntegrityError), transaction.atomic():
        Application.objects.filter(pk=row.pk).update(taken_in="")


def test_a_long_reason_is_short_at_first_and_told_part_by_part() -> None:
    shanghai = policies.get("310000-2025")
    for facts in ({"residence_area": "310101"}, {}):
        person = {"birth_date": "1980-01-01", "hukou_area": "411723", **facts}
        answer = quote(shanghai, person, on=date(2024, 11, 20))
        refusal = queries.obstacle(answer, None)
        assert len(refusal.zh) < 60 and "（" not in refusal.zh and "(" not in refusal.en
        assert ("上海市户籍", "household register in Shanghai") in refusal.more
