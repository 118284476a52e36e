"""The only readers of cover."""

from __future__ import annotations

from django.db.models import QuerySet

from canbao.areas import queries as areas
from canbao.entitlement.derivation import answer_at
from canbao.entitlement.models import Cover
from canbao.kernel.scope import Scope

__all__ = ["answer_at", "cover_of", "visible"]


def visible(scope: Scope) -> QuerySet[Cover]:
    """The cover of people whose village lies inside the scope."""
    return Cover.objects.filter(scope.q("village_code"), pooling_area__in=areas.pooling_codes(scope))


def cover_of(scope: Scope, resident_id: int, benefit_year: int) -> Cover | None:
    return visible(scope).filter(resident_id=resident_id, benefit_year=benefit_year).first()
