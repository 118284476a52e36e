"""E1, E3: stored cover is what ledger, bill and policy give, for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from canbao.billing import queries as billing
from canbao.billing.models import Bill, BillState
from canbao.entitlement.derivation import Derived, derived_cover
from canbao.entitlement.models import Cover
from canbao.ledger import queries as ledger
from canbao.ledger.invariants import Violation, rows_that
from canbao.payments import queries as payments
from canbao.policy import BadPerson


def check() -> list[Violation]:
    """Every violation in the whole database; empty when cover is right. Overlaps (E2) the database itself refuses."""
    found = list(rows_that("E3", _WITHOUT_CAUSE))
    settled = Bill.objects.filter(state=BillState.SETTLED)
    for area, year in settled.order_by().values_list("pooling_area", "benefit_year").distinct():
        found += _differences(area, year)
    return found


_WITHOUT_CAUSE = """
SELECT 'cover of bill ' || c.bill_id, 'has no settled bill and standing entry behind it' FROM entitlement_cover c
LEFT JOIN billing_bill b ON b.pooling_area = c.pooling_area AND b.id = c.bill_id
LEFT JOIN ledger_entry r ON r.reverses_id = c.because_entry_id
WHERE b.state IS DISTINCT FROM 'settled' OR r.id IS NOT NULL
   OR b.settled_entry_id IS DISTINCT FROM c.because_entry_id
"""


def _differences(pooling_area: str, benefit_year: int) -> Iterator[Violation]:
    for bills in billing.settled_bills(pooling_area, benefit_year):
        ids = [bill.pk for bill in bills]
        stored = {cover.bill_id: cover for cover in Cover.objects.filter(pooling_area=pooling_area, bill_id__in=ids)}
        paid = payments.payments_by_bill(ids)
        reversed_ids = ledger.reversed_among([bill.settled_entry_id for bill in bills if bill.settled_entry_id])
        for bill in bills:
            if bill.settled_entry_id in reversed_ids:
                continue
            payment, cover = paid.get(bill.pk), stored.get(bill.pk)
            try:
                wanted = derived_cover(bill, payment.paid_at if payment else None)
            except BadPerson as bad:
                yield Violation("E1", f"bill {bill.pk}", f"gives no cover, its policy refuses its facts: {bad}")
                continue
            if cover is None or not _same(cover, wanted):
                yield Violation("E1", f"bill {bill.pk}", "its stored cover is not the one that follows from the books")


def _same(cover: Cover, wanted: Derived) -> bool:
    until = wanted.benefit_end + timedelta(days=1) if wanted.benefit_end else None
    return (
        cover.resident_id, cover.cover_from, cover.cover_until, cover.waiting_months, cover.in_window, cover.paid_at,
        cover.because_entry_id,
    ) == (
        wanted.resident_id, wanted.benefit_start, until, wanted.waiting_months, wanted.in_window, wanted.paid_at,
        wanted.because_entry_id,
    )  # fmt: skip
