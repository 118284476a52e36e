"""Collective payments: one list, one payment of exactly its sum; everybody's part settles whole or is held."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from canbao.billing import actions as billing
from canbao.billing.models import Bill
from canbao.kernel.clock import FixedClock
from canbao.kernel.refusals import Refusal
from canbao.payments import actions
from canbao.payments.actions.handing_back import tell_by_hand
from canbao.payments.models import (
    LIST_MOVES,
    Capture,
    Channel,
    CollectiveList,
    ListState,
    Payment,
    ReceiptMessage,
    Refund,
)
from canbao.payments.queries import lists
from canbao.registry.models import Resident
from canbao.staff import actions as staff
from tests import town
from tests.payments.test_debits import bank_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("books")]


@pytest.fixture
def village(clock: FixedClock) -> Channel:
    return bank_of("village", "collective_list", None)


def billed(clock: FixedClock, names: str = "甲乙丙") -> list[Bill]:
    people = [town.enrolled(name, date(1980, 3, 1 + number)) for number, name in enumerate(names)]
    return [
        billing.issue_bill(actor=town.CLERK, resident_id=person.pk, benefit_year=town.YEAR, clock=clock)
        for person in people
    ]


def made(village: Channel, bills: list[Bill], clock: FixedClock) -> CollectiveList:
    return actions.make_list(
        actor=town.EAST_CLERK, channel_id=village.pk, area_code=town.EAST, institution="东村",
        bill_ids=[bill.pk for bill in bills], clock=clock,
    )  # fmt: skip


def paid(row: CollectiveList, clock: FixedClock, fen: int | None = None, reference: str = "R-1") -> CollectiveList:
    return actions.record_transfer(
        actor=town.CLERK, list_id=row.pk, amount_fen=row.sum_fen if fen is None else fen, reference=reference,
        paid_at=clock.now() - timedelta(hours=1), clock=clock,
    )  # fmt: skip


def test_one_payment_settles_everybody_of_the_list_with_a_receipt_and_a_message(
    village: Channel, clock: FixedClock
) -> None:
    bills = billed(clock)
    row = made(village, bills, clock)
    assert (row.count, row.sum_fen) == (3, 120000)

    done = paid(row, clock)

    assert done.state == "paid" and done.judged_at is not None
    shares = lists.shares(done)
    assert all(share.payment is not None and share.payment.method == "transfer" for share in shares)
    assert len({share.payment.receipt_no for share in shares if share.payment}) == 3
    assert ReceiptMessage.objects.count() == 3
    paid(row, clock)
    assert Payment.objects.count() == Capture.objects.count() == 3


def test_another_sum_settles_nobody(village: Channel, clock: FixedClock) -> None:
    row = made(village, billed(clock), clock)

    with pytest.raises(Refusal, match="wrong_sum"):
        paid(row, clock, 119999)

    assert not Capture.objects.exists()
    assert CollectiveList.objects.get().state == "open"


def test_who_died_or_paid_meanwhile_is_held_and_the_others_are_settled(village: Channel, clock: FixedClock) -> None:
    bills = billed(clock)
    row = made(village, bills, clock)
    actions.take_counter_payment(actor=town.CLERK, bill_id=bills[0].pk, amount_fen=40000, key="x", clock=clock)
    Resident.objects.filter(pk=bills[1].resident_id).update(died_on=clock.today())
    assert [share.elsewhere for share in lists.shares(row)] == [True, False, False]

    done = paid(row, clock)

    found = [(share.capture.reason if share.capture else None, bool(share.payment)) for share in lists.shares(done)]
    assert found == [("double", False), ("after_death", False), ("", True)]


def test_a_held_part_goes_back_by_a_transfer_that_a_person_records(village: Channel, clock: FixedClock) -> None:
    bills = billed(clock, "甲乙")
    row = made(village, bills, clock)
    actions.take_counter_payment(actor=town.CLERK, bill_id=bills[0].pk, amount_fen=40000, key="x", clock=clock)
    paid(row, clock)
    held = Capture.objects.get(place="held")
    wish = actions.propose(actor=town.CLERK, capture_id=held.pk, way="refund", clock=clock)
    staff.approve(actor=town.FUND_OFFICE, approval_id=wish.pk, clock=clock)
    assert Refund.objects.get().ask_at is None

    def record(reference: str, arrived: bool) -> Refund:
        return actions.record_returned(
            actor=town.CLERK, capture_id=held.pk, reference=reference, arrived=arrived, clock=clock
        )

    with pytest.raises(Refusal, match="bad_transfer"):
        record(" ", True)
    came_back = record("T-1", False)
    assert (came_back.state, came_back.reference) == ("bounced", "T-1")
    tell_by_hand(actor=town.CLERK, refund=came_back, reference="T-9", arrived=True, clock=clock)
    with pytest.raises(Refusal, match="not_by_hand"):
        record("T-2", True)
    assert Refund.objects.get().reference == "T-1", "only the telling that decided says how it went"
    actions.resend_refund(actor=town.CLERK, capture_id=held.pk, clock=clock)
    row = record("T-2", True)
    assert (row.state, row.reference) == ("returned", "T-2")


def test_a_bill_is_on_one_open_list_and_in_no_list_once_paid(village: Channel, clock: FixedClock) -> None:
    bills = billed(clock)
    row = made(village, bills[:2], clock)

    with pytest.raises(Refusal, match="bills_changed"):
        made(village, bills, clock)
    actions.drop_list(actor=town.EAST_CLERK, list_id=row.pk, clock=clock)
    with pytest.raises(Refusal, match="list_closed"):
        paid(row, clock)
    again = made(village, bills, clock)
    paid(again, clock)
    with pytest.raises(Refusal, match="bills_changed"):
        made(village, bills, clock)
    with pytest.raises(Refusal, match="list_closed"):
        actions.drop_list(actor=town.EAST_CLERK, list_id=again.pk, clock=clock)


def test_one_transfer_pays_one_list(village: Channel, clock: FixedClock) -> None:
    first, second = billed(clock, "甲乙")
    paid(made(village, [first], clock), clock)

    with pytest.raises(Refusal, match="reference_known"):
        paid(made(village, [second], clock), clock)


def test_what_makes_no_list_or_no_payment_is_refused(village: Channel, clock: FixedClock) -> None:
    bills = billed(clock, "甲")
    with pytest.raises(Refusal, match="nobody_on_list"):
        made(village, [], clock)
    with pytest.raises(Refusal, match="institution_missing"):
        actions.make_list(
            actor=town.EAST_CLERK, channel_id=village.pk, area_code=town.EAST, institution=" ",
            bill_ids=[bills[0].pk], clock=clock,
        )  # fmt: skip
    row = made(village, bills, clock)
    for reference, paid_at in (("a b", clock.now()), ("R", None), ("R", clock.now() + timedelta(seconds=1))):
        with pytest.raises(Refusal, match="bad_transfer"):
            actions.record_transfer(
                actor=town.CLERK, list_id=row.pk, amount_fen=40000, reference=reference, paid_at=paid_at, clock=clock
            )
    with pytest.raises(Refusal, match="list_not_found"):
        actions.drop_list(actor=town.OTHER_CLERK, list_id=row.pk, clock=clock)


def test_the_database_holds_the_same_moves_of_a_list(village: Channel, clock: FixedClock) -> None:
    """A list moves as LIST_MOVES says and no other way, whoever writes."""
    row = made(village, billed(clock, "甲"), clock)
    assert LIST_MOVES[ListState.OPEN] == {"paid", "dropped"}
    actions.drop_list(actor=town.EAST_CLERK, list_id=row.pk, clock=clock)

    for state in ("open", "paid"):
        with pytest.raises(DatabaseError), transaction.atomic():
            CollectiveList.objects.update(state=state)
    with pytest.raises(DatabaseError), transaction.atomic():
        CollectiveList.objects.update(sum_fen=1)
