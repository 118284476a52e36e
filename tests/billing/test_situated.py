"""Drafts of many people at once are the drafts of one after the other, for every policy and odd facts too."""

from __future__ import annotations

import random
from typing import Any

import pytest

from canbao.billing.drafts import BillDraft, Drafter
from canbao.billing.situated import Situated
from canbao.kernel.clock import shanghai
from canbao.policy import policies, quote
from tests.policy.registers import random_people

PLACES = sorted(policy.id for policy in policies.all())


def people(policy_id: str, count: int = 300) -> list[dict[str, Any]]:
    """As the register gives them: no payment, no number."""
    policy = policies.get(policy_id)
    known = random_people(random.Random(f"situated {policy_id}"), policy, count)
    return [{key: value for key, value in one.items() if key not in ("paid_at", "id_number")} for one in known]


@pytest.mark.parametrize("policy_id", PLACES)
def test_many_at_once_are_the_same_as_one_by_one(policy_id: str) -> None:
    policy, everybody = policies.get(policy_id), people(policy_id)
    inside = shanghai(policy.opens.year, policy.opens.month, policy.opens.day, 12)
    singly, together = Drafter(policy, inside), Drafter(policy, inside)
    assert together.drafts(everybody) == [singly.draft(one) for one in everybody]
    # After the window the day decides, which situations of a whole register do not know.
    later = Drafter(policy, shanghai(policy.year_start.year, 12, 30, 12))
    assert later.drafts(everybody[:40]) == [later.draft(one) for one in everybody[:40]]


@pytest.mark.parametrize("policy_id", PLACES)
def test_most_people_are_answered_by_situations_with_the_days_of_a_single_quote(policy_id: str) -> None:
    policy, everybody = policies.get(policy_id), people(policy_id)
    answers = Situated(policy).answers(everybody)
    drafted = [Drafter(policy, shanghai(2024, 11, 1)).draft(one) for one in everybody]
    assert sum(answer is not None for answer in answers) > 0.9 * sum(isinstance(one, BillDraft) for one in drafted)
    for one, answer in zip(everybody, answers, strict=True):
        if answer is not None:
            own = quote(policy, one)
            days = (answer.benefit_start, answer.benefit_end, answer.figures["waiting_months"])
            assert days == (own.benefit_start, own.benefit_end, own.waiting_months), one
