"""The storm that every test run stands: random schedules from a printed seed, and not one broken invariant."""

from __future__ import annotations

import os
from random import Random

import pytest

from canbao.kernel.clock import FixedClock
from tests import town
from tests.payments.outside import outside
from tests.payments.schedules import Storm, bills_of

pytestmark = pytest.mark.django_db(transaction=True)
SCHEDULES = int(os.environ.get("STORM_SCHEDULES", "1000"))
SEED = int(os.environ.get("SEED", "20241101"))
KINDS = ("wechat_pay", "alipay", "union_pay")


def storm_of(seed: int, schedules: int, clock: FixedClock) -> Storm:
    """Run the schedules; whatever the model or an invariant finds wrong fails with the seed."""
    storm = Storm([outside(clock, kind) for kind in KINDS], clock)
    faults = []
    for number, bill in enumerate(bills_of(schedules, clock)):
        faults += storm.run(bill, Random(f"{seed} {number}")).faults()
    print(storm.told.line(seed))
    assert faults == [], f"seed {seed}: {faults[:5]}"
    assert town.violations() == [], f"seed {seed}"
    return storm


def test_a_thousand_random_schedules_break_nothing(clock: FixedClock) -> None:
    told = storm_of(SEED, SCHEDULES, clock).told

    assert told.schedules == SCHEDULES
    again = sum(count for kind, count in told.kinds.items() if kind.endswith("again"))
    assert again > told.deliveries * 0.2 and told.kinds["forged"] > told.deliveries * 0.02
