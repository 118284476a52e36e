"""From a settled bill to days of cover: what the policy says of the bill's facts at the moment of payment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from canbao.billing.models import Bill
from canbao.billing.standing import answer_at, policy_of


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


def derived_cover(bill: Bill, paid_at: datetime | None) -> Derived:
    answer = answer_at(bill, paid_at)
    return Derived(
        pooling_area=bill.pooling_area,
        bill_id=bill.pk,
        resident_id=bill.resident_id,
        benefit_year=bill.benefit_year,
        village_code=bill.village_code,
        benefit_start=answer.benefit_start,
        benefit_end=answer.benefit_end,
        waiting_months=answer.waiting_months or 0,
        in_window=bool(answer.in_window),
        paid_at=paid_at,
        because_entry_id=bill.settled_entry_id,
        policy_id=bill.policy_id,
        policy_digest=policy_of(bill).digest,
    )
