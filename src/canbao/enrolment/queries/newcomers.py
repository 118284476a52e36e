"""Whom rolls name and the register does not know, as the offices of the school's place see them."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from canbao.areas import queries as areas
from canbao.enrolment.models import Newcomer, NewcomerState
from canbao.enrolment.refusals import NewcomerNotFound
from canbao.kernel.scope import Scope

# Digits of a province, a city, a county, a township, a village.
_LEVELS = (2, 4, 6, 9, 12)


def newcomers(scope: Scope) -> QuerySet[Newcomer]:
    """Those whose school lies in the scope, or in an area around it: a roll may name no more than the county."""
    around = {code for prefix in scope.prefixes for code in _around(prefix)}
    inside = scope.q("area_code") | Q(area_code__in=around)
    return Newcomer.objects.filter(inside, pooling_area__in=areas.pooling_codes(scope))


def _around(prefix: str) -> list[str]:
    """The codes of the areas that an area with this prefix lies in, itself included."""
    return [f"{prefix[:length]:0<6}" for length in _LEVELS if length <= len(prefix)]


def newcomers_waiting(scope: Scope) -> QuerySet[Newcomer]:
    """What the township has to see to, oldest first."""
    return newcomers(scope).filter(state=NewcomerState.WAITING).order_by("id")


def newcomer(scope: Scope, newcomer_id: int) -> Newcomer:
    """NewcomerNotFound outside the scope."""
    found = newcomers(scope).filter(pk=newcomer_id).first()
    if found is None:
        raise NewcomerNotFound
    return found
