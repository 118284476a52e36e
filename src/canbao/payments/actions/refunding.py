"""The money of a settled bill goes back: taken in, checked against the notice's rules, decided by a second person.

On the yes, and in its transaction, the entry that settled the bill is reversed, its debt taken back, the sum owed to
the payer, the bill refunded, its cover gone and the enrolment stopped (or a new bill due, as the rule says). The money
then leaves the way it came: through its channel, or by hand from the counter that took it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from canbao.billing import actions as billing
from canbao.billing import settlement, standing
from canbao.billing.models import BillState
from canbao.enrolment import actions as enrolments
from canbao.enrolment import queries as enrolment
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.fen import yuan_said
from canbao.kernel.scope import Scope
from canbao.ledger import actions as ledger
from canbao.ledger import chart
from canbao.ledger.actions import Draft, Move
from canbao.payments import queries, refund_rules, refusals, refused, ways_back
from canbao.payments.actions import settling
from canbao.payments.actions.asking import first_question
from canbao.payments.actions.handing_back import locked_refund, money_of
from canbao.payments.models import ApplicationState, Payment, Refund, RefundApplication, RefundState
from canbao.policy import Policy
from canbao.registry.proof import holds_whole_number
from canbao.registry.refused_corrections import ProofHoldsNumber
from canbao.staff.actions import ask_approval
from canbao.staff.approvals import Kind
from canbao.staff.models import Approval, ApprovalState

_NUMBER_BYTES = 14
NAME_MAX, RELATION_MAX, WORDS_MAX = 60, 30, 300
NOBODY = 0
"""Who took in what a resident applied for himself."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody says at the counter: `rule` is a key of the notice's refund rules, `evidence` what was shown."""

    rule: str
    applicant_name: str
    relation: str
    evidence: str


def take_refund_application(*, actor: Scope, receipt_no: str, asked: Asked, clock: Clock) -> RefundApplication:
    """Take in an application for what settled a bill. Nothing moves yet.

    Refuses `payment_not_found`, `words_missing`, `proof_holds_number`, `no_refund_rule`, `death_not_registered`,
    `refund_too_late`, `bill_not_settled`, `already_applied`.
    """
    actor.require(Capability.TAKE_PAYMENT)
    return _taken(actor, queries.payment_by_receipt(actor, receipt_no), asked, clock)


def apply_for_refund(*, actor: Scope, bill_id: int, asked: Asked, clock: Clock) -> RefundApplication:
    """The same by a resident who opened the bill; the papers are shown when the office checks it.

    Refuses what `take_refund_application` refuses.
    """
    actor.require(Capability.PAY)
    payment = queries.payment_of_bill(bill_id)
    if payment is None:
        raise refusals.payment_not_found(str(bill_id))
    return _taken(actor, payment, asked, clock)


def take_own_refund_back(*, actor: Scope, bill_id: int, clock: Clock) -> RefundApplication:
    """The resident gives up what he applied for himself, as long as nobody has checked it. Refuses `wrong_step`."""
    actor.require(Capability.PAY)
    with transaction.atomic():
        rows = RefundApplication.objects.select_for_update(of=("self",))
        row = rows.filter(payment__bill_id=bill_id, state=ApplicationState.TAKEN, taken_by_id=NOBODY).first()
        if row is None:
            raise refused.wrong_step()
        return _withdrawn(row, actor, clock)


def _taken(actor: Scope, payment: Payment, asked: Asked, clock: Clock) -> RefundApplication:
    name, relation = _words(asked.applicant_name, NAME_MAX), _words(asked.relation, RELATION_MAX)
    evidence = _words(asked.evidence, WORDS_MAX)
    for said, what in (
        (name, ("申请人姓名", "The applicant's name")),
        (relation, ("申请人与参保人的关系", "How the applicant is related to the insured")),
        (evidence, ("看过的材料", "What was shown as evidence")),
    ):
        if not said:
            raise refused.words_missing(*what)
    application = RefundApplication(
        pooling_area=payment.pooling_area, payment=payment, rule=asked.rule, applicant_name=name, relation=relation,
        evidence=evidence, applied_on=clock.today(), taken_at=clock.now(), taken_by_id=actor.actor_id or NOBODY,
        taken_by=ledger.actor_name(actor),
    )  # fmt: skip
    _require_allowed(application)
    if payment.bill.state == BillState.REFUNDED:
        raise refused.already_applied()
    try:
        with transaction.atomic():
            application.save()
    except IntegrityError as fault:
        if "payments_application_one_open" in str(fault):
            raise refused.already_applied() from fault
        raise
    return application


