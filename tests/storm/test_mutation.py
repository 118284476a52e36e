"""Nine of ten small changes of the policy engine are noticed by a test; mutation.py says how to ask for fewer."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.storm.mutation import ROOT


@pytest.mark.timeout(0)
def test_the_tests_of_the_policy_engine_notice_small_changes() -> None:
    # In a process of its own: its forks must not inherit threads or modules of this one.
    assert subprocess.run([sys.executable, "-m", "tests.storm.mutation"], cwd=ROOT, check=False).returncode == 0
