"""People whose answers rest on an unsettled reading are counted as they would be by asking for each of them."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date
from typing import Any

import pytest

from canbao.policy import Policy, policies, quote
from canbao.policy.engines.unsettled import UnsettledCounts

from .people import person, settled

SEED = 20251124
PEOPLE = 60


def rests_on(policy: Policy, facts: dict[str, Any], on: date | None) -> set[str]:
    """The readings of this answer that are open, or by another answer to which a figure or a date comes out else."""
    answer = quote(policy, facts, on=on)
    return {
        code
        for code in answer.readings
        if policy.readings[code].open
        or any(quote(other.policy, facts, on=on).figures != answer.figures for other in policy.other_readings[code])
    }


def people_of(policy: Policy) -> list[dict[str, Any]]:
    """Half of them differ from another only in when they settle; some have local facts."""
    print(f"seed {SEED}")
    rng = random.Random(f"{SEED}{policy.id}")
    alone = [person(rng, policy, number) for number in range(PEOPLE // 2)]
    for each in alone[::3]:
        each["attributes"] = {"house": "red"}
    return alone + [settled(rng, policy, each, number) for number, each in enumerate(alone, PEOPLE)]


@pytest.mark.parametrize("wanted", policies.ids())
def test_everybody_is_counted_for_each_reading_that_the_answer_rests_on(wanted: str) -> None:
    policy = policies.get(wanted)
    people = people_of(policy)
    counts, expected = UnsettledCounts(policy), Counter[str]()
    days = (None, policy.opens.date(), policy.closes.date(), date(policy.benefit_year, 6, 30))

    for on in days:
        # In two parts, the second with the first again: what one call learns must hold in the next.
        counts.add(people[: PEOPLE // 2], on)
        counts.add(people, on)
        for number, facts in enumerate(people):
            for code in rests_on(policy, facts, on):
                expected[code] += 2 if number < PEOPLE // 2 else 1

    assert counts.people == expected
    assert expected, "a policy whose readings never matter shows nothing here"


def test_facts_that_nobody_could_be_billed_by_are_passed_over() -> None:
    policy = policies.get("370481-2025")
    counts = UnsettledCounts(policy)

    counts.add([], None)
    counts.add([{"birth_date": "1990-05-01", "sex": "neither"}], None)

    assert counts.people == Counter()
