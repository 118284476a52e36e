"""`make storm`: no sabotage survives the tests that are named for it."""

from __future__ import annotations

import pytest

from tests.storm import sabotage


@pytest.mark.timeout(3600)
def test_no_sabotage_survives() -> None:
    assert sabotage.main([]) == 0
