"""The only readers of payments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, F, Max, QuerySet, Sum

from canbao.areas import queries as areas
from canbao.kernel.scope import Scope
from canbao.payments import refusals, refused
from canbao.payments.models import (
    Alarm,
    Attempt,
    Capture,
    Channel,
    Delivery,
    HeldDecision,
    Payment,
    Place,
    Refund,
    RefundApplication,
)
from canbao.payments.partners import BY_HAND
from canbao.policy import policies


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


def channel(channel_id: int) -> Channel | None:
    """The channel of that key: for its address, where its partner speaks for himself."""
    return Channel.objects.filter(pk=channel_id).first()


def channels_of(scope: Scope, policy_id: str) -> dict[str, Channel]:
    """Code in the notice → the channel that is agreed on, for a place inside the scope."""
    rows = Channel.objects.filter(policy_id=policy_id, pooling_area__in=areas.pooling_codes(scope))
    return {row.code: row for row in rows.order_by("pk")}


def attempt_named(scope: Scope, trade_no: str) -> Attempt | None:
    """With bill, resident and channel; its name cannot be guessed."""
    rows = Attempt.objects.filter(trade_no=trade_no, pooling_area__in=areas.pooling_codes(scope))
    return rows.select_related("bill", "bill__resident", "channel").first()


def capture_of(attempt: Attempt) -> Capture | None:
    """The money that came for the attempt."""
    return Capture.objects.filter(pooling_area=attempt.pooling_area, attempt=attempt).order_by("pk").first()


def payment_of_bill(bill_id: int) -> Payment | None:
    """The payment that settled the bill, for who may see the bill."""
    return payments_by_bill([bill_id]).get(bill_id)


def attempts_to_ask(scope: Scope, now: datetime, limit: int) -> list[Attempt]:
    """Those that it is time to ask about, longest due first."""
    due = Attempt.objects.filter(pooling_area__in=areas.pooling_codes(scope), ask_at__lte=now)
    return list(due.select_related("channel").order_by("ask_at")[:limit])


def refunds_to_send(scope: Scope, now: datetime, limit: int) -> list[Refund]:
    """Approved and not sent, or sent and not heard of."""
    due = Refund.objects.filter(pooling_area__in=areas.pooling_codes(scope), ask_at__lte=now)
    return list(due.select_related("capture__channel", "capture__attempt").order_by("ask_at")[:limit])


def area_of(channel: Channel) -> str:
    """The place that a channel's money is looked after by: that of its policy."""
    return policies.get(channel.policy_id).area


def inside(scope: Scope) -> list[str]:
    """The policies whose whole place lies inside the scope."""
    return [policy.id for policy in policies.all() if scope.covers(policy.area)]


def captures(scope: Scope) -> QuerySet[Capture]:
    """The money that channels took, of the places that lie inside the scope as a whole."""
    rows = Capture.objects.filter(channel__policy_id__in=inside(scope), pooling_area__in=areas.pooling_codes(scope))
    return rows.select_related("channel", "bill", "attempt", "decision", "refund")


def capture(scope: Scope, capture_id: int) -> Capture:
    """Refuses `money_not_found`, outside the scope too."""
    found = captures(scope).filter(pk=capture_id).first()
    if found is None:
        raise refused.money_not_found()
    return found


def held(scope: Scope) -> QuerySet[Capture]:
    """Money that waits for a decision, the oldest first."""
    return captures(scope).filter(place=Place.HELD, decision__isnull=True).order_by("received_at", "pk")


def going_back(scope: Scope) -> QuerySet[Capture]:
    """Held money on its way back to the payer, the oldest first; what bounced is among it."""
    waiting = captures(scope).filter(place=Place.HELD, refund__isnull=False).exclude(refund__state="returned")
    return waiting.order_by("received_at", "pk")


