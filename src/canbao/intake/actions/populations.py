"""Keeping how many people a place has."""

from __future__ import annotations

from canbao.intake.models import Population
from canbao.kernel.capabilities import Capability
from canbao.kernel.scope import Scope


def keep_population(
    *,
    actor: Scope,
    pooling_area: str,
    area_code: str,
    year: int,
    people: int,
    hukou_people: int | None,
    batch_id: int,
) -> Population:
    """The people of an area at the end of a year; a figure of the same year is replaced."""
    actor.require(Capability.IMPORT_LISTS, area_code)
    row, _ = Population.objects.update_or_create(
        pooling_area=pooling_area,
        area_code=area_code,
        year=year,
        defaults={"people": people, "hukou_people": hukou_people, "batch_id": batch_id},
    )
    return row
