from __future__ import annotations

from collections.abc import Iterator

import pytest

from canbao.kernel.clock import FixedClock
from tests import town
from tests.mutual_aid import families


@pytest.fixture
def clock(db: None) -> Iterator[FixedClock]:
    """The city stands in November; whatever a test did, every invariant holds when it ends."""
    families.build_city()
    yield FixedClock(families.NOVEMBER)
    assert town.violations() == []
