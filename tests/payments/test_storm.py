"""The storm that every test run stands: random schedules from a printed seed, and not one broken invariant."""

from __future__ import annotations

import os

import pytest

from canbao.kernel.clock import FixedClock
from tests.payments.schedules import storm_of

pytestmark = pytest.mark.django_db(transaction=True)
SCHEDULES = int(os.environ.get("STORM_SCHEDULES", "1000"))
SEED = int(os.environ.get("SEED", "20241101"))


@pytest.mark.timeout(1800)
def test_a_thousand_random_schedules_break_nothing(clock: FixedClock) -> None:
    told = storm_of(SEED, SCHEDULES, clock)

    assert told.schedules == SCHEDULES
    assert told.deliveries >= 15 * (SCHEDULES - told.kinds["paid before"])
    again = sum(count for kind, count in told.kinds.items() if kind.endswith("again"))
    assert again > told.deliveries * 0.2 and told.kinds["forged"] > told.deliveries * 0.02
