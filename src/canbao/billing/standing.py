"""Whether an open bill still stands: what the policy says at the moment of payment of the facts as they are then.

One place decides which facts and which day the policy is asked about, for the counter and for the cover that follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from canbao.billing.drafts import Line, digest_of, without_identity
from canbao.billing.models import RESIDENT_PAYS, Bill
from canbao.enrolment import queries as enrolment
from canbao.kernel.clock import SHANGHAI
from canbao.policy import Answer, Policy, quote


def facts_at(facts: Mapping[str, Any], personal_fen: int, paid_at: datetime | None) -> dict[str, Any]:
    """The facts as the policy is asked about them, settled at `paid_at`.

    A bill that asks the resident for nothing of the standard settles when contract.md says, not when it was issued or
    its repair charge was paid.
    """
    if paid_at is None or personal_fen == 0:
        return dict(facts)
    local = paid_at.astimezone(SHANGHAI).replace(tzinfo=None, microsecond=0)
    return {**facts, "paid_at": local.isoformat()}


def answer_at(bill: Bill, paid_at: datetime | None, facts: Mapping[str, Any] | None = None) -> Answer:
    """The policy's whole answer for the bill's facts (or others), settled at `paid_at`. Raises BadPerson."""
    asked = facts_at(bill.facts if facts is None else facts, bill.personal_fen, paid_at)
    return quote(policy_of(bill), asked, on=bill.quoted_on)


def policy_of(bill: Bill) -> Policy:
    """The policy that the bill is pinned to, with its extension of the window; today's file where the file changed."""
    return enrolment.policy_pinned(bill.policy_id, bill.policy_digest)


def stands(bill: Bill, lines: Iterable[Line], now: Answer, facts: Mapping[str, Any], paid_at: datetime) -> bool:
    """Whether `now`, the answer for today's `facts`, asks what the bill asks and gives the cover its facts would give.

    The cover follows from the facts the bill is pinned to, so other days of cover make it as outdated as another sum.
    """
    if _owed(now) != _billed(bill, lines):
        return False
    pinned = without_identity(facts)
    return digest_of(pinned) == bill.facts_digest or _days(now) == _days(answer_at(bill, paid_at))


def _owed(answer: Answer) -> tuple[object, ...]:
    payers = {payer: fen for payer, fen in answer.payers.items() if fen}
    return (answer.klass, answer.standard_fen, answer.personal_fen, answer.repair_fen or 0, answer.award, payers)


def _billed(bill: Bill, lines: Iterable[Line]) -> tuple[object, ...]:
    payers = {line.payer: line.amount_fen for line in lines if line.payer != RESIDENT_PAYS}
    return (bill.class_code, bill.standard_fen, bill.personal_fen, bill.repair_fen, bill.award, payers)


def _days(answer: Answer) -> tuple[object, ...]:
    return (answer.in_window, answer.waiting_months, answer.benefit_start, answer.benefit_end)
