"""The end of enrolments, with their bills in the same transaction: nobody owes for what has been stopped."""

from __future__ import annotations

from django.db import transaction

from canbao.billing import queries, refusals
from canbao.billing.actions.writing import Occasion, void_bills
from canbao.billing.models import LIVE, Bill, BillState
from canbao.enrolment import actions as enrolments
from canbao.enrolment import queries as enrolment
from canbao.enrolment.models import Enrolment, EnrolmentBatch
from canbao.enrolment.refusals import BatchUndone
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope


@transaction.atomic
def stop_enrolment(*, actor: Scope, resident_id: int, benefit_year: int, reason: str, clock: Clock) -> Enrolment:
    """Stop an enrolment as of today and void its open bill.

    Refuses `paid_for_year`, `not_enrolled`, `reason_missing`.
    """
    actor.require(Capability.ENROL)
    bill = queries.live_bill(actor, resident_id, benefit_year)
    if bill is not None:
        # The counter takes its locks in this order too: bill, then enrolment.
        bill = Bill.objects.select_for_update(of=("self",)).get(pk=bill.pk)
        if bill.state == BillState.SETTLED:
            raise refusals.paid_for_year(benefit_year)
    stopped = enrolments.stop(
        actor=actor, resident_id=resident_id, benefit_year=benefit_year, stopped_on=clock.today(), reason=reason,
        clock=clock,
    )  # fmt: skip
    if bill is not None and bill.state == BillState.ISSUED:
        # Who may stop an enrolment need not be allowed to void bills: this one follows.
        occasion = Occasion("bill", str(bill.pk))
        void_bills(actor=actor, bills=[bill], reason="已停保", clock=clock, occasion=occasion)
    return stopped


@transaction.atomic
def undo_batch(*, actor: Scope, batch_id: int, clock: Clock) -> EnrolmentBatch:
    """Undo a batch of enrolments, as long as none of its people has an open or settled bill.

    Refuses `batch_not_found`, `batch_undone`, `batch_billed` with how many.
    """
    actor.require(Capability.ENROL)
    batch = enrolment.lock_batch(actor, batch_id)
    if batch.undone_at is not None:
        raise BatchUndone
    inside = actor.deputed(Capability.ENROL, batch.pooling_area)
    ids = enrolment.people_of(inside, batch).values_list("pk", flat=True)
    bills = Bill.objects.filter(pooling_area=batch.pooling_area, benefit_year=batch.benefit_year, state__in=LIVE)
    states = list(bills.filter(enrolment_id__in=ids).values_list("state", flat=True))
    if states:
        settled = states.count(BillState.SETTLED)
        raise refusals.batch_billed(len(states) - settled, settled)
    return enrolments.end_batch(actor=actor, batch_id=batch_id, clock=clock)
