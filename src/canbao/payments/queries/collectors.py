"""Who collects with which mandate, what cash is in whose hands and since when, and what was handed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, F, Max, Min, Q, QuerySet, Sum

from canbao.areas import queries as areas
from canbao.kernel.clock import SHANGHAI, Clock
from canbao.kernel.scope import Scope, lies_in
from canbao.payments import collecting
from canbao.payments.models import (
    Deposit,
    DepositDifference,
    DepositReceipt,
    DifferenceKind,
    ListedCode,
    Mandate,
    Method,
    Payment,
    ReceiptMessage,
    RefundState,
)
from canbao.payments.queries.payments import visible


def mandates(scope: Scope) -> QuerySet[Mandate]:
    """Those for areas inside the scope, the ones in force first."""
    return Mandate.objects.filter(scope.q("area_code")).order_by(
        F("ended_at").desc(nulls_first=True), "-until_on", "pk"
    )


def mandates_of(login_id: int, pooling_area: str, today: date) -> QuerySet[Mandate]:
    """What a collector may rely on today."""
    return Mandate.objects.filter(
        pooling_area=pooling_area, login_id=login_id, ended_at=None, from_on__lte=today, until_on__gt=today
    )


def own_mandates(scope: Scope, today: date) -> list[Mandate]:
    """The collector's own, in force today."""
    rows = Mandate.objects.filter(login_id=scope.actor_id or 0, ended_at=None, from_on__lte=today, until_on__gt=today)
    return list(rows.order_by("area_code"))


def may_collect(scope: Scope, village_code: str, today: date) -> bool:
    """Whether whoever asks may take money for the village today: inside his scope, an agent with a mandate only."""
    if not scope.covers(village_code):
        return False
    return not collecting.needs_mandate(scope) or any(
        lies_in(village_code, mandate.area_code) for mandate in own_mandates(scope, today)
    )


def codes_for(village_code: str, today: date) -> list[ListedCode]:
    """The QR codes that hold today in the county of the village."""
    rows = ListedCode.objects.filter(Q(until_on=None) | Q(until_on__gt=today), from_on__lte=today)
    return [row for row in rows.order_by("bank", "posted_at", "pk") if lies_in(village_code, row.area_code)]


def listed_codes(scope: Scope) -> QuerySet[ListedCode]:
    """The list of the counties inside the scope, those in force first."""
    return ListedCode.objects.filter(scope.q("area_code")).order_by(
        F("until_on").desc(nulls_first=True), "area_code", "bank", "pk"
    )


def code_saying(content: str, today: date) -> ListedCode | None:
    """The listed code that says exactly this, in force on the day."""
    rows = ListedCode.objects.filter(Q(until_on=None) | Q(until_on__gt=today), content=content, from_on__lte=today)
    return rows.first()


def open_cash(pooling_area: str, collector_id: int) -> QuerySet[Payment]:
    """The collector's cash receipts that no slip covers, the oldest first."""
    own = Payment.objects.filter(pooling_area=pooling_area, collector_id=collector_id, method=Method.CASH)
    return own.filter(_IN_HAND).order_by("paid_at", "pk")


# Neither on a slip nor given back to who paid it.
_IN_HAND = Q(deposited__isnull=True) & (Q(refund__isnull=True) | ~Q(refund__state=RefundState.RETURNED))


def is_deposited(payment: Payment) -> bool:
    return DepositReceipt.objects.filter(payment=payment).exists()


def open_shortages(pooling_area: str, collector_id: int) -> QuerySet[DepositDifference]:
    """What the collector's slips were short of and nothing made up yet."""
    return DepositDifference.objects.filter(
        pooling_area=pooling_area, collector_id=collector_id, kind=DifferenceKind.SHORT, closed_at=None
    ).order_by("opened_at", "pk")


@dataclass(frozen=True, slots=True)
class Held:
    """What a collector holds in one pooling area. `taken_today_fen` is of every method."""

    receipts: int
    cash_fen: int
    since: datetime | None
    short_fen: int
    taken_today_fen: int

    @property
    def open_fen(self) -> int:
        """Cash and shortages: what he owes the bank."""
        return self.cash_fen + self.short_fen


def held_by(pooling_area: str, collector_id: int, clock: Clock) -> Held:
    cash = open_cash(pooling_area, collector_id).aggregate(
        n=Count("pk"), fen=Sum("amount_fen", default=0), since=Min("paid_at")
    )
    short = open_shortages(pooling_area, collector_id).aggregate(fen=Sum("amount_fen", default=0))["fen"]
    today = Payment.objects.filter(
        pooling_area=pooling_area, collector_id=collector_id, paid_at__gte=day_begins(clock)
    ).aggregate(fen=Sum("amount_fen", default=0))
    return Held(cash["n"], cash["fen"], cash["since"], short, today["fen"])


def own_funds(scope: Scope) -> list[str]:
    """The pooling areas whose money the collector has taken or may take."""
    taken = Payment.objects.filter(
        pooling_area__in=areas.pooling_codes(scope), collector_id=scope.actor_id or 0
    ).values_list("pooling_area", flat=True)
    return sorted(set(taken.distinct()) | set(areas.pooling_codes(scope)[:1]))


