"""One resident's bill: issue, void, reissue, settle."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from canbao.billing import queries, refusals, settlement
from canbao.billing.actions.writing import Item, Occasion, void_bills, write_bills
from canbao.billing.drafts import Drafter, NoBill, Verdict, verdict
from canbao.billing.models import LIVE, Bill, BillKind, BillState
from canbao.enrolment import actions as enrolments
from canbao.enrolment import queries as enrolment
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope
from canbao.registry import queries as registry


def issue_bill(
    *, actor: Scope, resident_id: int, benefit_year: int, clock: Clock, paid_at_approval: bool = False
) -> Bill:
    """The live bill of an enrolled resident, issued or reissued as far as the facts of today ask for it.

    `paid_at_approval`: what the notice says of the first day of payment does not keep a relative's account waiting.
    Refuses `resident_not_found`, `not_enrolled`, `deceased`, `not_payable_yet`, `not_maintained`, a reason of the
    policy (contract.md), `bad_facts`, `paid_and_changed`.
    """
    actor.require(Capability.ISSUE_BILLS)
    return _issue(actor, resident_id, benefit_year, clock, paid_at_approval)


def _issue(actor: Scope, resident_id: int, benefit_year: int, clock: Clock, paid_at_approval: bool = False) -> Bill:
    resident = registry.resident(actor, resident_id)
    enrolled = enrolment.enrolment_of(actor, resident_id, benefit_year)
    if enrolled is None:
        raise refusals.not_enrolled(benefit_year)
    if resident.died_on is not None:
        raise refusals.deceased(resident.died_on)
    policy = enrolment.policy_at(enrolled.policy_id, resident.village_code)
    draft = Drafter(policy, clock.now()).draft(enrolment.facts(actor, resident_id, benefit_year))
    if isinstance(draft, NoBill):
        raise refusals.no_bill(draft.code, draft.zh, draft.en)
    first = None if paid_at_approval else enrolled.payable_from
    if draft.payable_fen and first is not None and clock.today() < first:
        raise refusals.not_payable_yet(first)
    due = enrolment.maintenance_due(policy, enrolled, clock.now()) if draft.payable_fen else None
    if due is not None:
        raise refusals.not_maintained(due.place.zh if due.place else "", due.place.en if due.place else "")
    for attempt in (1, 2):
        live = Bill.objects.filter(
            pooling_area=policy.pooling_area,
            resident_id=resident_id,
            benefit_year=benefit_year,
            kind=BillKind.CONTRIBUTION,
            state__in=LIVE,
        ).first()
        found = verdict(draft, live)
        if found == Verdict.PAID_AND_CHANGED:
            raise refusals.paid_and_changed()
        if found == Verdict.KEEP and live is not None:
            return live
        item = Item(resident_id, enrolled.pk, resident.village_code, draft, replaces=live)
        try:
            (bill_id,) = write_bills(actor=actor, policy=policy, items=[item], clock=clock)
            return Bill.objects.get(pk=bill_id)
        except IntegrityError:
            # Somebody issued it between our look and our write: look again, once.
            if attempt == 2:
                raise
    raise AssertionError("unreachable")


def reissue_bill(*, actor: Scope, bill_id: int, clock: Clock) -> Bill:
    """Void an open bill and issue the one that today's facts give; the same bill if nothing changed."""
    actor.require(Capability.ISSUE_BILLS)
    bill = queries.bill(actor, bill_id)
    return issue_bill(actor=actor, resident_id=bill.resident_id, benefit_year=bill.benefit_year, clock=clock)


@transaction.atomic
def change_tier(*, actor: Scope, resident_id: int, benefit_year: int, tier: str, clock: Clock) -> Bill | None:
    """Choose another tier and, where a bill is open, void it and issue the one of the new tier; gives that bill.

    Refuses `paid_for_tier` for a settled year, what enrolment refuses, and what `issue_bill` refuses.
    """
    actor.require(Capability.ENROL)
    bill = queries.live_bill(actor, resident_id, benefit_year)
    if bill is not None:
        # The counter takes its locks in this order too: bill, then enrolment.
        bill = Bill.objects.select_for_update(of=("self",)).get(pk=bill.pk)
        if bill.state == BillState.SETTLED:
            raise refusals.paid_for_tier(benefit_year)
    enrolments.change_tier(actor=actor, resident_id=resident_id, benefit_year=benefit_year, tier=tier, clock=clock)
    if bill is None:
        return None
    # Who may choose the tier need not be allowed to issue bills: this one follows from the choice.
    return _issue(actor, resident_id, benefit_year, clock)


def void_bill(*, actor: Scope, bill_id: int, reason: str, clock: Clock) -> Bill:
    """Void an open bill and take the debt back. Refuses `bill_not_found`, `bill_not_open`."""
    actor.require(Capability.ISSUE_BILLS)
    with transaction.atomic():
        bill = queries.bill(actor, bill_id)
        locked = Bill.objects.select_for_update(of=("self",)).get(pk=bill.pk)
        require_open(locked)
        void_bills(actor=actor, bills=[locked], reason=reason, clock=clock, occasion=Occasion("bill", str(bill_id)))
    locked.refresh_from_db()
    return locked


def settle_bill(*, actor: Scope, bill: Bill, entry_id: int, settled_at: datetime) -> None:
    """Settle a bill that the caller has locked, because of a ledger entry, and let its cover follow."""
    actor.require(Capability.SETTLE_BILLS, bill.pooling_area)
    require_open(bill)
    bill.state, bill.settled_at, bill.settled_entry_id = BillState.SETTLED, settled_at, entry_id
    bill.save(update_fields=("state", "settled_at", "settled_entry_id"))
    settlement.cover_follows(actor, bill.pooling_area, [bill.pk])


def refund_bill(*, actor: Scope, bill: Bill, entry_id: int, refunded_at: datetime) -> None:
    """Take back the settlement of a bill that the caller has locked, because of a ledger entry; its cover goes too.

    Refuses `bill_not_settled`.
    """
    actor.require(Capability.SETTLE_BILLS, bill.pooling_area)
    if bill.state != BillState.SETTLED:
        raise refusals.bill_not_settled(bill.pk)
    bill.state, bill.refunded_at, bill.refund_entry_id = BillState.REFUNDED, refunded_at, entry_id
    bill.save(update_fields=("state", "refunded_at", "refund_entry_id"))
    settlement.cover_follows(actor, bill.pooling_area, [bill.pk])


_STATE_WORDS = {
    BillState.SETTLED: ("已结清", "settled"),
    BillState.VOID: ("已作废", "void"),
    BillState.REFUNDED: ("已退费", "refunded"),
}


def require_open(bill: Bill) -> None:
    if bill.state != BillState.ISSUED:
        raise refusals.bill_not_open(bill.pk, *_STATE_WORDS[BillState(bill.state)])
