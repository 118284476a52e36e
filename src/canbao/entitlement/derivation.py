"""From a settled bill to days of cover: what the policy says of the bill's facts at the moment of payment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from canbao.billing.models import Bill
from canbao.billing.standing import answer_at, policy_of

MANY = 50
"""From so many bills on, situations cost less than one question each."""


@dataclass(frozen=True, slots=True)
class Derived:
    """One row of Cover; days as in contract.md, `benefit_end` is the last covered day."""

    pooling_area: str
    bill_id: int
    resident_id: int
    benefit_year: int
    village_code: str
    benefit_start: date | None
    benefit_end: date | None
    waiting_months: int
    in_window: bool
    paid_at: datetime | None
    because_entry_id: int | None
    policy_id: str
    policy_digest: str


def derived_covers(bills: Sequence[tuple[Bill, datetime | None]]) -> list[Derived]:
    """As `derived_cover` for each, in order. What settled by itself inside the window is worked out by situations."""
    places: dict[str, list[int]] = {}
    for at, (bill, _) in enumerate(bills):
        if bill.personal_fen == 0 and bill.quoted_on is None:
            places.setdefault(bill.policy_digest, []).append(at)
    found: list[Derived | None] = [None] * len(bills)
    for own in places.values():
        if len(own) < MANY:
            continue
        from canbao.billing.situated import Situated

        policy = policy_of(bills[own[0]][0])
        for at, answer in zip(own, Situated(policy).answers([bills[at][0].facts for at in own]), strict=True):
            if answer is not None:
                figures = answer.figures
                found[at] = _derived(
                    *bills[at], policy.digest, answer.benefit_start, answer.benefit_end, figures["waiting_months"],
                    figures["in_window"],
                )  # fmt: skip
    return [done or derived_cover(*bill) for done, bill in zip(found, bills, strict=True)]


def derived_cover(bill: Bill, paid_at: datetime | None) -> Derived:
    answer = answer_at(bill, paid_at)
    return _derived(
        bill, paid_at, policy_of(bill).digest, answer.benefit_start, answer.benefit_end, answer.waiting_months,
        answer.in_window,
    )  # fmt: skip


def _derived(
    bill: Bill,
    paid_at: datetime | None,
    policy_digest: str,
    benefit_start: date | None,
    benefit_end: date | None,
    waiting_months: int | None,
    in_window: bool | None,
) -> Derived:
    return Derived(
        pooling_area=bill.pooling_area,
        bill_id=bill.pk,
        resident_id=bill.resident_id,
        benefit_year=bill.benefit_year,
        village_code=bill.village_code,
        benefit_start=benefit_start,
        benefit_end=benefit_end,
        waiting_months=waiting_months or 0,
        in_window=bool(in_window),
        paid_at=paid_at,
        because_entry_id=bill.settled_entry_id,
        policy_id=bill.policy_id,
        policy_digest=policy_digest,
    )