@dataclass(frozen=True, slots=True)
class Drawer:
    """One collector in the list of all: open cash, its oldest receipt, today's takings, the last slip."""

    pooling_area: str
    collector_id: int
    collector: str
    cash_fen: int
    receipts: int
    since: datetime | None
    today_fen: int
    short_fen: int
    over_fen: int
    last_deposit_on: date | None
    mandate: Mandate | None

    @property
    def beyond(self) -> bool:
        """Whether he holds more than his mandate lets him."""
        return self.mandate is not None and self.cash_fen + self.short_fen >= self.mandate.open_limit_fen


def drawers(scope: Scope, clock: Clock) -> list[Drawer]:
    """Every collector who took money for people inside the scope, whoever holds cash longest first."""
    began = day_begins(clock)
    open_now = Q(method=Method.CASH) & _IN_HAND
    rows = (
        visible(scope)
        .filter(collector_id__isnull=False)
        .values("pooling_area", "collector_id")
        .annotate(
            name=Max("collected_by"),
            cash=Sum("amount_fen", filter=open_now, default=0),
            receipts=Count("pk", filter=open_now),
            since=Min("paid_at", filter=open_now),
            today=Sum("amount_fen", filter=Q(paid_at__gte=began), default=0),
        )
    )
    funds = areas.pooling_codes(scope)
    short, over = (_open_differences(funds, kind) for kind in (DifferenceKind.SHORT, DifferenceKind.OVER))
    last = {
        (fund, who): day
        for fund, who, day in Deposit.objects.filter(pooling_area__in=funds)
        .values_list("pooling_area", "collector_id")
        .annotate(day=Max("deposited_on"))
    }
    mandated = {
        (mandate.pooling_area, mandate.login_id): mandate
        for mandate in mandates(scope).filter(ended_at=None, until_on__gt=clock.today())
    }
    keys = [(str(row["pooling_area"]), int(row["collector_id"] or 0)) for row in rows]
    found = [
        Drawer(
            *key, row["name"], row["cash"], row["receipts"],
            row["since"], row["today"], short.get(key, 0), over.get(key, 0), last.get(key), mandated.get(key),
        )
        for key, row in zip(keys, rows, strict=True)
    ]  # fmt: skip
    return sorted(found, key=lambda row: (row.since is None, row.since or clock.now(), row.collector_id))


def _open_differences(funds: list[str], kind: DifferenceKind) -> dict[tuple[str, int], int]:
    rows = DepositDifference.objects.filter(pooling_area__in=funds, kind=kind, closed_at=None)
    sums = rows.values_list("pooling_area", "collector_id").annotate(fen=Sum("amount_fen"))
    return {(fund, who): fen for fund, who, fen in sums}


def deposits_of(scope: Scope) -> QuerySet[Deposit]:
    """The collector's own slips, the latest first."""
    own = Deposit.objects.filter(pooling_area__in=areas.pooling_codes(scope), collector_id=scope.actor_id or 0)
    return own.select_related("difference").order_by("-recorded_at", "-pk")


def deposits(scope: Scope) -> QuerySet[Deposit]:
    """Slips that cover money of people inside the scope, the latest first."""
    inside = Deposit.objects.filter(
        Q(pk__in=visible(scope).filter(deposited__isnull=False).values("deposited__deposit")),
        pooling_area__in=areas.pooling_codes(scope),
    )
    return inside.select_related("difference").order_by("-recorded_at", "-pk")


def deposit(scope: Scope, deposit_id: int) -> Deposit | None:
    """One slip: of the asker's own, or of money of people inside the scope."""
    own = deposits_of(scope).filter(pk=deposit_id).first()
    return own or deposits(scope).filter(pk=deposit_id).first()


def receipts_on(deposit: Deposit) -> list[Payment]:
    """The receipts that the slip covers, by number."""
    return list(Payment.objects.filter(deposited__deposit=deposit).select_related("resident").order_by("receipt_no"))


def message_of(payment_id: int) -> ReceiptMessage | None:
    """What the resident was told of the payment."""
    return ReceiptMessage.objects.filter(payment_id=payment_id).first()


def message_with_code(code: str) -> ReceiptMessage | None:
    """With payment, bill and resident; the code cannot be guessed."""
    return ReceiptMessage.objects.filter(code=code).select_related("payment__bill", "payment__resident").first()


def messages_to_send(scope: Scope, now: datetime, limit: int) -> list[ReceiptMessage]:
    due = ReceiptMessage.objects.filter(pooling_area__in=areas.pooling_codes(scope), send_at__lte=now)
    return list(due.select_related("payment__resident").order_by("send_at")[:limit])


def day_begins(clock: Clock) -> datetime:
    return clock.now().astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)


def days_since(since: datetime | None, clock: Clock) -> int:
    """Whole calendar days from a moment until today."""
    return (clock.today() - since.astimezone(SHANGHAI).date()) // timedelta(days=1) if since else 0
