"""One rule for names, wherever somebody writes one."""

from __future__ import annotations

from datetime import date

import pytest

from canbao.intake.reading.faults import CellFault
from canbao.intake.reading.values import read_name
from canbao.kernel.clock import FixedClock
from canbao.kernel.refusals import Refusal
from canbao.registry import actions, queries
from canbao.registry.names import checked_name
from canbao.registry.pinyin import name_reading
from tests import town

RIGHT = [
    (" 张 桂　兰 ", "张桂兰"), ("阿卜杜拉•买买提", "阿卜杜拉·买买提"), ("𠮷野", "𠮷野"),
    ("Anna  Maria O’Neil", "Anna Maria O'Neil"),
    ("Jean-Luc Müller", "Jean-Luc Müller"), ("José García", "José García"), ("Ｍａｒｙ Smith Jr.", "Mary Smith Jr."),
]  # fmt: skip
WRONG = ["1234", "张三1", "<b>x</b>", "张三(小)", "·张", "李--四", "a_b", "x" * 61, "=SUM(A1)", "张&三", "张三；"]


@pytest.mark.parametrize(("written", "kept"), RIGHT)
def test_a_name_is_kept_alike_by_the_counter_and_a_list(written: str, kept: str) -> None:
    assert checked_name(written) == read_name(written) == kept
    assert checked_name(kept) == kept


@pytest.mark.parametrize("wrong", WRONG)
def test_no_name_has_digits_or_markup(wrong: str) -> None:
    with pytest.raises(Refusal) as refused:
        checked_name(wrong)
    assert refused.value.code in ("bad_name", "name_too_long") and all(refused.value.todo)
    with pytest.raises(CellFault):
        read_name(wrong)


def test_nobody_is_without_a_name() -> None:
    with pytest.raises(Refusal) as refused:
        checked_name(" \u200b ")
    assert refused.value.code == "name_missing"


def test_a_foreign_name_is_found_by_its_letters() -> None:
    assert name_reading("Anne-Marie O'Neil") == ("annemarieoneil", "amon")
    assert name_reading("买买提·艾力") == ("maimaitiaili", "mmtal")


@pytest.mark.django_db
def test_register_and_public_form_ask_the_same_rule(clock: FixedClock) -> None:
    person = actions.NewResident(name="<b>x</b>", birth_on=date(1980, 3, 1), sex="female", village_code=town.EAST)
    with pytest.raises(Refusal) as refused:
        actions.register_resident(actor=town.CLERK, person=person)
    assert refused.value.code == "bad_name"
    for further in ({"name": "1234"}, {"name": "李新", "applicant_name": "<i>"}):
        with pytest.raises(Refusal) as refused:
            town.applied(clock, **further)
        assert refused.value.code == "bad_name"
    made = actions.NewResident(name="Anna  O’Neil", birth_on=date(1980, 3, 1), sex="female", village_code=town.EAST)
    row = actions.register_resident(actor=town.CLERK, person=made)
    assert row.name == "Anna O'Neil"
    assert [card.resident_id for card in queries.find_residents(town.CLERK, "anna oneil")] == [row.pk]
