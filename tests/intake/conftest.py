"""Two neighbouring villages, the people of the lists, and the staff who hand them in and approve them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from canbao.areas.models import Area, AreaLevel, PoolingArea
from canbao.intake.actions import batches, working
from canbao.intake.models import Batch, Row
from canbao.kernel.binding import bound
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import FixedClock, shanghai
from canbao.kernel.scope import Scope, area_prefix
from canbao.registry import actions as registry
from canbao.registry.models import Resident
from canbao.staff import actions as staff
from tests.intake.sheets import Grid, number, xlsx

FUND, COUNTY, TOWN = "370400", "370481", "370481001"
EAST, WEST = "370481001008", "370481001009"
NOW = shanghai(2024, 11, 1, 9, 30)
EVERYTHING = frozenset(map(str, Capability))
ROLES = frozenset({"medical_insurance_clerk"})
CLERK = Scope(12, "孙会计", ROLES, (COUNTY,), "import_lists", EVERYTHING)
REVIEWER = Scope(13, "周复核", frozenset({"medical_insurance_reviewer"}), (COUNTY,), "approve", EVERYTHING)
OTHER = Scope(14, "高会计", ROLES, ("370702",), "import_lists", EVERYTHING)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def town(db: None) -> Iterator[None]:
    build_town()
    with bound(CLERK):
        yield


def build_town() -> None:
    above = None
    line = [("370000", "山东省"), (FUND, "枣庄市"), (COUNTY, "滕州市"), (TOWN, "荆河街道")]
    for (code, name), level in zip(line, AreaLevel, strict=False):
        Area.objects.create(code=code, name=name, level=level, parent_id=above, prefix=area_prefix(code))
        above = code
    for code, name in ((EAST, "安居社区"), (WEST, "通盛社区居委会")):
        Area.objects.create(code=code, name=name, level=AreaLevel.VILLAGE, parent_id=above, prefix=code)
    PoolingArea.objects.create(code=FUND, name="枣庄市")


def person(name: str = "张桂兰", born: date = date(1962, 5, 8), sequence: int = 2, **facts: Any) -> Resident:
    return registry.register_resident(
        actor=CLERK,
        person=registry.NewResident(
            name=name,
            birth_on=born,
            sex="female" if sequence % 2 == 0 else "male",
            village_code=facts.pop("village", EAST),
            id_number=number(born, sequence),
            facts=facts,
        ),
    )


def handed_in(source: str, grid: Grid, clock: FixedClock, actor: Scope = CLERK, **options: str) -> Batch:
    return batches.hand_in(
        actor=actor,
        source_code=source,
        area_code=COUNTY,
        file_name="名单.xlsx",
        content=xlsx(grid),
        clock=clock,
        options=options,
    )


def previewed(source: str, grid: Grid, clock: FixedClock, **options: str) -> Batch:
    made = handed_in(source, grid, clock, **options)
    return preview(made, clock)


def preview(made: Batch, clock: FixedClock) -> Batch:
    from canbao.intake.judging import mapping_of

    batches.set_columns(actor=CLERK, batch_id=made.pk, mapping=mapping_of(made), clock=clock)
    working.preview(batch_id=made.pk, clock=clock)
    made.refresh_from_db()
    return made


def applied(made: Batch, clock: FixedClock) -> Batch:
    approval = batches.submit(actor=CLERK, batch_id=made.pk, clock=clock)
    staff.approve(actor=REVIEWER, approval_id=approval.pk, clock=clock)
    working.apply(batch_id=made.pk, clock=clock)
    made.refresh_from_db()
    return made


def rows(made: Batch) -> list[Row]:
    return list(Row.objects.filter(pooling_area=made.pooling_area, batch_id=made.pk).order_by("position"))


def outcomes(made: Batch) -> list[tuple[str, str]]:
    return [(row.outcome, row.reason) for row in rows(made)]
