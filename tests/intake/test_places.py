"""A village is found as people write it, and never another one."""

from __future__ import annotations

import pytest

from canbao.areas.models import Area, AreaLevel
from canbao.intake.places import Places
from canbao.intake.reading.faults import CellFault
from tests.intake.conftest import COUNTY, EAST, TOWN, WEST

VILLAGE, SAME_NAME = "370481001201", "370481001202"


@pytest.fixture
def places(town: None) -> Places:
    for code, name in ((VILLAGE, "安村村委会"), (SAME_NAME, "安居村委会")):
        Area.objects.create(code=code, name=name, level=AreaLevel.VILLAGE, parent_id=TOWN, prefix=code)
    return Places(COUNTY)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("安居社区", EAST), ("安居社区居委会", EAST), ("安居村", SAME_NAME), ("安居村委会", SAME_NAME),
        ("安村", VILLAGE), ("安村村委会", VILLAGE), ("通盛社区", WEST), ("通盛", WEST), ("通盛居委会", WEST),
    ],
)  # fmt: skip
def test_a_village_is_found_by_what_it_is_called(places: Places, written: str, code: str) -> None:
    assert places.village("", written, "") == code
    assert places.village("", written, "荆河街道办事处") == code


@pytest.mark.parametrize(
    ("written", "fault"), [("安居", "village_unclear"), ("安", "village_unknown"), ("居", "village_unknown")]
)
def test_what_is_not_clear_is_not_guessed(places: Places, written: str, fault: str) -> None:
    with pytest.raises(CellFault) as caught:
        places.village("", written, "")

    assert caught.value.code == fault


def test_another_township_has_no_such_village(places: Places) -> None:
    with pytest.raises(CellFault):
        places.village("", "通盛社区", "龙泉街道")
    assert places.village(WEST, "随便写", "") == WEST
