"""No action of mutual aid works without the right, and nobody sees a tie outside his area."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from canbao.kernel.clock import FixedClock
from canbao.kernel.refusals import Refusal
from canbao.mutual_aid import actions, queries
from canbao.mutual_aid.models import AidRun
from canbao.policy import policies
from tests.mutual_aid import families
from tests.mutual_aid.families import BUREAU, POLICY

CALLS: dict[str, Callable[..., object]] = {
    "agree_at_counter": lambda act, **who: act(relative_id=1, evidence="x", limit_fen=None, **who),
    "agree_by_code": lambda act, **who: act(relative_id=1, code="1", limit_fen=None, **who),
    "ask_run": lambda act, **who: act(policy_id=POLICY, group="renewal", **who),
    "confirm": lambda act, **who: act(relative_id=1, **who),
    "deduct": lambda act, **who: act(policy=policies.get(POLICY), hold_ids=[1], **who),
    "find_person": lambda act, **who: act(policy_id=POLICY, name="x", id_number="1", client="x", **who),
    "leave": lambda act, **who: act(relative_id=1, because="x", **who),
    "pay_for_approved": lambda act, **who: act(resident_id=1, **who),
    "propose": lambda act, **who: act(
        policy_id=POLICY, member_id=1, holder_name="x", holder_number="1", relation="子女", kinship_evidence="x",
        member_evidence="x", client="x", **who,
    ),
    "record_both": lambda act, **who: act(
        policy_id=POLICY, member_id=1, holder_name="x", holder_number="1", relation="子女", kinship_evidence="x",
        member_evidence="x", holder_evidence="x", limit_fen=None, **who,
    ),
    "refuse": lambda act, **who: act(relative_id=1, because="x", **who),
    "revoke": lambda act, **who: act(hold_id=1, **who),
    "send_message": lambda act, **who: act(
        message=type("M", (), {"pooling_area": families.FUND}), address="", call=lambda called: None, **who
    ),
    "start_run": lambda act, **who: act(policy_id=POLICY, group="renewal", **who),
    "sweep": lambda act, **who: act(**who),
    "take_balances": lambda act, **who: act(pooling_area=families.FUND, content=b"", **who),
}  # fmt: skip
# A run goes on by what its row took from the person who approved it.
WITHOUT_ACTOR = {"continue_run", "group_of", "visitor"}


@pytest.mark.parametrize("name", sorted(CALLS))
def test_no_action_works_without_the_right(name: str) -> None:
    nobody = replace(BUREAU, capabilities=frozenset())

    with pytest.raises(Refusal, match="not_permitted"):
        CALLS[name](getattr(actions, name), actor=nobody, clock=FixedClock(families.NOVEMBER))


def test_no_action_is_missing_here() -> None:
    assert {name for name in actions.__all__ if inspect.isfunction(getattr(actions, name))} == set(
        CALLS
    ) | WITHOUT_ACTOR


@pytest.mark.django_db
def test_a_tie_is_seen_by_who_looks_after_the_member(clock: FixedClock) -> None:
    member = families.enrolled("沈小妹", date(1980, 3, 1))
    row = families.tie(member, families.holder(), clock)
    elsewhere = replace(BUREAU, prefixes=("310110",))

    assert queries.relative(BUREAU, row.pk) == row
    with pytest.raises(Refusal, match="relative_not_found"):
        queries.relative(elsewhere, row.pk)
    with pytest.raises(Refusal, match="outside_your_area"):
        actions.ask_run(actor=elsewhere, policy_id=POLICY, group="renewal", clock=clock)
    with pytest.raises(Refusal, match="outside_your_area"):
        actions.take_balances(actor=elsewhere, pooling_area=families.FUND, content=b"", clock=clock)
    AidRun.objects.create(
        pooling_area=families.FUND, policy_id=POLICY, group="renewal", state="done", total=0, actor_name="x",
        started_at=clock.now(), finished_at=clock.now(),
    )  # fmt: skip
    assert queries.runs(BUREAU).exists() and queries.lists(BUREAU).exists()
    assert not queries.runs(elsewhere).exists() and not queries.lists(elsewhere).exists()
