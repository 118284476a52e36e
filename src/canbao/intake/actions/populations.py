"""Keeping how many people a place has."""

from __future__ import annotations

from collections.abc import Mapping

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


def take_back_population(
    *,
    actor: Scope,
    pooling_area: str,
    area_code: str,
    year: int,
    batch_id: int,
    before: Mapping[str, int | None] | None,
) -> bool:
    """Put the figures back that a list replaced, or remove one that it brought (`before` is None).

    False if the list's figure no longer stands there.
    """
    actor.require(Capability.IMPORT_LISTS, area_code)
    own = Population.objects.filter(pooling_area=pooling_area, area_code=area_code, year=year, batch_id=batch_id)
    if before is None:
        return own.delete()[0] > 0
    return own.update(**before) > 0
