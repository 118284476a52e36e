"""The only readers of cover, and the chain from a day of cover back to the clause of the notice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from canbao.areas import queries as areas
from canbao.billing import queries as billing
from canbao.billing import standing
from canbao.billing.drafts import Line
from canbao.billing.models import Bill, BillRefusal
from canbao.enrolment import queries as enrolment
from canbao.enrolment.models import Enrolment
from canbao.entitlement import refusals
from canbao.entitlement.models import Cover
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.ledger import queries as ledger
from canbao.ledger.queries import EntryCard
from canbao.payments import queries as payments
from canbao.payments.models import Payment
from canbao.policy import Answer
from canbao.registry import queries as registry
from canbao.registry.models import Resident


def visible(scope: Scope) -> QuerySet[Cover]:
    """The cover of residents who are looked after inside the scope now; `village_code` is that of the bill."""
    return Cover.objects.filter(scope.q("resident__village_code"), pooling_area__in=areas.pooling_codes(scope))


def cover_of(scope: Scope, resident_id: int, benefit_year: int) -> Cover | None:
    """The cover that the resident's bill of the year gives; its days are null if the wait runs past the year."""
    return visible(scope).filter(resident_id=resident_id, benefit_year=benefit_year).first()


def is_covered(scope: Scope, resident_id: int, on: date) -> bool:
    """Whether the resident is covered on the day."""
    return visible(scope).filter(resident_id=resident_id, cover_from__lte=on, cover_until__gt=on).exists()


def facts_at(bill: Bill, paid_at: datetime | None) -> dict[str, Any]:
    """The bill's facts as the policy is asked about them, settled at `paid_at`."""
    return standing.facts_at(bill.facts, bill.personal_fen, paid_at)


@dataclass(frozen=True, slots=True)
class PersonYear:
    """Everything that one resident's benefit year rests on, each link found from the one before it.

    `answer` is worked out again from the bill's pinned facts at the moment of payment; `policy_unchanged` tells whether
    the policy file is still the one the bill is pinned to, `figures_agree` whether the answer says what the bill says.
    """

    resident: Resident
    benefit_year: int
    enrolment: Enrolment | None
    refusal: BillRefusal | None
    bill: Bill | None
    lines: tuple[Line, ...]
    payments: tuple[Payment, ...]
    entry: EntryCard | None
    cover: Cover | None
    answer: Answer | None
    policy_unchanged: bool | None
    figures_agree: bool | None


def trace_person_year(scope: Scope, resident_id: int, benefit_year: int) -> PersonYear:
    """The chain of a resident and year: cover ← entry ← payment ← bill ← policy; ResidentNotFound outside the scope."""
    resident = registry.resident(scope, resident_id)
    bill = billing.live_bill(scope, resident_id, benefit_year)
    paid = tuple(payments.payments_of(scope, resident_id, benefit_year))
    entry = answer = unchanged = agree = None
    if bill is not None:
        if bill.settled_entry_id is not None:
            entry = ledger.entry(scope, bill.pooling_area, bill.settled_entry_id)
        # A payment of the same year that went back belongs to another bill.
        own = next((row for row in paid if row.bill_id == bill.pk), None)
        answer = standing.answer_at(bill, own.paid_at if own else None)
        unchanged = standing.policy_of(bill).digest == bill.policy_digest
        agree = (answer.standard_fen, answer.personal_fen, answer.repair_fen or 0, answer.award) == (
            bill.standard_fen, bill.personal_fen, bill.repair_fen, bill.award,
        )  # fmt: skip
    return PersonYear(
        resident=resident,
        benefit_year=benefit_year,
        enrolment=enrolment.enrolment_of(scope, resident_id, benefit_year),
        refusal=billing.refusal_of(scope, resident_id, benefit_year),
        bill=bill,
        lines=billing.lines(bill) if bill else (),
        payments=paid,
        entry=entry,
        cover=cover_of(scope, resident_id, benefit_year),
        answer=answer,
        policy_unchanged=unchanged,
        figures_agree=agree,
    )


def find_person_years(scope: Scope, name: str) -> list[tuple[int, int]]:
    """(resident_id, benefit_year) for a receipt number, `bill/7`, `resident/7`, or a bare number: bill, then resident.

    Refuses `nothing_to_trace`.
    """
    kind, _, rest = name.strip().rpartition("/")
    if kind not in ("", "bill", "resident"):
        raise refusals.nothing_to_trace(name)
    if not rest.isdigit():
        try:
            found = payments.payment_by_receipt(scope, rest)
        except Refusal:
            raise refusals.nothing_to_trace(name) from None
        return [(found.resident_id, found.bill.benefit_year)]
    number = int(rest)
    if kind != "resident":
        bill = billing.visible(scope).filter(pk=number).first()
        if bill is not None:
            return [(bill.resident_id, bill.benefit_year)]
    if kind != "bill":
        own = billing.visible(scope).filter(resident_id=number).order_by("benefit_year")
        years = sorted(set(own.values_list("benefit_year", flat=True)))
        if years:
            return [(number, year) for year in years]
    raise refusals.nothing_to_trace(name)
