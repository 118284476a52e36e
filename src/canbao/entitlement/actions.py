"""The only writers of cover: derive it for bills just settled, or rebuild a whole pooling area and year."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db import IntegrityError, connection, transaction

from canbao.billing import queries as billing
from canbao.billing.models import Bill, BillState
from canbao.entitlement import refusals
from canbao.entitlement.derivation import Derived, derived_covers
from canbao.entitlement.models import Cover
from canbao.kernel.capabilities import Capability
from canbao.kernel.copying import copy_rows
from canbao.kernel.scope import Scope
from canbao.ledger import queries as ledger
from canbao.payments import queries as payments

_COLUMNS = (
    "pooling_area", "bill_id", "resident_id", "benefit_year", "village_code", "cover_from", "cover_until",
    "waiting_months", "in_window", "paid_at", "because_entry_id", "policy_id", "policy_digest",
)  # fmt: skip

_ONCE = ("entitlement_cover_no_overlap", "entitlement_cover_one_a_year", "entitlement_cover_pkey")


def derive(actor: Scope, bill_ids: Sequence[int]) -> None:
    """Write the cover of bills that the open transaction settled, take away that of bills that it refunded.

    Refuses `already_covered`.
    """
    actor.require(Capability.DERIVE_COVER)
    bills = billing.bills_by_id(bill_ids)
    for pooling_area in {bill.pooling_area for bill in bills}:
        actor.require(Capability.DERIVE_COVER, pooling_area)
        gone = [bill.pk for bill in bills if bill.pooling_area == pooling_area and bill.state == BillState.REFUNDED]
        Cover.objects.filter(pooling_area=pooling_area, bill_id__in=gone).delete()
    _write(_derived(bills))


def rebuild(*, actor: Scope, pooling_area: str, benefit_year: int) -> int:
    """Drop and derive again every cover of a pooling area and year, in one transaction; how many there are now.

    Refuses `outside_your_area`.
    """
    actor.require(Capability.DERIVE_COVER, pooling_area)
    with transaction.atomic():
        Cover.objects.filter(pooling_area=pooling_area, benefit_year=benefit_year).delete()
        return sum(_write(_derived(batch)) for batch in billing.settled_bills(pooling_area, benefit_year))


def _derived(bills: Sequence[Bill]) -> list[Derived]:
    """Cover of the settled bills whose ledger entry stands."""
    paid = payments.payments_by_bill([bill.pk for bill in bills])
    reversed_ids = ledger.reversed_among([bill.settled_entry_id for bill in bills if bill.settled_entry_id])
    return derived_covers(
        [
            (bill, payment.paid_at if (payment := paid.get(bill.pk)) else None)
            for bill in bills
            if bill.state == BillState.SETTLED and bill.settled_entry_id not in reversed_ids
        ]
    )


def _values(row: Derived) -> tuple[object, ...]:
    until = row.benefit_end + timedelta(days=1) if row.benefit_end else None
    return (
        row.pooling_area, row.bill_id, row.resident_id, row.benefit_year, row.village_code, row.benefit_start, until,
        row.waiting_months, row.in_window, row.paid_at, row.because_entry_id, row.policy_id, row.policy_digest,
    )  # fmt: skip


def _write(derived: Iterable[Derived]) -> int:
    # All of them first: a connection in the middle of a COPY answers no other query.
    rows = list(derived)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            copy_rows(cursor, "entitlement_cover", _COLUMNS, map(_values, rows))
    except IntegrityError as fault:
        if getattr(getattr(fault.__cause__, "diag", None), "constraint_name", None) in _ONCE:
            raise refusals.already_covered() from fault
        raise
    return len(rows)