def refund_applications(scope: Scope) -> QuerySet[RefundApplication]:
    """Wishes to get back what settled a bill, of residents who are looked after inside the scope now."""
    rows = RefundApplication.objects.filter(
        scope.q("payment__resident__village_code"), pooling_area__in=areas.pooling_codes(scope)
    )
    return rows.select_related("payment__bill", "payment__resident", "payment__capture__channel", "refund")


def refund_application(scope: Scope, application_id: int) -> RefundApplication:
    """Refuses `refund_application_not_found`, outside the scope too."""
    found = refund_applications(scope).filter(pk=application_id).first()
    if found is None:
        raise refused.refund_application_not_found()
    return found


def refund_of(payment: Payment) -> RefundApplication | None:
    """The latest application for what the payment brought, for who may see the payment."""
    rows = RefundApplication.objects.filter(pooling_area=payment.pooling_area, payment=payment)
    return rows.select_related("refund").order_by("-pk").first()


def latest_refund(scope: Scope, resident_id: int, benefit_year: int) -> RefundApplication | None:
    """The latest application for money that was paid for the resident and year."""
    own = refund_applications(scope).filter(payment__resident_id=resident_id, payment__bill__benefit_year=benefit_year)
    return own.order_by("-pk").first()


def goes_by_hand(refund: Refund) -> bool:
    """Whether a person sends it and says how that ended: no channel does."""
    return refund.capture is None or refund.capture.channel.partner in BY_HAND


def decision_of(capture: Capture) -> HeldDecision | None:
    return HeldDecision.objects.filter(capture=capture).first()


@dataclass(frozen=True, slots=True)
class ChannelStanding:
    """How a channel does. Sums are fen; `late` is the longest way from payment to our knowing of it in a week."""

    channel: Channel
    last_at: datetime | None
    today: int
    today_fen: int
    late: timedelta | None
    unknown: int
    waiting: int
    held: int
    held_fen: int
    alarms: dict[str, int]


def channels_inside(scope: Scope) -> QuerySet[Channel]:
    """The channels agreed on for places that lie inside the scope as a whole."""
    return Channel.objects.filter(policy_id__in=inside(scope), pooling_area__in=areas.pooling_codes(scope))


def channel_inside(scope: Scope, channel_id: int) -> Channel:
    """Refuses `channel_not_found`, outside the scope too."""
    found = channels_inside(scope).filter(pk=channel_id).first()
    if found is None:
        raise refused.channel_not_found()
    return found


def standings(scope: Scope, now: datetime, today: date) -> list[ChannelStanding]:
    """Every channel agreed on in the places of the scope, by place and name."""
    return [_standing(row, now, today) for row in channels_inside(scope).order_by("policy_id", "pk")]


def _standing(row: Channel, now: datetime, today: date) -> ChannelStanding:
    own = Capture.objects.filter(pooling_area=row.pooling_area, channel=row)
    day_begins = now.replace(hour=0, minute=0, second=0, microsecond=0)
    taken = own.filter(received_at__gte=day_begins).aggregate(n=Count("pk"), fen=Sum("amount_fen", default=0))
    week = own.filter(received_at__gte=now - timedelta(days=7))
    waiting = own.filter(place=Place.HELD, decision__isnull=True).aggregate(
        n=Count("pk"), fen=Sum("amount_fen", default=0)
    )
    states = dict(
        Attempt.objects.filter(channel=row, state__in=("unknown", "sent")).values_list("state").annotate(n=Count("pk"))
    )
    alarms = Alarm.objects.filter(channel=row, day=today).values_list("kind", "count")
    return ChannelStanding(
        channel=row,
        last_at=Delivery.objects.filter(channel=row).aggregate(at=Max("received_at"))["at"],
        today=taken["n"],
        today_fen=taken["fen"],
        late=week.aggregate(late=Max(F("received_at") - F("paid_at")))["late"],
        unknown=states.get("unknown", 0),
        waiting=states.get("sent", 0),
        held=waiting["n"],
        held_fen=waiting["fen"],
        alarms=dict(alarms),
    )
