"""What two people decide: nobody says yes to himself, a yes is carried out or is none, and a decision stands."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import IntegrityError, transaction

from canbao.areas.models import Area
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import FixedClock
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope, program
from canbao.staff import actions, approvals, queries
from canbao.staff.models import Approval, ApprovalState
from tests import town

pytestmark = pytest.mark.django_db
CLERK = Scope(31, "林经办", prefixes=("370481",), capabilities=frozenset({Capability.KEEP_REGISTER}))
HEAD = Scope(32, "宋主任", prefixes=("370481",), capabilities=frozenset({Capability.APPROVE}))
BOTH = Scope(31, "林经办", prefixes=("370481",), capabilities=frozenset({Capability.APPROVE, Capability.KEEP_REGISTER}))
ELSEWHERE = Scope(33, "高主任", prefixes=("3707",), capabilities=frozenset({Capability.APPROVE}))


@pytest.fixture
def done() -> Iterator[list[tuple[str, int]]]:
    """What was carried out and let go, in order."""
    happened: list[tuple[str, int]] = []

    def carry_out(actor: Scope, approval: Approval, clock: FixedClock) -> None:
        actor.require(Capability.KEEP_REGISTER, approval.area_code)
        Area.objects.filter(code=town.EAST).update(name="改名村")
        if approval.subject.get("impossible"):
            raise Refusal("impossible", "办不了。", "It cannot be done.", ("算了", "Let it be."))
        happened.append(("done", approval.subject["of"]))

    def let_go(actor: Scope, approval: Approval, clock: FixedClock) -> None:
        happened.append(("let go", approval.subject["of"]))

    approvals.attach(
        approvals.Kind("test.rename", "改名", asks=Capability.KEEP_REGISTER, carry_out=carry_out, let_go=let_go)
    )
    yield happened


def ask(clock: FixedClock, key: str = "1", **subject: object) -> Approval:
    return actions.ask_approval(
        actor=CLERK, kind="test.rename", area_code=town.EAST, key=key, subject={"of": 7} | subject,
        summary=("东村改名", "Rename the east village"), clock=clock,
    )  # fmt: skip


def code_of(refused: pytest.ExceptionInfo[Refusal]) -> str:
    return refused.value.code


def test_a_yes_of_a_second_person_is_carried_out(clock: FixedClock, done: list[tuple[str, int]]) -> None:
    wish = ask(clock)
    assert [found.pk for found in queries.approvals_waiting(HEAD)] == [wish.pk]

    decided = actions.approve(actor=HEAD, approval_id=wish.pk, clock=clock)

    assert done == [("done", 7)]
    assert (decided.state, decided.decided_by, decided.asked_by) == (ApprovalState.APPROVED, "宋主任", "林经办")
    assert not queries.approvals_waiting(HEAD).exists()
    assert [found.pk for found in queries.approvals_decided(HEAD)] == [wish.pk]


def test_nobody_decides_his_own_wish(clock: FixedClock, done: list[tuple[str, int]]) -> None:
    wish = ask(clock)

    with pytest.raises(Refusal) as refused:
        actions.approve(actor=BOTH, approval_id=wish.pk, clock=clock)

    assert code_of(refused) == "not_by_yourself"
    assert done == []
    assert not queries.approvals_waiting(BOTH).exists()


def test_the_database_refuses_one_person_for_both(clock: FixedClock, done: list[tuple[str, int]]) -> None:
    wish = ask(clock)

    for state in ("approved", "refused"):
        with pytest.raises(IntegrityError, match="staff_approval_by_another"), transaction.atomic():
            Approval.objects.filter(pk=wish.pk).update(
                state=state, decided_by_id=CLERK.actor_id, decided_at=clock.now(), reason="x"
            )


def test_what_cannot_be_carried_out_is_not_approved(clock: FixedClock, done: list[tuple[str, int]]) -> None:
    wish = ask(clock, impossible=True)

    with pytest.raises(Refusal, match="impossible"):
        actions.approve(actor=HEAD, approval_id=wish.pk, clock=clock)

    wish.refresh_from_db()
    assert wish.state == ApprovalState.WAITING
    assert Area.objects.get(code=town.EAST).name == "东村"


def test_a_no_needs_a_reason_and_lets_go(clock: FixedClock, done: list[tuple[str, int]]) -> None:
    wish = ask(clock)
    with pytest.raises(Refusal) as refused:
        actions.refuse(actor=HEAD, approval_id=wish.pk, reason=" ", clock=clock)
    assert code_of(refused) == "reason_missing"

    actions.refuse(actor=HEAD, approval_id=wish.pk, reason="证据不足", clock=clock)

    assert done == [("let go", 7)]
    wish.refresh_from_db()
    assert (wish.state, wish.reason) == ("refused", "证据不足")


def test_who_asked_may_take_it_back_and_nobody_else(clock: FixedClock, done: list[tuple[str, int]]) -> None:
    wish = ask(clock)
    with pytest.raises(Refusal) as refused:
        somebody = Scope(99, "别人", prefixes=("",), capabilities=CLERK.capabilities)
        actions.withdraw(actor=somebody, approval_id=wish.pk, clock=clock)
    assert code_of(refused) == "approval_not_found"

    actions.withdraw(actor=CLERK, approval_id=wish.pk, clock=clock)

    assert done == [("let go", 7)]
    ask(clock)


def test_the_same_wish_waits_only_once(clock: FixedClock, done: list[tuple[str, int]]) -> None:
    ask(clock)
    with pytest.raises(Refusal) as refused:
        ask(clock)
    assert code_of(refused) == "already_asked"
    ask(clock, key="2")


def test_a_head_of_another_place_learns_nothing(clock: FixedClock, done: list[tuple[str, int]]) -> None:
    wish = ask(clock)
    assert not queries.approvals_waiting(ELSEWHERE).exists()
    for attempt in (
        lambda: actions.approve(actor=ELSEWHERE, approval_id=wish.pk, clock=clock),
        lambda: queries.approval([ELSEWHERE], wish.pk),
    ):
        with pytest.raises(Refusal) as refused:
            attempt()
        assert code_of(refused) == "approval_not_found"
    assert queries.approval([CLERK], wish.pk).pk == wish.pk


def test_a_decision_stands(clock: FixedClock, done: list[tuple[str, int]]) -> None:
    wish = ask(clock)
    actions.approve(actor=HEAD, approval_id=wish.pk, clock=clock)

    with pytest.raises(Refusal) as refused:
        actions.refuse(actor=HEAD, approval_id=wish.pk, reason="x", clock=clock)
    assert code_of(refused) == "already_decided"
    for change in (
        {"state": "waiting", "decided_by_id": None, "decided_at": None},
        {"subject": {}},
        {"asked_by_id": 5},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Approval.objects.filter(pk=wish.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        wish.delete()


def test_the_program_itself_neither_asks_nor_decides(clock: FixedClock, done: list[tuple[str, int]]) -> None:
    nobody = program("test", Capability.KEEP_REGISTER, Capability.APPROVE)
    wish = ask(clock)
    for attempt in (
        lambda: actions.approve(actor=nobody, approval_id=wish.pk, clock=clock),
        lambda: actions.ask_approval(
            actor=nobody, kind="test.rename", area_code=town.EAST, key="9", subject={}, summary=("", ""), clock=clock
        ),
    ):
        with pytest.raises(Refusal) as refused:
            attempt()
        assert code_of(refused) == "needs_a_person"
