"""What time does to wishes: whoever is approved comes first, whoever owes nothing is not told to pay, and a holder who
is gone pays for nobody.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg
import pytest
from django.db import transaction
from django.utils import translation

from canbao.billing import actions as billing
from canbao.billing import queries as bills
from canbao.kernel.clock import FixedClock
from canbao.kernel.refusals import Refusal
from canbao.mutual_aid import actions, jobs
from canbao.mutual_aid.actions import sweeping
from canbao.mutual_aid.models import AidMessage, Hold
from canbao.payments import actions as payments
from canbao.payments.actions import settling
from canbao.payments.partners.partner import Called, Heard
from canbao.registry import actions as registry
from canbao.registry.codes import Department
from canbao.registry.models import Resident
from tests.mutual_aid.families import (
    BUREAU,
    POLICY,
    RENEWAL_RUN,
    SECOND,
    YEAR,
    account,
    billed,
    confirmed,
    enrol,
    enrolled,
    holder,
    person,
    tie,
)

pytestmark = pytest.mark.django_db(transaction=True)


def chosen(member: Resident, pays: Resident, clock: FixedClock) -> Hold:
    """Confirmed before the enrolment is approved."""
    hold = actions.confirm(actor=BUREAU, relative_id=tie(member, pays, clock).pk, clock=clock)
    assert hold.state == "chosen"
    return hold


def newcomer(name: str) -> Resident:
    return person(name, covered_years=[])


def test_who_owes_nothing_is_told_so_and_not_to_pay(clock: FixedClock) -> None:
    member = newcomer("沈新民")
    hold = chosen(member, holder(), clock)
    registry.certify_category(
        actor=BUREAU, resident_id=member.pk, code="extreme_poverty", certified_by=Department.CIVIL_AFFAIRS,
        from_on=date(2024, 1, 1), clock=clock,
    )  # fmt: skip
    enrol(member, "community", clock.today())

    with translation.override("en"):
        actions.pay_for_approved(actor=BUREAU, resident_id=member.pk, clock=clock)

    hold.refresh_from_db()
    assert (hold.state, hold.reason) == ("failed", "nothing_to_pay")
    assert {each.text for each in AidMessage.objects.filter(hold=hold)} == {
        "【家庭共济】沈＊＊2025年度居民医保没有从亲属个人账户扣款，原因：不用个人缴费。不用再做什么。"
    }


def test_who_paid_before_the_approval_is_told_nothing(clock: FixedClock) -> None:
    member = newcomer("沈新民")
    hold = chosen(member, holder(), clock)
    enrol(member, "community", date(2024, 10, 8))
    bill = billed(member, clock)
    payments.take_counter_payment(actor=BUREAU, bill_id=bill.pk, amount_fen=bill.payable_fen, key="x", clock=clock)

    actions.sweep(actor=BUREAU, clock=clock)

    hold.refresh_from_db()
    assert (hold.state, hold.reason) == ("failed", "paid_otherwise")
    assert not AidMessage.objects.filter(hold=hold).exists()


def test_the_unapproved_do_not_keep_the_approved_waiting(clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "AT_ONCE", 1)
    pays, approved = holder(), newcomer("沈新生")
    first, second = chosen(newcomer("沈新民"), pays, clock), chosen(approved, pays, clock)
    enrol(approved, "community", clock.today())

    assert actions.sweep(actor=BUREAU, clock=clock) == 1

    first.refresh_from_db(), second.refresh_from_db()  # type: ignore[func-returns-value]
    assert (first.state, second.state) == ("chosen", "captured")


def test_a_sweep_that_fails_keeps_no_message_back(clock: FixedClock, superuser_url: str, settings: Any) -> None:
    settings.MESSAGES_URL = "http://messages.test"
    member = enrolled("沈小妹")
    confirmed(member, holder(), clock)
    told = AidMessage.objects.create(
        pooling_area=member.pooling_area, resident=member, text="x", written_at=clock.now(), send_at=clock.now()
    )
    heard: list[Called] = []

    def call(called: Called) -> Heard:
        heard.append(called)
        return Heard({}, f"aid-{told.pk}".encode())

    later = FixedClock(clock.moment.replace(year=2025))
    with psycopg.connect(superuser_url, autocommit=True) as database:
        database.execute("ALTER TABLE mutual_aid_hold ADD CONSTRAINT nobody_fails CHECK (state <> 'failed') NOT VALID")
        try:
            jobs.one_round(call, later)
        finally:
            database.execute("ALTER TABLE mutual_aid_hold DROP CONSTRAINT nobody_fails")

    told.refresh_from_db()
    assert (told.state, len(heard), Hold.objects.get().state) == ("sent", 1, "held")


@pytest.mark.parametrize("gone", ["died", "merged", "left"])
def test_a_holder_who_is_gone_pays_for_nobody(clock: FixedClock, gone: str) -> None:
    pays, late = holder(), enrolled("沈小弟")
    hold = confirmed(enrolled("沈小妹"), pays, clock)
    billed(late, clock)
    row = tie(late, pays, clock)
    if gone == "merged":
        kept = person("沈建国")
        registry.merge_residents(actor=BUREAU, kept_id=kept.pk, merged_id=pays.pk, reason="重复登记", clock=clock)
    else:
        change = {"died_on": date(2024, 11, 21)} if gone == "died" else {"employee_insured": False}
        Resident.objects.filter(pk=pays.pk).update(**change)

    with pytest.raises(Refusal, match="holder_gone"):
        actions.confirm(actor=BUREAU, relative_id=row.pk, clock=clock)
    clock.moment = RENEWAL_RUN
    run = actions.start_run(actor=SECOND, policy_id=POLICY, group="renewal", clock=clock)
    actions.continue_run(run_id=run.pk, clock=clock)

    hold.refresh_from_db()
    assert (hold.state, hold.reason, account(pays).held_fen) == ("failed", "not_standing", 0)


def test_at_the_approval_no_first_day_of_payment_counts_on_the_slow_way_either(clock: FixedClock) -> None:
    member = newcomer("沈新民")
    enrol(member, "community", clock.today())
    bill = billing.issue_bill(
        actor=BUREAU, resident_id=member.pk, benefit_year=YEAR, clock=clock, paid_at_approval=True
    )  # fmt: skip

    with transaction.atomic():
        with pytest.raises(Refusal, match="not_payable_yet"):
            settling.require_standing(BUREAU, bill, bills.lines(bill), clock.now())
        settling.require_standing(BUREAU, bill, bills.lines(bill), clock.now(), at_approval=True)
