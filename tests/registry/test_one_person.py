"""A number leads to the row that counts: not to a merged one, nor to who had it by mistake."""

from __future__ import annotations

from datetime import date

import pytest

from canbao.kernel.clock import FixedClock, shanghai
from canbao.registry import actions, lists, queries
from canbao.registry.actions import NewResident
from canbao.registry.codes import DocumentChange, DocumentKind
from canbao.registry.models import Resident

from .conftest import VILLAGE, number, number_of, scope

CLERK, FUND = scope("3704"), "370400"
TODAY = FixedClock(shanghai(2024, 11, 1, 9, 30))
BORN = date(1984, 2, 11)


def found(digits: str) -> list[int]:
    return [card.resident_id for card in queries.with_number(CLERK, digits)]


def listed(*digits: str) -> dict[str, int]:
    return {digit: row.id for digit, row in lists.by_number(CLERK, FUND, digits, lock=True).items()}


def another(sequence: int, name: str = "单雄飞") -> Resident:
    person = NewResident(name=name, birth_on=BORN, sex="male", village_code=VILLAGE, id_number=number(BORN, sequence))
    return actions.register_resident(actor=CLERK, person=person)


def merge(kept: Resident, merged: Resident) -> None:
    actions.merge_residents(actor=CLERK, kept_id=kept.pk, merged_id=merged.pk, reason="同一人", clock=TODAY)


def change(person: Resident, digits: str, reason: DocumentChange) -> None:
    actions.change_document(
        actor=CLERK, resident_id=person.pk, kind=DocumentKind.RESIDENT_ID, number=digits, reason=reason, clock=TODAY
    )


def test_the_number_of_a_merged_row_leads_to_the_kept_one_and_back_when_it_is_parted(shan_xiongfei: Resident) -> None:
    merged = another(997)
    own, other = number_of(shan_xiongfei), number_of(merged)
    merge(shan_xiongfei, merged)

    assert found(own) == found(other) == [shan_xiongfei.pk]
    assert listed(own, other) == {own: shan_xiongfei.pk, other: shan_xiongfei.pk}
    assert queries.row_ids(CLERK, shan_xiongfei.pk) == [shan_xiongfei.pk, merged.pk]

    actions.part_residents(actor=CLERK, merged_id=merged.pk, reason="两个人", clock=TODAY)
    assert listed(own, other) == {own: shan_xiongfei.pk, other: merged.pk}
    assert found(other) == [merged.pk]


@pytest.mark.parametrize(
    ("reason", "still"),
    [(DocumentChange.REISSUED, True), (DocumentChange.OTHER_DOCUMENT, True), (DocumentChange.CORRECTED, False)],
)
def test_a_number_that_was_right_once_is_still_his(
    shan_xiongfei: Resident, reason: DocumentChange, still: bool
) -> None:
    old, new = number_of(shan_xiongfei), number(BORN, 995)
    change(shan_xiongfei, new, reason)

    assert found(new) == [shan_xiongfei.pk]
    assert found(old) == ([shan_xiongfei.pk] if still else [])
    assert listed(old) == ({old: shan_xiongfei.pk} if still else {})


def test_who_has_a_number_comes_before_who_had_it(shan_xiongfei: Resident) -> None:
    old = number_of(shan_xiongfei)
    change(shan_xiongfei, number(BORN, 995), DocumentChange.REISSUED)
    now = actions.register_resident(
        actor=CLERK,
        person=NewResident(name="单新", birth_on=BORN, sex="male", village_code=VILLAGE, id_number=old),
    )
    assert found(old) == [now.pk, shan_xiongfei.pk]
    assert listed(old) == {old: now.pk}
    actions.record_death(actor=CLERK, resident_id=now.pk, died_on=date(2024, 1, 1))
    assert found(old) == [shan_xiongfei.pk, now.pk], "the living first"
    assert listed(old) == {old: shan_xiongfei.pk}


def test_a_merged_row_without_a_number_is_nobody_new(shan_xiongfei: Resident) -> None:
    child = actions.register_resident(
        actor=CLERK, person=NewResident(name="单小", birth_on=BORN, sex="male", village_code=VILLAGE)
    )
    assert [row.id for row in lists.without_number(CLERK, FUND, [("单小", BORN)])] == [child.pk]
    merge(shan_xiongfei, child)
    assert lists.without_number(CLERK, FUND, [("单小", BORN)]) == []
