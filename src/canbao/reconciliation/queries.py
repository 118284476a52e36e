"""The only readers of statements and differences."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncDate

from canbao.kernel.clock import SHANGHAI
from canbao.kernel.scope import Scope
from canbao.payments import queries as payments
from canbao.payments.models import Capture, Channel
from canbao.payments.partners import PERSONAL_ACCOUNT
from canbao.reconciliation import refusals
from canbao.reconciliation.models import Difference, Remittance, Statement


def channels(scope: Scope) -> QuerySet[Channel]:
    """The channels of the places that lie inside the scope as a whole."""
    return payments.channels_inside(scope)


def statements(scope: Scope) -> QuerySet[Statement]:
    """Statements taken in, the latest day first."""
    return Statement.objects.filter(channel__in=channels(scope)).select_related("channel").order_by("-day", "-pk")


def differences(scope: Scope) -> QuerySet[Difference]:
    """What does not agree and is not explained, the oldest first."""
    rows = Difference.objects.filter(channel__in=channels(scope), resolved_at__isnull=True)
    return rows.select_related("channel", "line__statement").order_by("opened_at", "pk")


def difference(scope: Scope, difference_id: int) -> Difference:
    """Open or not. Refuses `difference_not_found`, outside the scope too."""
    rows = Difference.objects.filter(channel__in=channels(scope), pk=difference_id)
    found = rows.select_related(
        "channel", "line__statement", "capture", "refund", "paid_list", "deposit", "payment"
    ).first()
    if found is None:
        raise refusals.difference_not_found()
    return found


def remittances(scope: Scope) -> QuerySet[Remittance]:
    """What channels must hand on, of every day with a statement, whether it was there or not."""
    return Remittance.objects.filter(channel__in=channels(scope)).select_related("channel")


def not_there(scope: Scope) -> QuerySet[Remittance]:
    """What has not arrived, or not all of it, the one due longest first (`wanted_by`); what is due on a day that no
    calendar reaches comes last.
    """
    missing = Q(arrived_on__isnull=True) | ~Q(arrived_fen=F("expected_fen"))
    rows = remittances(scope).filter(missing).annotate(wanted_by=Coalesce("due_on", date.max))
    return rows.order_by("wanted_by", "pk")


def arrived(scope: Scope, limit: int) -> list[Remittance]:
    """The last that were there, in full."""
    rows = remittances(scope).filter(arrived_fen=F("expected_fen"))
    return list(rows.order_by("-arrived_on", "-pk")[:limit])


@dataclass(frozen=True, slots=True)
class Lateness:
    """How a channel hands on. `overdue_fen` is what should be there and is not, since `oldest_due`; `worst_days` how
    late it was at worst in the last 30 days, or is; `unstated` the days with money and no statement, the oldest first.
    """

    overdue_fen: int
    oldest_due: date | None
    worst_days: int
    unstated: tuple[date, ...]


RECENT = timedelta(days=30)


def lateness(scope: Scope, today: date) -> dict[int, Lateness]:
    """Channel id → how it hands on, for channels that have anything to hand on."""
    overdue: dict[int, list[Remittance]] = defaultdict(list)
    worst: dict[int, int] = defaultdict(int)
    for row in remittances(scope).filter(Q(arrived_on__isnull=True) | Q(arrived_on__gte=today - RECENT)):
        days = ((row.arrived_on or today) - row.due_on).days if row.due_on else 0
        worst[row.channel_id] = max(worst[row.channel_id], days)
        if row.arrived_on is None and days > 0:
            overdue[row.channel_id].append(row)
    unstated = _unstated(scope, today)
    return {
        key: Lateness(
            sum(row.expected_fen for row in overdue[key]),
            min((row.due_on for row in overdue[key] if row.due_on), default=None),
            max(worst[key], 0),
            tuple(unstated.get(key, ())),
        )
        for key in {*worst, *overdue, *unstated}
    }


def midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, SHANGHAI)


def _unstated(scope: Scope, today: date) -> dict[int, list[date]]:
    """Days of the last 30 before today with money of a channel, and no statement.

    Family mutual aid goes from fund to fund: nobody states it day by day.
    """
    own = channels(scope).exclude(partner=PERSONAL_ACCOUNT)
    stated = set(Statement.objects.filter(channel__in=own).values_list("channel_id", "day"))
    taken = (
        Capture.objects.filter(
            channel__in=own, pooling_area__in=own.values("pooling_area"), received_at__gte=midnight(today - RECENT)
        )
        .annotate(day=TruncDate("paid_at", tzinfo=SHANGHAI))
        .values_list("channel_id", "day")
        .annotate(fen=Sum("amount_fen"))
    )
    found: dict[int, list[date]] = defaultdict(list)
    for key, day, _ in taken:
        if day < today and (key, day) not in stated:
            found[key].append(day)
    return {key: sorted(days) for key, days in found.items()}
