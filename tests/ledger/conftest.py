from __future__ import annotations

from collections.abc import Iterator

import pytest

from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import FixedClock, shanghai
from canbao.kernel.scope import Scope
from canbao.ledger import invariants

AREA = "370400"
ACCOUNTANT = Scope(
    actor_id=1,
    actor_name="孙会计",
    prefixes=("3704",),
    purpose="test",
    capabilities=frozenset({Capability.KEEP_LEDGER}),
)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(shanghai(2024, 11, 1, 9, 0))


@pytest.fixture
def books(db: None) -> Iterator[None]:
    """The books of a test must be right when it ends."""
    yield
    assert invariants.check() == []
