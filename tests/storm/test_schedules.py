"""As many random schedules as one likes: STORM_SCHEDULES says how many, SEED which; `make test` runs a thousand."""

from __future__ import annotations

import os

import pytest

from canbao.kernel.clock import FixedClock, SystemClock
from tests.payments.schedules import storm_of
from tests.town import clock

__all__ = ["clock"]
SCHEDULES = int(os.environ.get("STORM_SCHEDULES", "5000"))


@pytest.mark.timeout(0)
@pytest.mark.django_db(transaction=True)
def test_no_schedule_breaks_anything(clock: FixedClock) -> None:
    seed = int(os.environ.get("SEED", SystemClock().now().strftime("%Y%m%d")))

    assert storm_of(seed, SCHEDULES, clock).schedules == SCHEDULES
