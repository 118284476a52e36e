"""Many random persons of every policy: Spark bills them as one machine does. STORM_PEOPLE says how many in all."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

import pytest

from canbao.policy import policies
from tests.policy.test_bill_equals_quote import EXAMPLES
from tests.policy.test_spark import people_of, same, spark, write

__all__ = ["spark"]
PEOPLE = int(os.environ.get("STORM_PEOPLE", "100000"))
SEED = os.environ.get("STORM_SEED") or str(random.SystemRandom().randrange(10**6))
WANTED = (*policies.ids(), *EXAMPLES)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("wanted", WANTED, ids=lambda value: str(value)[-16:])
def test_random_persons_have_the_same_bills_on_spark(spark: Any, wanted: str, tmp_path: Path) -> None:
    policy = policies.get(wanted)
    print(f"STORM_SEED={SEED}, {PEOPLE // len(WANTED)} persons of {policy.id}")
    people = people_of(random.Random(f"{SEED} {policy.id}"), policy, PEOPLE // len(WANTED))

    same(spark, policy, write(people, tmp_path / "people.parquet"))
