"""The only readers of payments."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet

from canbao.areas import queries as areas
from canbao.kernel.scope import Scope
from canbao.payments import refusals
from canbao.payments.models import Payment


def visible(scope: Scope) -> QuerySet[Payment]:
    """The payments of residents who are looked after inside the scope now."""
    return Payment.objects.filter(scope.q("resident__village_code"), pooling_area__in=areas.pooling_codes(scope))


def payment(scope: Scope, payment_id: int) -> Payment:
    """With bill and resident; refuses `payment_not_found`, outside the scope too."""
    found = visible(scope).filter(pk=payment_id).select_related("bill", "resident").first()
    if found is None:
        raise refusals.payment_not_found(str(payment_id))
    return found


def payment_by_receipt(scope: Scope, receipt_no: str) -> Payment:
    """Refuses `payment_not_found`, outside the scope too."""
    found = visible(scope).filter(receipt_no=receipt_no.strip()).select_related("bill", "resident").first()
    if found is None:
        raise refusals.payment_not_found(receipt_no)
    return found


def payments_of(scope: Scope, resident_id: int, benefit_year: int) -> list[Payment]:
    """Payments for the resident's bills of the year, oldest first."""
    own = visible(scope).filter(resident_id=resident_id, bill__benefit_year=benefit_year)
    return list(own.order_by("paid_at", "pk"))


def payments_by_bill(bill_ids: Sequence[int]) -> dict[int, Payment]:
    """Bill id → its payment: for derivations, which have no scope of their own."""
    return {found.bill_id: found for found in Payment.objects.filter(bill_id__in=bill_ids)}
