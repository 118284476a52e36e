"""Whether the bills of many people still stand: those that obviously do in three statements, the others one by one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from canbao.billing import queries as bills
from canbao.billing.drafts import digest_of, without_identity
from canbao.billing.models import Bill
from canbao.enrolment import queries as enrolment
from canbao.enrolment.models import EnrolmentState
from canbao.kernel.clock import SHANGHAI
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.mutual_aid.models import PersonalAccount
from canbao.payments.actions import settling
from canbao.policy import Policy
from canbao.registry import queries as registry


def may_pay(account: PersonalAccount) -> bool:
    """Whether its holder lives, is known under this entry, and is still in the employee scheme."""
    holder = account.holder
    return holder.died_on is None and holder.merged_into_id is None and holder.employee_insured


def obstacles(
    actor: Scope, policy: Policy, paid: Mapping[int, tuple[Bill, datetime]], *, at_approval: bool
) -> dict[int, Refusal]:
    """Bill id → why its payment of that moment is refused, for those who have a reason.

    People and enrolments stay locked. `at_approval`: the first day of payment of the notice does not count.
    """
    people = [bill.resident_id for bill, _ in paid.values()]
    living = set(
        registry.visible(actor).select_for_update(of=("self",), no_key=True)
        .filter(pk__in=people, died_on=None).order_by("pk").values_list("pk", flat=True)
    )  # fmt: skip
    rows = enrolment.visible(actor).select_for_update(of=("self",), no_key=True).order_by("pk")
    enrolled = {
        row.resident_id: row
        for row in rows.filter(
            resident_id__in=people, benefit_year=policy.benefit_year, policy_id=policy.id, state=EnrolmentState.LIVE
        )
    }
    windows = enrolment.Windows(policy.id)
    facts = {
        resident: (village, digest_of(without_identity(known)))
        for resident, _, village, known in enrolment.facts_among(actor, policy.pooling_area, policy.id, people)
    }
    found: dict[int, Refusal] = {}
    for bill, paid_at in paid.values():
        row, known = enrolled.get(bill.resident_id), facts.get(bill.resident_id)
        local = paid_at.astimezone(SHANGHAI).replace(tzinfo=None)
        if bill.resident_id in living and row is not None and known is not None and bill.quoted_on is None:
            here = windows.policy_at(known[0])
            in_time = row.payable_from is None or row.payable_from <= local.date() or at_approval
            same = known[1] == bill.facts_digest and here.digest == bill.policy_digest
            if same and in_time and here.opens <= local <= here.closes:
                continue
        try:
            settling.require_standing(actor, bill, bills.lines(bill), paid_at, at_approval=at_approval)
        except Refusal as refusal:
            found[bill.pk] = refusal
    return found
