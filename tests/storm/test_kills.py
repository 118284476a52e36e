"""A thousand kills of the processes that take money; STORM_KILLS says how many, SEED which. `make test` does five."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from canbao.cli.database.server import PrivateServer
from canbao.kernel.clock import FixedClock, SystemClock
from tests.payments.kills import kill_again_and_again
from tests.town import books, clock

__all__ = ["books", "clock"]
CYCLES = int(os.environ.get("STORM_KILLS", "1000"))


@pytest.mark.timeout(0)
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("books")
def test_a_thousand_kills_lose_nothing(postgres: PrivateServer, clock: FixedClock, tmp_path: Path) -> None:
    seed = int(os.environ.get("SEED", SystemClock().now().strftime("%Y%m%d")))

    toll = kill_again_and_again(postgres, tmp_path, clock, CYCLES, seed)

    assert toll.cycles == CYCLES and toll.acknowledged >= CYCLES and toll.callbacks
    assert toll.in_the_middle > CYCLES // 10
