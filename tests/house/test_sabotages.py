"""Every sabotage of the storm still finds its text and its tests, so that none passes because it changed nothing."""

from __future__ import annotations

from tests.house.sources import ROOT
from tests.storm.sabotage import SABOTAGES, places


def test_every_sabotage_finds_its_text_once_and_its_tests() -> None:
    assert [wrong for sabotage in SABOTAGES for wrong in places(sabotage, ROOT)] == []
