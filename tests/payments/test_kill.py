"""kill -9 of the processes that take money, at counters and under callbacks: nothing acknowledged is lost, nothing is
half posted, and what was under way is taken up by whoever comes next.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from canbao.billing.models import Bill, BillState
from canbao.cli.database.server import PrivateServer
from canbao.kernel.clock import FixedClock
from tests.payments.kills import kill_again_and_again

CYCLES, PEOPLE, SEED = 5, 130, 20241101


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("books")
def test_killed_five_times_it_loses_nothing_and_leaves_nothing_half_done(
    postgres: PrivateServer, clock: FixedClock, tmp_path: Path
) -> None:
    toll = kill_again_and_again(postgres, tmp_path, clock, CYCLES, SEED, PEOPLE)

    assert toll.cycles == CYCLES
    assert toll.acknowledged >= CYCLES and toll.callbacks
    assert Bill.objects.filter(state=BillState.SETTLED).exists()
