"""Saved filters as their owner and his office see them."""

from __future__ import annotations

from django.db.models import Q

from canbao.kernel.scope import Scope
from canbao.supervision.models import SavedFilter


def saved_filters(scope: Scope, page: str) -> list[SavedFilter]:
    """The scope's own and those that colleagues of the same office share, by name."""
    own, of_office = Q(owner_id=scope.actor_id or 0), Q(shared=True, office__in=scope.prefixes)
    return list(SavedFilter.objects.filter(own | of_office, page=page).order_by("name", "pk"))