def withdraw_refund_application(*, actor: Scope, application_id: int, clock: Clock) -> RefundApplication:
    """Take an application back that nobody has checked yet. Refuses `wrong_step`."""
    actor.require(Capability.TAKE_PAYMENT)
    with transaction.atomic():
        row = _locked(actor, application_id, ApplicationState.TAKEN)
        return _withdrawn(row, actor, clock)


def _withdrawn(row: RefundApplication, actor: Scope, clock: Clock) -> RefundApplication:
    row.state, row.decided_at, row.decided_by = ApplicationState.WITHDRAWN, clock.now(), ledger.actor_name(actor)
    row.save(update_fields=("state", "decided_at", "decided_by"))
    return row


def check_refund_application(*, actor: Scope, application_id: int, finding: str, clock: Clock) -> RefundApplication:
    """Say that papers and rule were checked, and ask a second person.

    Refuses `wrong_step` and what taking in refuses.
    """
    actor.require(Capability.RESOLVE_MONEY)
    found = _words(finding, WORDS_MAX)
    with transaction.atomic():
        row = _locked(actor, application_id, ApplicationState.TAKEN)
        _require_allowed(row)
        payment = row.payment
        amount, rule = yuan_said(payment.amount_fen), refund_rules.rules_of(_policy(row))[row.rule]
        wish = ask_approval(
            actor=actor, kind=KIND.code, area_code=payment.resident.village_code, key=f"application {row.pk}",
            subject={"application": row.pk},
            summary=(
                f"退费{amount}元（{rule.name.zh}），收据 {payment.receipt_no}",
                f"Give back {amount} yuan ({rule.name.en}), receipt {payment.receipt_no}",
            ),
            clock=clock, page=f"/console/refunds/{row.pk}",
        )  # fmt: skip
        row.state, row.checked_at, row.checked_by = ApplicationState.CHECKED, clock.now(), ledger.actor_name(actor)
        row.finding, row.approval_id = found, wish.pk
        row.save(update_fields=("state", "checked_at", "checked_by", "finding", "approval_id"))
    return row


def refuse_refund_application(*, actor: Scope, application_id: int, because: str, clock: Clock) -> RefundApplication:
    """Refuse at the check what the papers do not bear out. Refuses `words_missing`, `proof_holds_number`,
    `wrong_step`.
    """
    actor.require(Capability.RESOLVE_MONEY)
    said = _words(because, WORDS_MAX)
    if not said:
        raise refused.words_missing("不同意的原因", "The reason why not")
    with transaction.atomic():
        row = _locked(actor, application_id, ApplicationState.TAKEN)
        _refuse(row, actor, said, clock)
    return row


def send_refund_again(*, actor: Scope, application_id: int, clock: Clock) -> Refund:
    """A refund that came back may be sent once more, under a new number. Refuses `wrong_step`."""
    actor.require(Capability.RESOLVE_MONEY)
    with transaction.atomic():
        refund = locked_refund(actor, application_id, RefundState.BOUNCED, by_hand=False)
        refund.state, refund.tries = RefundState.APPROVED, refund.tries + 1
        refund.ask_at = first_question(refund.capture, clock)
        refund.save(update_fields=("state", "tries", "ask_at"))
    return refund


def _words(text: str, most: int) -> str:
    if holds_whole_number(text):
        raise ProofHoldsNumber
    return " ".join(text.split())[:most]


def _policy(row: RefundApplication) -> Policy:
    bill = row.payment.bill
    return enrolment.policy_pinned(bill.policy_id, bill.policy_digest)


