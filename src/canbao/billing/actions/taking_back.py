"""A certification that was never true, taken back with the bills that it was worked into."""

from __future__ import annotations

from django.db import transaction

from canbao.billing.actions.single import issue_bill
from canbao.billing.models import LIVE, Bill, BillState
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.registry import actions as registry
from canbao.registry import queries as residents
from canbao.registry.models import Resident, ResidentCategory
from canbao.registry.proof import reason_of
from canbao.registry.refusals import CategoryNotFound, ResidentNotFound
from canbao.staff.actions import ask_approval
from canbao.staff.models import Approval

TAKEN_BACK = "billing.category_taken_back"


@transaction.atomic
def take_back_category(*, actor: Scope, category_id: int, reason: str, page: str, clock: Clock) -> Approval | None:
    """Take it back at once where no live bill rests on it; otherwise give the wish that somebody else decides.

    Refuses `category_not_found`, `reason_missing`, `proof_holds_number`, `not_of_your_department`, `already_asked`.
    """
    actor.require(Capability.CERTIFY_CATEGORY)
    row = ResidentCategory.objects.filter(pk=category_id).first()
    if row is None:
        raise CategoryNotFound
    person = _locked_person(actor, row)
    reason = reason_of(reason)
    if not _bills_on(row):
        registry.take_back_category(actor=actor, category_id=category_id, reason=reason, clock=clock)
        return None
    name = residents.masked_name(person.name)
    return ask_approval(
        actor=actor,
        kind=TAKEN_BACK,
        area_code=person.village_code,
        key=f"{row.pk}",
        subject={"category": row.pk, "resident": person.pk, "code": row.code, "reason": reason},
        summary=(
            f"撤销{name}的类别认定（从未成立），应缴单随之重开。{reason}",
            f"Take back a certification of {name} that was never true; the bill follows. {reason}",
        ),
        page=page,
        clock=clock,
    )


def carry_out(actor: Scope, approval: Approval, clock: Clock) -> object:
    """Take it back, and issue every open bill anew that rested on it. What was settled stays, and the person's page
    says that it was worked out from other facts.
    """
    row = ResidentCategory.objects.filter(pk=approval.subject["category"]).first()
    if row is None:
        raise CategoryNotFound
    _locked_person(actor, row)
    bills = _bills_on(row)
    gone = registry.take_back_category(
        actor=actor, category_id=approval.subject["category"], reason=approval.subject["reason"], clock=clock
    )
    issuer = actor.deputed(Capability.ISSUE_BILLS, gone.pooling_area)
    for bill in bills:
        if bill.state == BillState.ISSUED:
            _issue_anew(issuer, bill, clock)
    return gone


def _issue_anew(issuer: Scope, bill: Bill, clock: Clock) -> None:
    try:
        with transaction.atomic():
            issue_bill(actor=issuer, resident_id=bill.resident_id, benefit_year=bill.benefit_year, clock=clock)
    except Refusal:
        # Whoever may have no bill now (dead, stopped, insured elsewhere) cannot pay the old one either: the counter
        # works every bill out again before it takes money.
        return


def _locked_person(actor: Scope, row: ResidentCategory) -> Resident:
    """Nobody issues a bill for the person from here on, so none is missed that the certification was worked into."""
    try:
        return residents.locked_resident(actor, row.resident_id)
    except ResidentNotFound:
        raise CategoryNotFound from None


def _bills_on(row: ResidentCategory) -> list[Bill]:
    live = Bill.objects.filter(pooling_area=row.pooling_area, resident_id=row.resident_id, state__in=LIVE)
    return [bill for bill in live if row.code in (bill.facts.get("categories") or ())]
