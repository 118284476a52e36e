"""The only readers of statements and differences."""

from __future__ import annotations

from django.db.models import QuerySet

from canbao.kernel.scope import Scope
from canbao.payments import queries as payments
from canbao.payments.models import Channel
from canbao.reconciliation import refusals
from canbao.reconciliation.models import Difference, Statement


def channels(scope: Scope) -> QuerySet[Channel]:
    """The channels of the places that lie inside the scope as a whole."""
    return payments.channels_inside(scope)


def statements(scope: Scope) -> QuerySet[Statement]:
    """Statements taken in, the latest day first."""
    return Statement.objects.filter(channel__in=channels(scope)).select_related("channel").order_by("-day", "-pk")


def differences(scope: Scope) -> QuerySet[Difference]:
    """What does not agree and is not explained, the oldest first."""
    rows = Difference.objects.filter(channel__in=channels(scope), resolved_at__isnull=True)
    return rows.select_related("channel", "line__statement", "capture").order_by("opened_at", "pk")


def difference(scope: Scope, difference_id: int) -> Difference:
    """Open or not. Refuses `difference_not_found`, outside the scope too."""
    rows = Difference.objects.filter(channel__in=channels(scope), pk=difference_id)
    found = rows.select_related("channel", "line__statement", "capture__bill", "capture__attempt").first()
    if found is None:
        raise refusals.difference_not_found()
    return found
