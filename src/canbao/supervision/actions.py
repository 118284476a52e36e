"""The only writers of supervision: filters of lists, each its owner's."""

from __future__ import annotations

from django.db import transaction

from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope
from canbao.supervision import refusals
from canbao.supervision.models import NAME_MAX, SavedFilter

FILTERS_MAX = 30


@transaction.atomic
def save_filter(*, actor: Scope, page: str, name: str, query: str, shared: bool, clock: Clock) -> SavedFilter:
    """Keep a filter under a name; the actor's own of that name is replaced.

    Refuses `filter_without_name`, `too_many_filters`.
    """
    actor.require(Capability.FIND_PEOPLE)
    said = " ".join(name.split())[:NAME_MAX]
    if not said:
        raise refusals.filter_without_name()
    own = SavedFilter.objects.filter(owner_id=actor.actor_id or 0)
    if own.exclude(page=page, name=said).count() >= FILTERS_MAX:
        raise refusals.too_many_filters(FILTERS_MAX)
    kept, _ = SavedFilter.objects.update_or_create(
        owner_id=actor.actor_id or 0, page=page, name=said,
        defaults={
            "owner_name": actor.actor_name, "office": actor.prefixes[0], "query": query, "shared": shared,
            "saved_at": clock.now(),
        },
    )  # fmt: skip
    return kept


def drop_filter(*, actor: Scope, filter_id: int) -> None:
    """Refuses `filter_not_found`, for a colleague's too."""
    actor.require(Capability.FIND_PEOPLE)
    gone, _ = SavedFilter.objects.filter(pk=filter_id, owner_id=actor.actor_id or 0).delete()
    if not gone:
        raise refusals.filter_not_found()
