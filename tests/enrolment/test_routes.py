"""Registration by the routes of the notices, and the working days between registration and payment."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from canbao.areas.models import Area, AreaLevel, PoolingArea
from canbao.billing import actions as billing
from canbao.billing import queries as bills
from canbao.enrolment import actions, queries
from canbao.enrolment.models import Enrolment
from canbao.enrolment.refusals import WrongRoute
from canbao.kernel.clock import FixedClock, shanghai
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.payments import actions as payments
from canbao.policy import policies, routes
from canbao.registry import actions as registry
from canbao.registry.models import Resident
from tests import town

SHUOZHOU, SZ_VILLAGE = "140600-2025", "140602001001"
CLERK = Scope(actor_id=16, actor_name="田经办", prefixes=("1406",), purpose="test", capabilities=town.EVERYTHING)
NOV_1 = date(2024, 11, 1)


def test_a_closed_route_is_refused_in_a_short_sentence_with_all_conditions_beside_it() -> None:
    person = {"birth_date": "1980-05-01", "hukou_area": "310151", "hukou_kind": "rural"}
    offers = {o.key: o for o in routes.offers(policies.get("310000-2025"), person, "renewing", date(2024, 12, 1))}
    refusal = WrongRoute(offers["renewal"], None)

    assert len(refusal.zh) < 60 and len(refusal.more) == 8


@pytest.fixture
def clock(db: None) -> FixedClock:
    Area.objects.create(code="140000", name="山西省", level=AreaLevel.PROVINCE, prefix="14")
    city = Area.objects.create(code="140600", name="朔州市", level=AreaLevel.CITY, parent_id="140000", prefix="1406")
    Area.objects.create(code="140602", name="朔城区", level=AreaLevel.COUNTY, parent=city, prefix="140602")
    Area.objects.create(code=SZ_VILLAGE, name="城中村", level=AreaLevel.VILLAGE, parent_id="140602", prefix=SZ_VILLAGE)
    PoolingArea.objects.create(code="140600", name="朔州市")
    return FixedClock(shanghai(2024, 11, 1, 10))


def person(**facts: Any) -> Resident:
    known = {"hukou_area": "140602", "residence_area": SZ_VILLAGE} | facts
    new = registry.NewResident(
        name="白雪", birth_on=date(1988, 7, 1), sex="female", village_code=SZ_VILLAGE, facts=known
    )
    return registry.register_resident(actor=CLERK, person=new)


def enrol(who: Resident, clock: FixedClock, route: str | None = None) -> Enrolment:
    return actions.enrol(
        actor=CLERK, resident_id=who.pk, benefit_year=2025, policy_id=SHUOZHOU, tier=None,
        registered_on=clock.today(), clock=clock, route=route,
    )  # fmt: skip


def test_who_registers_on_a_friday_pays_from_monday_on(clock: FixedClock) -> None:
    enrolled = enrol(person(), clock, route="wechat")
    assert (enrolled.route, enrolled.payable_from) == ("wechat", date(2024, 11, 4))

    year = {"resident_id": enrolled.resident_id, "benefit_year": 2025}
    with pytest.raises(Refusal) as refused:
        billing.issue_bill(actor=CLERK, **year, clock=clock)
    assert refused.value.code == "not_payable_yet"
    assert "2024年11月4日" in refused.value.zh and "4 November 2024" in refused.value.en

    run = billing.issue_bills(actor=CLERK, policy_id=SHUOZHOU, area_code="140602", clock=clock)
    preview = bills.preview(CLERK, SHUOZHOU, "140602", clock)
    assert (run.issued, run.refused, preview.new, dict(preview.refused)) == (0, 1, 0, {"not_payable_yet": 1})

    clock.move(timedelta(days=3))
    bill = billing.issue_bill(actor=CLERK, **year, clock=clock)
    paid = payments.take_counter_payment(actor=CLERK, bill_id=bill.pk, amount_fen=40000, key="monday", clock=clock)
    assert paid.amount_fen == 40000


def test_money_is_not_taken_before_that_day_even_for_a_bill_that_is_there(clock: FixedClock) -> None:
    enrolled = enrol(person(), clock, route="counter")
    monday = FixedClock(shanghai(2024, 11, 4, 9))
    bill = billing.issue_bill(actor=CLERK, resident_id=enrolled.resident_id, benefit_year=2025, clock=monday)

    with pytest.raises(Refusal) as refused:
        payments.take_counter_payment(actor=CLERK, bill_id=bill.pk, amount_fen=40000, key="early", clock=clock)
    assert refused.value.code == "not_payable_yet"


def test_who_was_enrolled_before_pays_at_once(clock: FixedClock) -> None:
    enrolled = enrol(person(covered_years=[2023, 2024]), clock)

    assert (enrolled.route, enrolled.payable_from) == ("known", None)
    assert billing.issue_bill(actor=CLERK, resident_id=enrolled.resident_id, benefit_year=2025, clock=clock).payable_fen


def test_a_route_that_is_not_the_persons_is_refused_with_one_that_is(clock: FixedClock) -> None:
    with pytest.raises(WrongRoute) as refused:
        enrol(person(), clock, route="known")
    assert "往年已参保的直接缴费" in refused.value.zh and "医保经办机构窗口" in refused.value.todo[0]

    with pytest.raises(WrongRoute):
        enrol(person(), clock, route="no such route")


@pytest.mark.parametrize(
    ("facts", "standing"),
    [
        ({}, "first"),
        ({"covered_years": [2022]}, "known"),
        ({"covered_years": [2023, 2024]}, "renewing"),
        # Another basic insurance ended: the years were elsewhere.
        ({"covered_years": [2023, 2024], "last_cover_end": date(2024, 9, 30)}, "first"),
    ],
)
def test_the_standing_of_a_person(clock: FixedClock, facts: dict[str, Any], standing: str) -> None:
    assert queries.standing_of(CLERK, person(**facts), 2025) == standing


def test_who_stopped_registers_again(clock: FixedClock) -> None:
    who = person(covered_years=[2024])
    enrol(who, clock)
    actions.stop(
        actor=CLERK, resident_id=who.pk, benefit_year=2025, stopped_on=clock.today(), reason="外出务工", clock=clock
    )

    assert queries.standing_of(CLERK, who, 2025) == "stopped"
    assert enrol(who, clock).payable_from == date(2024, 11, 4)


def test_no_row_lets_somebody_pay_before_registration(clock: FixedClock) -> None:
    enrolled = enrol(person(), clock)
    with pytest.raises(IntegrityError), transaction.atomic():
        Enrolment.objects.filter(pk=enrolled.pk).update(payable_from=NOV_1 - timedelta(days=1))
