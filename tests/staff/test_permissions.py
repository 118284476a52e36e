"""Every action of every room asks who acts: without the capability, or for another area, nothing is written."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import transaction

from canbao.areas import actions as areas
from canbao.billing import actions as billing
from canbao.billing.models import Bill
from canbao.enrolment import actions as enrolment
from canbao.enrolment.models import WhyNot
from canbao.enrolment.queries import Plan
from canbao.entitlement import actions as entitlement
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import FixedClock, shanghai
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.ledger import actions as ledger
from canbao.ledger import chart
from canbao.ledger.models import Entry
from canbao.payments import actions as payments
from canbao.payments.models import Attempt, Capture, ReceiptMessage, Refund
from canbao.payments.partners.report import Kind, Report
from canbao.registry import actions as registry
from canbao.registry import bulk
from canbao.registry.codes import DocumentChange, DocumentKind, FactKind, Kinship, NumberKind, Purpose
from canbao.registry.models import Department, Household, Resident, ResidentCategory, ResidentFact
from canbao.staff import actions as staff
from canbao.staff import approvals
from canbao.staff.capabilities import CAPABILITIES
from canbao.staff.models import Approval, Login, Role
from tests import town
from tests.payments.outside import Outside, outside

pytestmark = pytest.mark.django_db
ROOMS = ("areas", "staff", "registry", "enrolment", "billing", "payments", "ledger", "entitlement")

# Nobody has signed in yet; and a run goes on by the areas that its row took from the person who started it.
# Whoever looked at a person was allowed to: the access log takes down everybody. A visitor who tries is counted.
WITHOUT_ACTOR = {
    "enrolment.count_public_attempt", "staff.sign_in", "billing.continue_run", "staff.record_access",
    "staff.record_event",
} | {
    # What everybody does to his own login, having shown its password or a code.
    f"staff.{name}"
    for name in (
        "begin_second_factor", "check_code", "confirm_second_factor", "renew_recovery_codes", "change_password",
        "set_own_password", "end_sessions",
    )
}  # fmt: skip
KIND = approvals.Kind("test", "test", asks=Capability.KEEP_REGISTER, carry_out=lambda actor, approval, clock: None)


@dataclass(frozen=True)
class Stage:
    """What the actions are tried on: a resident of the east village with an open bill."""

    person: Resident
    other: Resident
    bill: Bill
    entry: Entry
    login: Login
    wish: Approval
    fact: ResidentFact
    category: ResidentCategory
    household: Household
    applied: int
    batch: int
    evidence: int
    clock: FixedClock
    out: Outside
    attempt: Attempt
    held: Capture
    newcomer: int


def _enrolled(stage: Stage) -> dict[str, Any]:
    return {"resident_id": stage.person.pk, "benefit_year": town.YEAR}


def _draft(idem: str) -> ledger.Draft:
    move = ledger.Move(chart.resident_receivable(town.FUND, town.YEAR), chart.expected(town.FUND, town.YEAR), 100)
    return ledger.Draft(town.FUND, idem, "test", idem, date(2024, 11, 1), (move,))


NEW = registry.NewResident(name="新", birth_on=date(1990, 1, 1), sex="male", village_code=town.EAST)
NEWBORN = registry.NewResident(name="新生", birth_on=date(2024, 10, 1), sex="male", village_code=town.EAST)
ASKED = town.asked("李新")
AGREEMENT = payments.Agreement(
    partner="alipay", merchant_id="m", app_id="a", address="https://partner.test", partner_key="", partner_key_id="",
    own_key="", own_key_id="", open_from=date(2024, 1, 1),
)  # fmt: skip
# Rooms' actions by name: how each is called by an actor, and the capability it asks for. None: it concerns no area.
CALLS: dict[str, tuple[Capability, bool, Callable[[Scope, Stage], object]]] = {
    "areas.load_divisions": (
        Capability.LOAD_AREAS, False, lambda a, s: areas.load_divisions(actor=a, folder=Path("nowhere"), served=[]),
    ),
    "areas.name_pooling_areas": (
        Capability.LOAD_AREAS, False, lambda a, s: areas.name_pooling_areas(actor=a, codes=[town.COUNTY]),
    ),
    "areas.load_calendar": (
        Capability.LOAD_CALENDAR, False,
        lambda a, s: areas.load_calendar(
            actor=a, year=2031, text="day,kind\n2031-01-01,holiday\n", source="x", clock=s.clock
        ),
    ),
    "staff.create_login": (
        Capability.MANAGE_STAFF, False,
        lambda a, s: staff.create_login(
            actor=a, username="x", display_name="x", password="a long password", clock=s.clock
        ),
    ),
    "staff.make_login": (
        Capability.MANAGE_STAFF, True,
        lambda a, s: staff.make_login(
            actor=a, username="x", display_name="x", area_code=town.COUNTY, clock=s.clock
        ),
    ),
    "staff.ask_grant": (
        Capability.MANAGE_STAFF, True,
        lambda a, s: staff.ask_grant(
            actor=a, login=s.login, role=Role.VILLAGE_CADRE, area_code=town.EAST, from_on=s.clock.today(),
            until_on=None, clock=s.clock,
        ),
    ),
    "staff.end_grant": (
        Capability.MANAGE_STAFF, True,
        lambda a, s: staff.end_grant(
            actor=a, login=s.login, grant_id=s.login.grants.get().pk, until_on=s.clock.today(), clock=s.clock
        ),
    ),
    "staff.disable_login": (
        Capability.MANAGE_STAFF, True, lambda a, s: staff.disable_login(actor=a, login=s.login, clock=s.clock),
    ),
    "staff.enable_login": (
        Capability.MANAGE_STAFF, True, lambda a, s: staff.enable_login(actor=a, login=s.login, clock=s.clock),
    ),
    "staff.ask_factor_reset": (
        Capability.MANAGE_STAFF, True, lambda a, s: staff.ask_factor_reset(actor=a, login=s.login, clock=s.clock),
    ),
    "staff.unlock_login": (
        Capability.MANAGE_STAFF, True, lambda a, s: staff.unlock_login(actor=a, login=s.login, clock=s.clock),
    ),
    "staff.reset_password": (
        Capability.MANAGE_STAFF, True, lambda a, s: staff.reset_password(actor=a, login=s.login, clock=s.clock),
    ),
    "staff.remove_second_factor": (
        Capability.MANAGE_STAFF, True,
        lambda a, s: staff.remove_second_factor(actor=a, login=s.login, clock=s.clock),
    ),
    "staff.create_demo_logins": (
        Capability.MANAGE_STAFF, False,
        lambda a, s: staff.create_demo_logins(actor=a, names=[("x", "x", None)], password="x"),
    ),
    "staff.grant_role": (
        Capability.MANAGE_STAFF, True,
        lambda a, s: staff.grant_role(
            actor=a, login=s.login, role=Role.AUDITOR, area_code=town.EAST, from_on=date(2024, 1, 1)
        ),
    ),
    "staff.ask_approval": (
        Capability.KEEP_REGISTER, True,
        lambda a, s: staff.ask_approval(
            actor=a, kind="test", area_code=town.EAST, key="2", subject={}, summary=("请", "please"), clock=s.clock
        ),
    ),
    "staff.approve": (
        Capability.APPROVE, True, lambda a, s: staff.approve(actor=a, approval_id=s.wish.pk, clock=s.clock),
    ),
    "staff.refuse": (
        Capability.APPROVE, True,
        lambda a, s: staff.refuse(actor=a, approval_id=s.wish.pk, reason="不", clock=s.clock),
    ),
    "staff.withdraw": (
        Capability.KEEP_REGISTER, True, lambda a, s: staff.withdraw(actor=a, approval_id=s.wish.pk, clock=s.clock),
    ),
    "registry.register_household": (
        Capability.KEEP_REGISTER, True,
        lambda a, s: registry.register_household(actor=a, village_code=town.EAST, head_name="新"),
    ),
    "registry.register_at_counter": (
        Capability.KEEP_REGISTER, True,
        lambda a, s: registry.register_at_counter(actor=a, person=NEWBORN, clock=s.clock),
    ),
    "registry.register_resident": (
        Capability.KEEP_REGISTER, True, lambda a, s: registry.register_resident(actor=a, person=NEW),
    ),
    "registry.certify_category": (
        Capability.CERTIFY_CATEGORY, True,
        lambda a, s: registry.certify_category(
            clock=FixedClock(shanghai(2025, 1, 1)),
            actor=a, resident_id=s.person.pk, code="orphan", certified_by=Department.CIVIL_AFFAIRS,
            from_on=date(2024, 1, 1),
        ),
    ),
    "registry.record_death": (
        Capability.KEEP_REGISTER, True,
        lambda a, s: registry.record_death(actor=a, resident_id=s.person.pk, died_on=date(2024, 11, 1)),
    ),
    "registry.take_back_death": (
        Capability.KEEP_REGISTER, True, lambda a, s: registry.take_back_death(actor=a, resident_id=s.person.pk),
    ),
    "registry.ask_to_record_death": (
        Capability.KEEP_REGISTER, True,
        lambda a, s: registry.ask_to_record_death(
            actor=a, resident_id=s.person.pk, died_on=date(2024, 10, 1), proof="证明", page="", clock=s.clock
        ),
    ),
    "registry.ask_to_take_back_death": (
        Capability.KEEP_REGISTER, True,
        lambda a, s: registry.ask_to_take_back_death(
            actor=a, resident_id=s.person.pk, reason="在世", proof="证明", page="", clock=s.clock
        ),
    ),
    "registry.take_back_category": (
        Capability.CERTIFY_CATEGORY, True,
        lambda a, s: registry.take_back_category(actor=a, category_id=s.category.pk, reason="错", clock=s.clock),
    ),
    "billing.take_back_category": (
        Capability.CERTIFY_CATEGORY, True,
        lambda a, s: billing.take_back_category(
            actor=a, category_id=s.category.pk, reason="错", page="", clock=s.clock
        ),
    ),
    "registry.begin_fact": (
        Capability.KEEP_REGISTER, True,
        lambda a, s: registry.begin_fact(
            actor=a, resident_id=s.person.pk, clock=s.clock,
            fact=registry.NewFact(kind=FactKind.DISABILITY, from_on=date(2024, 1, 1), grade=2),
        ),
    ),
    "registry.end_fact": (
        Capability.KEEP_REGISTER, True,
        lambda a, s: registry.end_fact(actor=a, fact_id=s.fact.pk, until_on=date(2024, 2, 1), clock=s.clock),
    ),
    "registry.end_what_holds": (
        Capability.KEEP_REGISTER, True,
        lambda a, s: registry.end_what_holds(
            actor=a, resident_id=s.person.pk, kind=FactKind.STUDENT, until_on=date(2024, 2, 1), clock=s.clock
        ),
    ),
    "registry.take_back_fact": (
        Capability.KEEP_REGISTER, True, lambda a, s: registry.take_back_fact(actor=a, fact_id=s.fact.pk, clock=s.clock),
    ),
    "registry.end_category": (
        Capability.CERTIFY_CATEGORY, True,
        lambda a, s: registry.end_category(actor=a, category_id=s.category.pk, until_on=date(2024, 2, 1)),
    ),
    "registry.change_document": (
        Capability.KEEP_REGISTER, True,
        lambda a, s: registry.change_document(
            actor=a, resident_id=s.person.pk, kind=DocumentKind.PASSPORT, number="E1234567",
            reason=DocumentChange.REISSUED, clock=s.clock,
        ),
    ),
    "registry.move_resident": (
        Capability.KEEP_REGISTER, True,
        lambda a, s: registry.move_resident(
            actor=a, resident_id=s.person.pk, village_code=town.WEST, household_id=None, kinship=None,
            from_on=date(2024, 11, 1), clock=s.clock,
        ),
    ),
    "registry.name_head": (
        Capability.KEEP_REGISTER, True,
        lambda a, s: registry.name_head(actor=a, household_id=s.household.pk, resident_id=s.person.pk),
    ),
    "registry.say_kinship": (
        Capability.KEEP_REGISTER, True,
        lambda a, s: registry.say_kinship(actor=a, resident_id=s.person.pk, kinship=Kinship.CHILD),
    ),
    "registry.record_address": (
        Capability.KEEP_REGISTER, True,
        lambda a, s: registry.record_address(actor=a, household_id=s.household.pk, address="x"),
    ),
    "registry.move_household": (
        Capability.KEEP_REGISTER, True,
        lambda a, s: registry.move_household(
            actor=a, household_id=s.household.pk, village_code=town.WEST, address="", from_on=date(2024, 11, 1),
            clock=s.clock,
        ),
    ),
    "registry.ask_to_merge": (
        Capability.KEEP_REGISTER, True,
        lambda a, s: registry.ask_to_merge(
            actor=a, kept_id=s.person.pk, merged_id=s.other.pk, reason="x", page="", clock=s.clock
        ),
    ),
    "registry.merge_residents": (
        Capability.KEEP_REGISTER, True,
        lambda a, s: registry.merge_residents(
            actor=a, kept_id=s.person.pk, merged_id=s.other.pk, reason="x", clock=s.clock
        ),
    ),
    "registry.ask_to_part": (
        Capability.KEEP_REGISTER, True,
        lambda a, s: registry.ask_to_part(actor=a, merged_id=s.other.pk, reason="x", page="", clock=s.clock),
    ),
    "registry.part_residents": (
        Capability.KEEP_REGISTER, True,
        lambda a, s: registry.part_residents(actor=a, merged_id=s.other.pk, reason="x", clock=s.clock),
    ),
    "registry.say_not_same": (
        Capability.KEEP_REGISTER, True,
        lambda a, s: registry.say_not_same(
            actor=a, first_id=s.person.pk, second_id=s.other.pk, reason="异", clock=s.clock
        ),
    ),
    "registry.record_contact": (
        Capability.KEEP_REGISTER, True,
        lambda a, s: registry.record_contact(actor=a, resident_id=s.person.pk, phone="13805321234", bank_card=None),
    ),
    "registry.reveal": (
        Capability.REVEAL_NUMBERS, True,
        lambda a, s: registry.reveal(
            actor=a, resident_id=s.person.pk, kind=NumberKind.NUMBER, purpose=Purpose.AUDIT, screen="person",
            clock=s.clock,
        ),
    ),
    "registry.phone_to_call": (
        Capability.KEEP_REASONS, True,
        lambda a, s: registry.phone_to_call(actor=a, resident_id=s.person.pk, screen="visit", clock=s.clock),
    ),
    "registry.copy_households": (
        Capability.KEEP_REGISTER, True,
        lambda a, s: bulk.copy_households(actor=a, rows=[(1, town.FUND, town.EAST, "新")]),
    ),
    "registry.copy_residents": (
        Capability.KEEP_REGISTER, True, lambda a, s: bulk.copy_residents(actor=a, rows=[(1, town.FUND)]),
    ),
    "registry.copy_categories": (
        Capability.CERTIFY_CATEGORY, True,
        lambda a, s: bulk.copy_categories(
            actor=a, rows=[(town.FUND, s.person.pk, "orphan", "civil_affairs", date(2024, 1, 1), None)]
        ),
    ),
    "enrolment.enrol": (
        Capability.ENROL, True,
        lambda a, s: enrolment.enrol(
            actor=a, **_enrolled(s), policy_id=town.POLICY, tier=None, registered_on=date(2024, 11, 1), clock=s.clock
        ),
    ),
    "enrolment.change_tier": (
        Capability.ENROL, True, lambda a, s: enrolment.change_tier(actor=a, **_enrolled(s), tier="low", clock=s.clock),
    ),
    "enrolment.stop": (
        Capability.ENROL, True,
        lambda a, s: enrolment.stop(
            actor=a, **_enrolled(s), stopped_on=date(2024, 11, 1), reason="x", clock=s.clock
        ),
    ),
    "enrolment.maintain_for_late_payment": (
        Capability.ENROL, True,
        lambda a, s: enrolment.maintain_for_late_payment(actor=a, **_enrolled(s), seen=(), clock=s.clock),
    ),
    "enrolment.restart": (
        Capability.ENROL, True, lambda a, s: enrolment.restart(actor=a, **_enrolled(s), reason="x", clock=s.clock),
    ),
    "enrolment.enrol_many": (
        Capability.ENROL, True,
        lambda a, s: enrolment.enrol_many(
            actor=a, resident_ids=[s.other.pk], plan=Plan(town.POLICY, date(2024, 11, 1)), area_code=town.EAST,
            clock=s.clock,
        ),
    ),
    "enrolment.end_batch": (
        Capability.ENROL, True, lambda a, s: enrolment.end_batch(actor=a, batch_id=s.batch, clock=s.clock),
    ),
    "billing.approve_application": (
        Capability.REVIEW_APPLICATIONS, True,
        lambda a, s: billing.approve_application(actor=a, application_id=s.applied, clock=s.clock),
    ),
    "billing.undo_batch": (
        Capability.ENROL, True, lambda a, s: billing.undo_batch(actor=a, batch_id=s.batch, clock=s.clock),
    ),
    "billing.stop_enrolment": (
        Capability.ENROL, True,
        lambda a, s: billing.stop_enrolment(actor=a, **_enrolled(s), reason="x", clock=s.clock),
    ),
    "enrolment.copy_enrolments": (
        Capability.ENROL, True,
        lambda a, s: enrolment.copy_enrolments(
            actor=a,
            rows=[(town.FUND, s.person.pk, town.YEAR, town.POLICY, None, 0, date(2024, 11, 1), "live")],
        ),
    ),
    "enrolment.take_application": (
        Capability.TAKE_APPLICATIONS, True,
        lambda a, s: enrolment.take_application(actor=a, asked=ASKED, seen=["有效身份证件"], clock=s.clock),
    ),
    "enrolment.begin_application": (
        Capability.APPLY, False,
        lambda a, s: enrolment.begin_application(actor=a, asked=ASKED, client="x", clock=s.clock),
    ),
    "enrolment.add_evidence": (
        Capability.APPLY, False,
        lambda a, s: enrolment.add_evidence(actor=a, number="1", content=b"%PDF-1.4", name="x", clock=s.clock),
    ),
    "enrolment.submit_application": (
        Capability.APPLY, False, lambda a, s: enrolment.submit_application(actor=a, number="1", clock=s.clock),
    ),
    "enrolment.withdraw_application": (
        Capability.APPLY, False, lambda a, s: enrolment.withdraw_application(actor=a, number="1", clock=s.clock),
    ),
    "enrolment.open_application": (
        Capability.APPLY, False,
        lambda a, s: enrolment.open_application(actor=a, number="1", id_number="x", clock=s.clock),
    ),
    "enrolment.return_application": (
        Capability.REVIEW_APPLICATIONS, True,
        lambda a, s: enrolment.return_application(actor=a, application_id=s.applied, reason="x", clock=s.clock),
    ),
    "enrolment.refuse_application": (
        Capability.REVIEW_APPLICATIONS, True,
        lambda a, s: enrolment.refuse_application(actor=a, application_id=s.applied, reason="x", clock=s.clock),
    ),
    "enrolment.approve_application": (
        Capability.REVIEW_APPLICATIONS, True,
        lambda a, s: enrolment.approve_application(actor=a, application_id=s.applied, clock=s.clock),
    ),
    "enrolment.read_evidence": (
        Capability.REVIEW_APPLICATIONS, True,
        lambda a, s: enrolment.read_evidence(actor=a, evidence_id=s.evidence, clock=s.clock),
    ),
    "enrolment.propose_newcomers": (
        Capability.IMPORT_LISTS, True,
        lambda a, s: enrolment.propose_newcomers(
            actor=a, pooling_area=town.FUND, batch_id=2, people=[town.PUPIL], on=s.clock.today()
        ),
    ),
    "enrolment.withdraw_newcomers": (
        Capability.IMPORT_LISTS, True,
        lambda a, s: enrolment.withdraw_newcomers(actor=a, pooling_area=town.FUND, batch_id=1),
    ),
    "enrolment.register_newcomer": (
        Capability.REVIEW_APPLICATIONS, True,
        lambda a, s: enrolment.register_newcomer(
            actor=a, newcomer_id=s.newcomer, village_code=town.EAST, clock=s.clock
        ),
    ),
    "enrolment.dismiss_newcomer": (
        Capability.REVIEW_APPLICATIONS, True,
        lambda a, s: enrolment.dismiss_newcomer(actor=a, newcomer_id=s.newcomer, reason="x", clock=s.clock),
    ),
    "enrolment.record_reason": (
        Capability.KEEP_REASONS, True,
        lambda a, s: enrolment.record_reason(
            actor=a, **_enrolled(s), reason=WhyNot.REFUSES, evidence="", expires_on=None, clock=s.clock
        ),
    ),
    "enrolment.withdraw_reason": (
        Capability.KEEP_REASONS, True, lambda a, s: enrolment.withdraw_reason(actor=a, **_enrolled(s)),
    ),
    "enrolment.ask_extension": (
        Capability.EXTEND_WINDOW, True,
        lambda a, s: enrolment.ask_extension(
            actor=a, policy_id=town.POLICY, area_code=town.COUNTY, closes=date(2025, 1, 31), document="x", reason="x",
            clock=s.clock,
        ),
    ),
    "billing.issue_bill": (
        Capability.ISSUE_BILLS, True, lambda a, s: billing.issue_bill(actor=a, **_enrolled(s), clock=s.clock),
    ),
    "billing.reissue_bill": (
        Capability.ISSUE_BILLS, True, lambda a, s: billing.reissue_bill(actor=a, bill_id=s.bill.pk, clock=s.clock),
    ),
    "billing.void_bill": (
        Capability.ISSUE_BILLS, True,
        lambda a, s: billing.void_bill(actor=a, bill_id=s.bill.pk, reason="x", clock=s.clock),
    ),
    "billing.change_tier": (
        Capability.ENROL, True, lambda a, s: billing.change_tier(actor=a, **_enrolled(s), tier="low", clock=s.clock),
    ),
    "billing.start_run": (
        Capability.ISSUE_BILLS, True,
        lambda a, s: billing.start_run(actor=a, policy_id=town.POLICY, area_code=town.COUNTY, clock=s.clock),
    ),
    "billing.issue_bills": (
        Capability.ISSUE_BILLS, True,
        lambda a, s: billing.issue_bills(actor=a, policy_id=town.POLICY, area_code=town.COUNTY, clock=s.clock),
    ),
    "billing.settle_bill": (
        Capability.SETTLE_BILLS, True,
        lambda a, s: billing.settle_bill(actor=a, bill=s.bill, entry_id=s.entry.pk, settled_at=s.clock.now()),
    ),
    "billing.settle_bills": (
        Capability.SETTLE_BILLS, True,
        lambda a, s: billing.settle_bills(
            actor=a, pooling_area=town.FUND, settled=[billing.Settled(s.bill.pk, s.entry.pk, s.clock.now())]
        ),
    ),
    "payments.take_counter_payment": (
        Capability.TAKE_PAYMENT, True,
        lambda a, s: payments.take_counter_payment(
            actor=a, bill_id=s.bill.pk, amount_fen=s.bill.payable_fen, key="x", clock=s.clock
        ),
    ),
    "payments.agree_channel": (
        Capability.KEEP_CHANNELS, True,
        lambda a, s: payments.agree_channel(actor=a, policy_id=town.POLICY, code="wechat", agreement=AGREEMENT),
    ),
    "payments.find_bill": (
        Capability.PAY, True,
        lambda a, s: payments.find_bill(
            actor=a, policy_id=town.POLICY, name="王建国", id_number="x", client="y", clock=s.clock
        ),
    ),
    "payments.begin_attempt": (
        Capability.PAY, True,
        lambda a, s: payments.begin_attempt(
            actor=a, bill_id=s.bill.pk, channel_id=s.out.channel.pk, clock=s.clock
        ),
    ),
    "payments.send_attempt": (
        Capability.PAY, False,
        lambda a, s: payments.send_attempt(
            actor=a, attempt=s.attempt, report_url="", return_url="", call=s.out.call, clock=s.clock
        ),
    ),
    "payments.look_again": (
        Capability.PAY, False, lambda a, s: payments.look_again(actor=a, attempt=s.attempt, clock=s.clock),
    ),
    "payments.take_report": (
        Capability.HEAR_CHANNELS, True,
        lambda a, s: payments.take_report(
            actor=a, channel=s.out.channel, report=Report(event_id="x", kind=Kind.PENDING, merchant_id="m"), raw=b"",
            clock=s.clock,
        ),
    ),
    "payments.judge_left_over": (
        Capability.HEAR_CHANNELS, False, lambda a, s: payments.judge_left_over(actor=a, clock=s.clock),
    ),
    "payments.ask_attempt": (
        Capability.HEAR_CHANNELS, True,
        lambda a, s: payments.ask_attempt(actor=a, attempt=s.attempt, call=s.out.call, clock=s.clock),
    ),
    "payments.ask_refund": (
        Capability.HEAR_CHANNELS, True,
        lambda a, s: payments.ask_refund(
            actor=a, refund=Refund(pooling_area=town.FUND, capture=s.held), call=s.out.call, clock=s.clock
        ),
    ),
    "payments.propose": (
        Capability.RESOLVE_MONEY, True,
        lambda a, s: payments.propose(actor=a, capture_id=s.held.pk, way="refund", clock=s.clock),
    ),
    "payments.resend_refund": (
        Capability.RESOLVE_MONEY, True,
        lambda a, s: payments.resend_refund(actor=a, capture_id=s.held.pk, clock=s.clock),
    ),
    "payments.hand_in": (
        Capability.TAKE_PAYMENT, False,
        lambda a, s: payments.hand_in(
            actor=a, pooling_area=town.FUND, payment_ids=[1], shortage_ids=[], clock=s.clock,
            slip=payments.Slip(bank="b", slip_no="1", deposited_on=s.clock.today(), amount_fen=1, picture=b"%PDF-"),
        ),
    ),
    "payments.ask_give_back": (
        Capability.KEEP_COLLECTION, True,
        lambda a, s: payments.ask_give_back(actor=a, deposit_id=1, area_code=town.COUNTY, clock=s.clock),
    ),
    "payments.ask_mandate": (
        Capability.KEEP_COLLECTION, True,
        lambda a, s: payments.ask_mandate(
            actor=a, login_id=s.login.pk, area_code=town.EAST, contract_no="1", from_on=s.clock.today(),
            until_on=s.clock.today() + timedelta(days=1), day_limit_fen=1, open_limit_fen=1, clock=s.clock,
        ),
    ),
    "payments.give_mandate": (
        Capability.KEEP_COLLECTION, True,
        lambda a, s: payments.give_mandate(
            actor=a, login=s.login, area_code=town.EAST, contract_no="1", from_on=s.clock.today(),
            until_on=s.clock.today() + timedelta(days=1), day_limit_fen=1, open_limit_fen=1, clock=s.clock,
        ),
    ),
    "payments.end_mandate": (
        Capability.KEEP_COLLECTION, True, lambda a, s: payments.end_mandate(actor=a, mandate_id=1, clock=s.clock),
    ),
    "payments.ask_code": (
        Capability.KEEP_COLLECTION, True,
        lambda a, s: payments.ask_code(
            actor=a, area_code=town.COUNTY, content="x", bank="b", posted_at="p", clock=s.clock
        ),
    ),
    "payments.unlist_code": (
        Capability.KEEP_COLLECTION, True, lambda a, s: payments.unlist_code(actor=a, code_id=1, clock=s.clock),
    ),
    "payments.send_message": (
        Capability.HEAR_CHANNELS, True,
        lambda a, s: payments.send_message(
            actor=a, message=ReceiptMessage(pooling_area=town.FUND), address="", call=s.out.call, clock=s.clock
        ),
    ),
    "payments.sign_debit": (
        Capability.TAKE_PAYMENT, True,
        lambda a, s: payments.sign_debit(
            actor=a, resident_id=s.person.pk, channel_id=1, agreement_no="1234", holder="x", signed_on=s.clock.today(),
            clock=s.clock,
        ),
    ),
    "payments.end_debit": (
        Capability.TAKE_PAYMENT, True,
        lambda a, s: payments.end_debit(actor=a, resident_id=s.person.pk, clock=s.clock),
    ),
    "payments.make_run": (
        Capability.KEEP_COLLECTION, True,
        lambda a, s: payments.make_run(actor=a, channel_id=1, area_code=town.COUNTY, clock=s.clock),
    ),
    "payments.take_answer": (
        Capability.KEEP_COLLECTION, False, lambda a, s: payments.take_answer(actor=a, content=b"", clock=s.clock),
    ),
    "payments.make_list": (
        Capability.TAKE_PAYMENT, True,
        lambda a, s: payments.make_list(
            actor=a, channel_id=1, area_code=town.EAST, institution="x", bill_ids=[s.bill.pk], clock=s.clock
        ),
    ),
    "payments.drop_list": (
        Capability.TAKE_PAYMENT, True, lambda a, s: payments.drop_list(actor=a, list_id=1, clock=s.clock),
    ),
    "payments.record_transfer": (
        Capability.KEEP_COLLECTION, True,
        lambda a, s: payments.record_transfer(
            actor=a, list_id=1, amount_fen=1, reference="1", paid_at=s.clock.now(), clock=s.clock
        ),
    ),
    "payments.record_returned": (
        Capability.RESOLVE_MONEY, True,
        lambda a, s: payments.record_returned(
            actor=a, capture_id=s.held.pk, reference="1", arrived=True, clock=s.clock
        ),
    ),
    "payments.take_refund_application": (
        Capability.TAKE_PAYMENT, True,
        lambda a, s: payments.take_refund_application(
            actor=a, receipt_no="x", asked=payments.Asked("x", "x", "x", "x"), clock=s.clock
        ),
    ),
    "payments.apply_for_refund": (
        Capability.PAY, False,
        lambda a, s: payments.apply_for_refund(
            actor=a, bill_id=s.bill.pk, asked=payments.Asked("x", "x", "x", "x"), clock=s.clock
        ),
    ),
    "payments.take_own_refund_back": (
        Capability.PAY, False,
        lambda a, s: payments.take_own_refund_back(actor=a, bill_id=s.bill.pk, clock=s.clock),
    ),
    "payments.withdraw_refund_application": (
        Capability.TAKE_PAYMENT, True,
        lambda a, s: payments.withdraw_refund_application(actor=a, application_id=1, clock=s.clock),
    ),
    "payments.check_refund_application": (
        Capability.RESOLVE_MONEY, True,
        lambda a, s: payments.check_refund_application(actor=a, application_id=1, finding="x", clock=s.clock),
    ),
    "payments.refuse_refund_application": (
        Capability.RESOLVE_MONEY, True,
        lambda a, s: payments.refuse_refund_application(actor=a, application_id=1, because="x", clock=s.clock),
    ),
    "payments.send_by_hand": (
        Capability.RESOLVE_MONEY, True,
        lambda a, s: payments.send_by_hand(actor=a, application_id=1, reference="x", clock=s.clock),
    ),
    "payments.refund_arrived": (
        Capability.RESOLVE_MONEY, True,
        lambda a, s: payments.refund_arrived(actor=a, application_id=1, clock=s.clock),
    ),
    "payments.refund_came_back": (
        Capability.RESOLVE_MONEY, True,
        lambda a, s: payments.refund_came_back(actor=a, application_id=1, clock=s.clock),
    ),
    "payments.send_refund_again": (
        Capability.RESOLVE_MONEY, True,
        lambda a, s: payments.send_refund_again(actor=a, application_id=1, clock=s.clock),
    ),
    "billing.refund_bill": (
        Capability.SETTLE_BILLS, True,
        lambda a, s: billing.refund_bill(actor=a, bill=s.bill, entry_id=s.entry.pk, refunded_at=s.clock.now()),
    ),
    "ledger.post": (Capability.KEEP_LEDGER, True, lambda a, s: ledger.post(actor=a, draft=_draft("a"), clock=s.clock)),
    "ledger.post_many": (
        Capability.KEEP_LEDGER, True, lambda a, s: ledger.post_many(actor=a, drafts=[_draft("b")], clock=s.clock),
    ),
    "ledger.reverse": (
        Capability.KEEP_LEDGER, True,
        lambda a, s: ledger.reverse(
            actor=a, pooling_area=town.FUND, entry_id=s.entry.pk, because="x", clock=s.clock
        ),
    ),
    "ledger.seal_day": (
        Capability.KEEP_LEDGER, True,
        lambda a, s: ledger.seal_day(
            actor=a, pooling_area=town.FUND, day=date(2024, 11, 1), clock=FixedClock(shanghai(2024, 11, 3))
        ),
    ),
    "entitlement.derive": (
        Capability.DERIVE_COVER, True, lambda a, s: entitlement.derive(a, [s.bill.pk]),
    ),
    "entitlement.rebuild": (
        Capability.DERIVE_COVER, True,
        lambda a, s: entitlement.rebuild(actor=a, pooling_area=town.FUND, benefit_year=town.YEAR),
    ),
}  # fmt: skip


@pytest.fixture
def stage(clock: FixedClock) -> Stage:
    person = town.enrolled("王建国", date(1980, 3, 1))
    bill = billing.issue_bill(actor=town.CLERK, resident_id=person.pk, benefit_year=town.YEAR, clock=clock)
    login = Login.objects.create(username="somebody", display_name="某人", area_code=town.COUNTY)
    staff.grant_role(
        actor=town.CLERK, login=login, role=Role.VILLAGE_CADRE, area_code=town.EAST, from_on=date(2024, 1, 1)
    )
    approvals.attach(KIND)
    wish = staff.ask_approval(
        actor=town.CLERK, kind="test", area_code=town.EAST, key="1", subject={}, summary=("请", "please"), clock=clock
    )
    fact = ResidentFact.objects.create(
        pooling_area=town.FUND,
        resident=person,
        kind="student",
        code="pupil",
        from_on=date(2024, 1, 1),
        source="register",
    )
    category = ResidentCategory.objects.create(
        pooling_area=town.FUND, resident=person, code="advanced_age", certified_by="civil_affairs",
        from_on=date(2024, 1, 1),
    )  # fmt: skip
    household = registry.register_household(actor=town.CLERK, village_code=town.EAST, head_name="王建国")
    other = town.resident("王建国", date(1980, 3, 1))
    applied, evidence = town.applied(clock)
    listed = town.resident("刘成批", date(1985, 3, 1))
    made = enrolment.enrol_many(
        actor=town.CLERK, resident_ids=[listed.pk], plan=Plan(town.POLICY, date(2024, 11, 1)), area_code=town.EAST,
        clock=clock,
    )  # fmt: skip
    assert made.batch is not None
    entry = Entry.objects.earliest("pk")
    out = outside(clock, "alipay")
    attempt = out.begin(bill.pk)
    trade = out.trade(attempt)
    out.side.pay(trade, bill.payable_fen - 100)
    out.tell(out.telling(trade))
    return Stage(
        person, other, bill, entry, login, wish, fact, category, household, applied, made.batch.pk, evidence, clock,
        out, attempt, Capture.objects.get(), town.newcomer().pk,
    )  # fmt: skip


def _rows() -> dict[str, int]:
    return {
        model._meta.label: model._default_manager.count()
        for room in settings.INSTALLED_APPS
        if room.startswith("canbao.") and room.removeprefix("canbao.").split(".")[0] in ROOMS
        for model in apps.get_app_config(room.removeprefix("canbao.").split(".")[0]).get_models()
    }


def _refused(actor: Scope, call: Callable[[Scope, Stage], object], stage: Stage) -> str:
    before = _rows()
    # A refusal in the middle of a COPY takes its transaction with it; a savepoint keeps ours.
    with pytest.raises(Refusal) as refusal, transaction.atomic():
        call(actor, stage)
    assert _rows() == before
    stage.bill.refresh_from_db()
    stage.wish.refresh_from_db()
    stage.person.refresh_from_db()
    assert stage.wish.state == "waiting"
    assert (stage.bill.state, stage.person.died_on) == ("issued", None)
    assert refusal.value.zh and refusal.value.en and all(refusal.value.todo)
    return refusal.value.code


@pytest.mark.parametrize("name", CALLS)
def test_without_the_capability_nothing_is_done(stage: Stage, name: str) -> None:
    """The actor may do everything else, everywhere."""
    capability, _, call = CALLS[name]
    actor = replace(town.CLERK, prefixes=("",), capabilities=town.EVERYTHING - {capability})

    assert _refused(actor, call, stage) == "not_permitted"


@pytest.mark.parametrize("name", [name for name, (_, somewhere, _) in CALLS.items() if somewhere])
def test_in_another_area_nothing_is_done(stage: Stage, name: str) -> None:
    """The actor may do everything, in another city; where he asks for a row, he does not learn that it is there."""
    code = _refused(town.TIERS_CLERK, CALLS[name][2], stage)

    assert code in (
        "outside_your_area",
        "outside_area",
        "resident_not_found",
        "bill_not_found",
        "not_enrolled",
        "approval_not_found",
        "fact_not_found",
        "category_not_found",
        "household_not_found",
        "application_not_found",
        "batch_not_found",
        "money_not_found",
        "newcomer_not_found",
        "nobody_found",
        "mandate_not_found",
        "code_not_found",
        "list_not_found",
        "payment_not_found",
        "refund_application_not_found",
    )


def test_no_action_of_a_room_is_missing_here() -> None:
    found = set()
    for room in ROOMS:
        for module in ("actions", "bulk"):
            try:
                actions = importlib.import_module(f"canbao.{room}.{module}")
            except ModuleNotFoundError:
                continue
            names = getattr(actions, "__all__", None) or [
                name
                for name, thing in inspect.getmembers(actions, inspect.isfunction)
                if thing.__module__ == actions.__name__ and not name.startswith("_")
            ]
            found |= {f"{room}.{name}" for name in names}

    # These only read: ids, a name, the moves of an entry, a row under its lock.
    readers = {
        "registry.next_household_ids", "registry.next_resident_ids", "ledger.actor_name",
    }  # fmt: skip
    assert found - readers - WITHOUT_ACTOR == set(CALLS)


def test_no_role_holds_what_only_follows_from_other_work() -> None:
    held = frozenset(capability for capabilities in CAPABILITIES.values() for capability in capabilities)

    assert set(Capability) - held == {
        Capability.SETTLE_BILLS, Capability.DERIVE_COVER, Capability.KEEP_LEDGER, Capability.LOAD_AREAS,
        Capability.KEEP_KEYS, Capability.APPLY, Capability.PAY, Capability.HEAR_CHANNELS, Capability.KEEP_CHANNELS,
    }  # fmt: skip


def test_deputed_work_is_one_capability_in_one_pooling_area() -> None:
    deputy = town.CLERK.deputed(Capability.KEEP_LEDGER, town.FUND)

    assert (deputy.actor_id, deputy.actor_name) == (town.CLERK.actor_id, town.CLERK.actor_name)
    deputy.require(Capability.KEEP_LEDGER, town.FUND)
    for capability, area in ((Capability.TAKE_PAYMENT, town.FUND), (Capability.KEEP_LEDGER, town.TIERS_FUND)):
        with pytest.raises(Refusal):
            deputy.require(capability, area)
