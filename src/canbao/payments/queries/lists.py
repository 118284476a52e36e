"""Collective lists: who could be on one, what is on them, and what became of each person's part."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from canbao.areas import queries as areas
from canbao.billing import queries as bills
from canbao.billing.models import Bill
from canbao.kernel.scope import Scope
from canbao.payments.models import Capture, Channel, CollectiveLine, CollectiveList, DebitLine, Payment, Shape


def collective_channels(scope: Scope) -> QuerySet[Channel]:
    """The channels of places that the scope reaches into by which institutions pay for their people."""
    rows = Channel.objects.filter(pooling_area__in=areas.pooling_codes(scope), shape=Shape.COLLECTIVE)
    return rows.order_by("policy_id", "pk")


def collective_channel(scope: Scope, channel_id: int) -> Channel | None:
    return collective_channels(scope).filter(pk=channel_id).first()


def candidates(scope: Scope, policy_id: str, area_code: str) -> QuerySet[Bill]:
    """Open bills of people of the area that wait on no other list and no bank's file, by village."""
    listed = CollectiveLine.objects.filter(closed_at=None).values("bill_id")
    waiting = DebitLine.objects.filter(result="").values("bill_id")
    rows = bills.open_bills(scope, policy_id, area_code)
    return rows.filter(Q(personal_fen__gt=0) | Q(repair_fen__gt=0)).exclude(pk__in=listed).exclude(pk__in=waiting)


def collective_lists(scope: Scope) -> QuerySet[CollectiveList]:
    """The lists of areas inside the scope, the latest first."""
    rows = CollectiveList.objects.filter(scope.q("area_code"), pooling_area__in=areas.pooling_codes(scope))
    return rows.select_related("channel").order_by("-made_at", "-pk")


def collective_list(scope: Scope, list_id: int) -> CollectiveList | None:
    return collective_lists(scope).filter(pk=list_id).first()


@dataclass(frozen=True, slots=True)
class Share:
    """One person of a list. `payment` is his receipt, `capture` the money of his part; neither before it is paid.

    `elsewhere` says that before it is paid his bill can no longer be settled by it: paid another way, or void.
    """

    line: CollectiveLine
    capture: Capture | None
    payment: Payment | None
    elsewhere: bool


def shares(of: CollectiveList) -> list[Share]:
    """The people of a list in order, each with what became of his part."""
    lines = list(CollectiveLine.objects.filter(of=of).select_related("bill__resident").order_by("number"))
    names = {f"{of.reference}/{line.number}": line.pk for line in lines}
    captures = {
        names[capture.transaction_id]: capture
        for capture in Capture.objects.filter(channel=of.channel, transaction_id__in=names)
        if of.reference
    }
    payments = {
        payment.capture_id: payment
        for payment in Payment.objects.filter(capture_id__in=[capture.pk for capture in captures.values()])
    }
    return [
        Share(
            line,
            capture := captures.get(line.pk),
            payments.get(capture.pk) if capture else None,
            of.state == "open" and (line.bill.state != "issued" or line.bill.payable_fen != line.amount_fen),
        )
        for line in lines
    ]
