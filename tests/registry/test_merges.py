"""One person under two rows: found, merged by two people, parted again, and not a fen or a day is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from canbao.billing import actions as billing
from canbao.enrolment.models import Enrolment
from canbao.kernel.clock import FixedClock
from canbao.kernel.refusals import Refusal
from canbao.payments import actions as payments
from canbao.registry import actions, invariants, queries
from canbao.registry.models import Merge, Resident
from canbao.registry.refusals import (
    InAnotherMerge,
    MergeLeavesOpen,
    NotMerged,
    ReasonMissing,
    ResidentNotFound,
    SamePerson,
)
from canbao.registry.refused_corrections import BothWaysMerged, DiffersUnexplained
from canbao.staff import actions as staff
from canbao.staff import queries as waiting
from canbao.staff.models import Approval
from canbao.staff.refusals import ApprovalNotFound
from tests import town

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]
BORN = date(1961, 5, 1)
WHY = "核对户口簿，为同一人"
MONEY = ("billing_bill", "billing_billline", "payments_payment", "ledger_entry", "ledger_transfer", "entitlement_cover",
         "enrolment_enrolment", "registry_residentcategory")  # fmt: skip


def rows_of(*tables: str) -> dict[str, Any]:
    with connection.cursor() as cursor:
        found = {}
        for table in tables:
            cursor.execute(
                f"SELECT string_agg((to_jsonb(t) - 'known_since')::text, ';' ORDER BY t::text) FROM {table} t"
            )
            found[table] = cursor.fetchone()[0]
        return found


def paid(name: str, clock: FixedClock, **facts: Any) -> Resident:
    person = town.enrolled(name, BORN, **facts)
    bill = billing.issue_bill(actor=town.CLERK, resident_id=person.pk, benefit_year=town.YEAR, clock=clock)
    if bill.payable_fen:
        payments.take_counter_payment(
            actor=town.CLERK, bill_id=bill.pk, amount_fen=bill.payable_fen, key=f"k{person.pk}", clock=clock
        )
    return person


def merge(kept: Resident, merged: Resident, clock: FixedClock) -> Merge:
    return actions.merge_residents(
        actor=town.CLERK, kept_id=kept.pk, merged_id=merged.pk, reason=WHY, clock=clock
    )  # fmt: skip


def test_merging_and_parting_leaves_every_row_of_money_and_cover_as_it_was(clock: FixedClock) -> None:
    merged, kept = paid("王建国", clock), town.resident("王建国", BORN)
    money, residents = rows_of(*MONEY), rows_of("registry_resident")
    assert money["payments_payment"] and money["entitlement_cover"]

    merge(kept, merged, clock)
    assert rows_of(*MONEY) == money
    assert [card.resident_id for card in queries.merged_rows(town.CLERK, kept.pk)] == [merged.pk]
    assert invariants.check() == []

    actions.part_residents(actor=town.CLERK, merged_id=merged.pk, reason="看错", clock=clock)
    assert rows_of(*MONEY) == money and rows_of("registry_resident") == residents
    (row,) = queries.merges_of(town.CLERK, kept.pk)
    assert (row.reason, row.undone_because, row.undone_by) == (WHY, "看错", "孙会计")
    with pytest.raises(NotMerged):
        actions.part_residents(actor=town.CLERK, merged_id=merged.pk, reason="再来", clock=clock)


def test_whoever_searches_finds_the_row_that_is_kept(clock: FixedClock) -> None:
    merged, kept = town.resident("王建国", BORN), town.resident("王建国", BORN)
    merge(kept, merged, clock)

    assert [card.resident_id for card in queries.find_residents(town.CLERK, "王建国")] == [kept.pk]


def test_nothing_new_begins_on_a_merged_row(clock: FixedClock) -> None:
    merged, kept = town.resident("王建国", BORN), town.resident("王建国", BORN)
    merge(kept, merged, clock)

    with pytest.raises((Refusal, IntegrityError)), transaction.atomic():
        town.enrol(merged)
    with pytest.raises(IntegrityError, match="merged into another"), transaction.atomic():
        Enrolment.objects.create(
            pooling_area=town.FUND, resident=merged, benefit_year=town.YEAR, policy_id=town.POLICY,
            registered_on=date(2024, 10, 20),
        )  # fmt: skip
    town.enrol(kept)


def test_who_is_enrolled_as_merged_is_not_enrolled_again(clock: FixedClock) -> None:
    merged, kept = paid("王建国", clock), town.resident("王建国", BORN)
    merge(kept, merged, clock)

    with pytest.raises((Refusal, IntegrityError)), transaction.atomic():
        town.enrol(kept)
    assert Enrolment.objects.count() == 1


def test_a_merge_leaves_no_enrolment_open_and_none_twice(clock: FixedClock) -> None:
    enrolled, other = town.enrolled("王建国", BORN), town.resident("王建国", BORN)
    with pytest.raises(MergeLeavesOpen):
        merge(other, enrolled, clock)
    settled = paid("王建国", clock)
    with pytest.raises(MergeLeavesOpen):
        merge(enrolled, settled, clock)
    merge(enrolled, other, clock)
    assert Merge.objects.count() == 1


def test_merges_make_no_chain_and_nobody_is_merged_into_himself(clock: FixedClock) -> None:
    first, second, third = (town.resident("王建国", BORN) for _ in range(3))
    merge(second, first, clock)

    for kept, merged, refusal in (
        (third, second, InAnotherMerge), (third, first, InAnotherMerge), (first, third, InAnotherMerge),
        (third, third, SamePerson),
    ):  # fmt: skip
        with pytest.raises(refusal), transaction.atomic():
            merge(kept, merged, clock)
    merge(second, third, clock)


def test_two_people_decide(clock: FixedClock) -> None:
    merged, kept = town.resident("王建国", BORN), town.resident("王建国", BORN)
    wish = actions.ask_to_merge(
        actor=town.CLERK, kept_id=kept.pk, merged_id=merged.pk, reason=WHY, page="", clock=clock
    )
    with pytest.raises(Refusal):
        staff.approve(actor=town.CLERK, approval_id=wish.pk, clock=clock)
    assert not Merge.objects.exists()

    staff.approve(actor=replace(town.CLERK, actor_id=99, actor_name="沈复核"), approval_id=wish.pk, clock=clock)
    merged.refresh_from_db()
    assert merged.merged_into_id == kept.pk and Merge.objects.get().by == "沈复核"
    back = actions.ask_to_part(actor=town.CLERK, merged_id=merged.pk, reason="看错", page="", clock=clock)
    staff.approve(actor=replace(town.CLERK, actor_id=99, actor_name="沈复核"), approval_id=back.pk, clock=clock)
    merged.refresh_from_db()
    assert merged.merged_into_id is None


def test_rows_of_two_villages_are_merged_by_who_holds_both(clock: FixedClock) -> None:
    merged, kept = town.resident("王建国", BORN, town.WEST), town.resident("王建国", BORN, town.EAST)
    wish = actions.ask_to_merge(
        actor=town.CLERK, kept_id=kept.pk, merged_id=merged.pk, reason=WHY, page="", clock=clock
    )
    assert wish.area_code == town.COUNTY
    for one_village in (town.EAST_CLERK, town.OTHER_CLERK):
        assert not waiting.approvals_waiting(one_village).exists()
        with pytest.raises(ApprovalNotFound):
            staff.approve(actor=one_village, approval_id=wish.pk, clock=clock)

    staff.approve(actor=replace(town.CLERK, actor_id=99, actor_name="沈复核"), approval_id=wish.pk, clock=clock)
    merged.refresh_from_db()
    assert merged.merged_into_id == kept.pk


def test_of_two_opposite_merges_the_second_is_not_asked(clock: FixedClock) -> None:
    first, second, third = (town.resident("王建国", BORN) for _ in range(3))

    def ask(kept: Resident, merged: Resident) -> None:
        actions.ask_to_merge(actor=town.CLERK, kept_id=kept.pk, merged_id=merged.pk, reason=WHY, page="", clock=clock)

    ask(first, second)
    for kept, merged in ((second, first), (second, third), (third, second), (third, first)):
        with pytest.raises(BothWaysMerged):
            ask(kept, merged)
    ask(first, third)
    assert Approval.objects.count() == 2


def test_who_differs_in_sex_or_birth_is_merged_with_a_word_about_it_alone(clock: FixedClock) -> None:
    kept, merged = town.resident("王建国", BORN), town.resident("王建国", date(1961, 1, 5))
    wish: dict[str, Any] = {"actor": town.CLERK, "kept_id": kept.pk, "merged_id": merged.pk, "reason": WHY}
    with pytest.raises(DiffersUnexplained) as refusal:
        actions.ask_to_merge(**wish, page="", clock=clock)
    assert "出生日期" in refusal.value.zh and "性别" not in refusal.value.zh
    with pytest.raises(DiffersUnexplained):
        actions.merge_residents(**wish, clock=clock)
    asked = actions.ask_to_merge(**wish, page="", clock=clock, differs_because="户口簿为5月1日，录入时颠倒")
    assert merged.name not in asked.summary_zh and "颠倒" in asked.summary_zh
    staff.approve(actor=replace(town.CLERK, actor_id=99, actor_name="沈复核"), approval_id=asked.pk, clock=clock)
    assert Merge.objects.get().differs_because == "户口簿为5月1日，录入时颠倒"


def test_why_two_are_two_is_said_and_shown(clock: FixedClock) -> None:
    first, second = town.resident("王建国", BORN), town.resident("王建国", BORN)
    with pytest.raises(ReasonMissing):
        actions.say_not_same(actor=town.CLERK, first_id=first.pk, second_id=second.pk, reason=" ", clock=clock)
    actions.say_not_same(
        actor=town.CLERK, first_id=first.pk, second_id=second.pk, reason="当面核对，不同父母", clock=clock
    )
    ((row, other),) = queries.said_apart(town.CLERK, second.pk)
    assert (row.reason, other) == ("当面核对，不同父母", first)
    assert queries.compared(town.CLERK, second.pk, first.pk).apart == row


def test_a_clerk_of_another_village_can_neither_see_nor_merge(clock: FixedClock) -> None:
    first, second = town.resident("王建国", BORN), town.resident("王建国", BORN)
    with pytest.raises(ResidentNotFound):
        actions.ask_to_merge(
            actor=town.OTHER_CLERK, kept_id=first.pk, merged_id=second.pk, reason=WHY, page="", clock=clock
        )
    assert queries.suspicious_pairs(town.OTHER_CLERK) == []
    assert len(queries.suspicious_pairs(town.EAST_CLERK)) == 1


def test_pairs_are_proposed_for_a_reason_until_somebody_says_they_are_two(clock: FixedClock) -> None:
    a, b = town.resident("王建国", BORN), town.resident("王建国", BORN, town.WEST)
    c, d = town.resident("张伟", date(1980, 1, 1)), town.resident("章伟", date(1980, 1, 1))
    e, f = town.resident("李娜", date(1990, 1, 1)), town.resident("李二娜", date(1990, 1, 1))
    town.resident("王建国", date(1961, 5, 2))
    for row in (e, f):
        actions.record_contact(actor=town.CLERK, resident_id=row.pk, phone="13805321234", bank_card=None)

    found = {
        (pair.first.resident_id, pair.second.resident_id): pair.reason for pair in queries.suspicious_pairs(town.CLERK)
    }
    assert found == {(a.pk, b.pk): "same_name", (c.pk, d.pk): "same_sound", (e.pk, f.pk): "same_phone"}

    actions.say_not_same(actor=town.CLERK, first_id=d.pk, second_id=c.pk, reason="两张身份证", clock=clock)
    merge(a, b, clock)
    assert [pair.reason for pair in queries.suspicious_pairs(town.CLERK)] == ["same_phone"]


def test_the_check_of_invariants_sees_a_pointer_without_a_merge(clock: FixedClock) -> None:
    first, second = town.resident("王建国", BORN), town.resident("王建国", BORN)
    Resident.objects.filter(pk=first.pk).update(merged_into=second)

    assert [violation.invariant for violation in invariants.check()] == ["R2"]
    Resident.objects.filter(pk=first.pk).update(merged_into=None)


@pytest.mark.django_db(transaction=True)
def test_of_enrolling_and_merging_at_once_the_rules_hold(clock: FixedClock) -> None:
    for _ in range(5):
        merged, kept = town.resident("王建国", BORN), town.resident("王建国", BORN)
        start = threading.Barrier(2)

        def at_once(work: Callable[[], object], start: threading.Barrier = start) -> None:
            try:
                start.wait(timeout=30)
                work()
            except (Refusal, IntegrityError):
                pass
            finally:
                connection.close()

        threads = [
            threading.Thread(target=at_once, args=(lambda m=merged: town.enrol(m),)),  # type: ignore[misc]
            threading.Thread(target=at_once, args=(lambda k=kept, m=merged: merge(k, m, clock),)),  # type: ignore[misc]
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        merged.refresh_from_db()
        enrolled = Enrolment.objects.filter(resident=merged).exists()
        assert (merged.merged_into_id is not None) is not enrolled