def _require_allowed(row: RefundApplication) -> None:
    bill = row.payment.bill
    answer = standing.answer_at(bill, row.payment.paid_at)
    refund_rules.require_allowed(
        _policy(row), row.rule, applied_on=row.applied_on, died_on=row.payment.resident.died_on,
        cover_from=answer.benefit_start,
    )  # fmt: skip


def _locked(actor: Scope, application_id: int, state: ApplicationState) -> RefundApplication:
    found = queries.refund_application(actor, application_id)
    row = RefundApplication.objects.select_for_update(of=("self",)).get(pk=found.pk)
    if row.state != state:
        raise refused.wrong_step()
    return row


def _refuse(row: RefundApplication, actor: Scope, because: str, clock: Clock) -> None:
    row.state, row.refused_because = ApplicationState.REFUSED, because[:WORDS_MAX]
    row.decided_at, row.decided_by = clock.now(), ledger.actor_name(actor)
    row.save(update_fields=("state", "refused_because", "decided_at", "decided_by"))


def _carry_out(actor: Scope, approval: Approval, clock: Clock) -> None:
    settling.wait_at_most()
    row = RefundApplication.objects.select_for_update(of=("self",)).get(pk=approval.subject["application"])
    if row.state != ApplicationState.CHECKED:
        raise refused.wrong_step()
    if row.taken_by_id == actor.actor_id:
        raise refused.decided_by_taker()
    bill = settling.lock_bill(row.payment.bill_id)
    _require_allowed(row)
    payment, area = row.payment, row.pooling_area
    bookkeeper = actor.deputed(Capability.KEEP_LEDGER, area)
    ledger.reverse(
        actor=bookkeeper, pooling_area=area, entry_id=payment.entry_id, because=f"refund {row.pk}", clock=clock
    )
    owed = Move(money_of(payment), chart.refund_due(area, payment.channel), payment.amount_fen)
    entry = ledger.post(
        actor=bookkeeper,
        draft=Draft(
            area, f"refund:{payment.pk}", "refund", str(payment.pk), clock.today(),
            (*settlement.void_moves(area, bill.benefit_year, bill.payable_fen), owed),
        ),
        clock=clock,
    )  # fmt: skip
    row.refund = Refund.objects.create(
        pooling_area=area, capture=payment.capture, payment=payment, number=secrets.token_hex(_NUMBER_BYTES),
        amount_fen=payment.amount_fen, approved_at=clock.now(), ask_at=first_question(payment.capture, clock),
    )  # fmt: skip
    row.state, row.entry = ApplicationState.APPROVED, entry
    row.decided_at, row.decided_by = clock.now(), ledger.actor_name(actor)
    row.save(update_fields=("state", "refund", "entry", "decided_at", "decided_by"))
    billing.refund_bill(
        actor=actor.deputed(Capability.SETTLE_BILLS, area), bill=bill, entry_id=entry.pk, refunded_at=clock.now()
    )
    ways_back.follow(actor, row.refund, clock)
    rule = refund_rules.rules_of(_policy(row))[row.rule]
    inside = actor.deputed(Capability.ENROL, payment.resident.village_code)
    if rule.ends_enrolment and enrolment.enrolment_of(inside, bill.resident_id, bill.benefit_year) is not None:
        enrolments.stop(
            actor=inside, resident_id=bill.resident_id, benefit_year=bill.benefit_year, stopped_on=clock.today(),
            reason=f"退费：{rule.name.zh}", clock=clock,
        )  # fmt: skip


def _let_go(actor: Scope, approval: Approval, clock: Clock) -> None:
    row = RefundApplication.objects.select_for_update(of=("self",)).get(pk=approval.subject["application"])
    if approval.state == ApprovalState.REFUSED:
        _refuse(row, actor, approval.reason, clock)
    else:
        row.state, row.approval_id = ApplicationState.TAKEN, None
        row.save(update_fields=("state", "approval_id"))


KIND = Kind("payments.refund", _("退费"), asks=Capability.RESOLVE_MONEY, carry_out=_carry_out, let_go=_let_go)
