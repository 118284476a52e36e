"""What the pages of refunds share, at the counter and for residents: the rules of a payment, and the way of one."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext

from canbao.enrolment import queries as enrolment
from canbao.entitlement import queries as entitlement
from canbao.faces.visit import clock
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.payments import refund_rules
from canbao.payments.models import ApplicationState, Payment, RefundApplication, RefundState
from canbao.policy.notice import RefundRule


@dataclass(frozen=True)
class RuleShown:
    """A rule of the notice for this payment; `refusal` is why it gives nothing back today, None if it does."""

    key: str
    rule: RefundRule
    refusal: Refusal | None


def rules_of(scope: Scope, payment: Payment) -> list[RuleShown]:
    bill = payment.bill
    policy = enrolment.policy_pinned(bill.policy_id, bill.policy_digest)
    cover = entitlement.cover_of(scope, payment.resident_id, bill.benefit_year)
    shown = []
    for key, rule in refund_rules.rules_of(policy).items():
        refusal = None
        try:
            refund_rules.require_allowed(
                policy, key, applied_on=clock().today(), died_on=payment.resident.died_on,
                cover_from=cover.cover_from if cover else None,
            )  # fmt: skip
        except Refusal as found:
            refusal = found
        shown.append(RuleShown(key, rule, refusal))
    return shown


def steps() -> list[str]:
    return [gettext("受理申请"), gettext("核对"), gettext("另一人审批"), gettext("发出"), gettext("到账")]


def step_of(row: RefundApplication) -> int:
    """Which of the five steps is next; 6 when all are done, 0 where it ended before."""
    if row.refund is None:
        return {ApplicationState.TAKEN: 2, ApplicationState.CHECKED: 3}.get(ApplicationState(row.state), 0)
    return {RefundState.APPROVED: 4, RefundState.SENT: 5, RefundState.BOUNCED: 4, RefundState.RETURNED: 6}[
        RefundState(row.refund.state)
    ]
