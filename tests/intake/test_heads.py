"""A list that names another head of a household that the register knows: on purpose, or as a member with a hint."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection

from canbao.intake import judging
from canbao.intake.models import Batch, Row, State
from canbao.kernel.clock import FixedClock
from canbao.registry import actions as registry
from canbao.registry.models import Household, Resident
from tests.intake.conftest import CLERK, applied, previewed
from tests.intake.sheets import number

pytestmark = pytest.mark.usefixtures("town")
ZHANG = number()
WANG, LI = number(date(1960, 1, 2), 15), number(date(2001, 3, 4), 18)
COLUMNS = ["户号", "户主姓名", "姓名", "公民身份号码", "与户主关系", "村居"]
KNOWN = [
    COLUMNS,
    ["1", "张桂兰", "张桂兰", ZHANG, "户主", "安居社区"],
    ["1", "张桂兰", "王建国", WANG, "配偶", "安居社区"],
]


def kinships() -> dict[str, str | None]:
    return dict(Resident.objects.values_list("name", "kinship"))


def taken(rows: list[list[str]], clock: FixedClock) -> Batch:
    made = applied(previewed("household_population", [COLUMNS, *rows], clock), clock)
    assert made.state == State.APPLIED, made.fault_zh
    return made


def hints(made: Batch) -> list[tuple[int, str]]:
    found = Row.objects.filter(batch_id=made.pk).order_by("position").values_list("row", "reason")
    return [(row, reason) for row, reason in found if reason]


@pytest.fixture
def family(clock: FixedClock) -> Household:
    applied(previewed("household_population", KNOWN, clock), clock)
    return Household.objects.get()


def test_a_newcomer_who_is_called_the_head_enters_as_a_member_with_a_hint(family: Household, clock: FixedClock) -> None:
    made = taken(
        [["1", "李秀英", "王建国", WANG, "配偶", "安居社区"], ["1", "李秀英", "李秀英", LI, "户主", "安居社区"]], clock
    )

    assert hints(made) == [(3, "head_is_another")]
    assert kinships() == {"张桂兰": "head", "王建国": "spouse", "李秀英": "other"}
    assert Resident.objects.get(name="李秀英").household_id == family.pk
    family.refresh_from_db()
    assert family.head_name == "张桂兰"


def test_a_member_who_is_called_the_head_stays_what_he_is_with_a_hint(family: Household, clock: FixedClock) -> None:
    made = previewed("household_population", [COLUMNS, ["1", "王建国", "王建国", WANG, "户主", "安居社区"]], clock)

    assert (made.changed, made.same) == (0, 1)
    assert hints(made) == [(2, "head_is_another")]
    assert kinships() == {"张桂兰": "head", "王建国": "spouse"}


@pytest.mark.parametrize("first", ["new head", "old head"])
@pytest.mark.parametrize("chunk", [1, 10])
def test_the_head_changes_if_the_list_says_what_the_former_one_is_now(
    family: Household, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, first: str, chunk: int
) -> None:
    monkeypatch.setattr(judging, "CHUNK", chunk)
    both = [["1", "王建国", "王建国", WANG, "户主", "安居社区"], ["1", "王建国", "张桂兰", ZHANG, "配偶", "安居社区"]]

    made = taken(both if first == "new head" else both[::-1], clock)

    assert hints(made) == []
    assert kinships() == {"张桂兰": "spouse", "王建国": "head"}
    family.refresh_from_db()
    assert family.head_name == "王建国"


def test_a_dead_head_is_replaced(family: Household, clock: FixedClock) -> None:
    dead = Resident.objects.get(name="张桂兰")
    registry.record_death(actor=CLERK, resident_id=dead.pk, died_on=date(2024, 10, 1))

    made = taken(
        [["1", "李秀英", "王建国", WANG, "父母", "安居社区"], ["1", "李秀英", "李秀英", LI, "户主", "安居社区"]], clock
    )

    assert hints(made) == []
    assert kinships() == {"张桂兰": "other", "王建国": "parent", "李秀英": "head"}


def test_of_two_new_heads_of_one_household_the_first_is_taken(family: Household, clock: FixedClock) -> None:
    """The list splits a household that the register holds as one: nobody is moved out by that."""
    made = taken(
        [
            ["1", "王建国", "张桂兰", ZHANG, "配偶", "安居社区"],
            ["1", "王建国", "王建国", WANG, "户主", "安居社区"],
            ["1", "李秀英", "李秀英", LI, "子女", "安居社区"],
        ],
        clock,
    )
    assert hints(made) == []
    made = taken(
        [
            ["7", "王建国", "王建国", WANG, "配偶", "安居社区"],
            ["7", "张桂兰", "张桂兰", ZHANG, "户主", "安居社区"],
            ["8", "李秀英", "李秀英", LI, "户主", "安居社区"],
        ],
        clock,
    )
    assert hints(made) == [(4, "head_is_another")]
    assert kinships() == {"张桂兰": "head", "王建国": "spouse", "李秀英": "child"}


def test_without_the_rule_the_database_would_stop_the_whole_list(
    family: Household, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: what the rule is for."""
    from canbao.intake.sources import heads, people

    monkeypatch.setattr(heads.Heads, "may_lead", lambda *_: True)
    monkeypatch.setattr(people.lists, "make_way", lambda **_: None)
    made = applied(
        previewed("household_population", [COLUMNS, ["1", "王建国", "王建国", WANG, "户主", "安居社区"]], clock), clock
    )
    assert made.state == State.FAILED and "registry_one_head_in_a_household" in made.fault_zh
    assert not connection.needs_rollback
