"""Permits that end soon: their holders are told to renew them before their right to enrol ends."""

from __future__ import annotations

from datetime import date

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from canbao.areas import queries as areas
from canbao.kernel.scope import Scope
from canbao.registry.codes import FactKind
from canbao.registry.models import ResidentFact


def permits_ending(scope: Scope, from_on: date, until_on: date) -> QuerySet[ResidentFact]:
    """Permits inside the scope whose first day without is in [from_on, until_on] and that no later one follows.

    First end first; `resident` is fetched along.
    """
    renewed = ResidentFact.objects.filter(
        Q(until_on=None) | Q(until_on__gt=OuterRef("until_on")),
        pooling_area=OuterRef("pooling_area"), resident_id=OuterRef("resident_id"), kind=FactKind.PERMIT,
        from_on__lte=OuterRef("until_on"),
    )  # fmt: skip
    inside = ResidentFact.objects.filter(
        scope.q("resident__village_code"), ~Exists(renewed), pooling_area__in=areas.pooling_codes(scope),
        kind=FactKind.PERMIT, until_on__range=(from_on, until_on), until_on__gt=F("from_on"),
        resident__died_on=None, resident__merged_into=None,
    )  # fmt: skip
    return inside.select_related("resident").order_by("until_on", "pk")
