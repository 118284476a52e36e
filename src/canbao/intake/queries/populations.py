"""How many people a place has, as the statistics say."""

from __future__ import annotations

from canbao.intake.models import Population
from canbao.kernel.scope import Scope


def populations_of(scope: Scope, pooling_area: str, year: int) -> dict[str, Population]:
    """Area code → its population at the end of the year, inside the scope."""
    rows = Population.objects.filter(scope.q("area_code"), pooling_area=pooling_area, year=year)
    return {row.area_code: row for row in rows}


def latest_population(scope: Scope, area_code: str) -> Population | None:
    """The latest figure of the statistics for an area."""
    return Population.objects.filter(scope.q("area_code"), area_code=area_code).order_by("-year").first()
