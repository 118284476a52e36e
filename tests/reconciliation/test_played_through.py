"""The books of every simulated partner, properly and with each fault on purpose; transfers, slips and card receipts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from canbao.areas.models import HolidayCalendar
from canbao.billing import actions as billing
from canbao.billing.models import Bill
from canbao.demo.outside import bank_side, push_side, statement_files
from canbao.demo.outside.statement_files import Row
from canbao.kernel.clock import FixedClock, shanghai
from canbao.kernel.refusals import Refusal
from canbao.payments import actions as payments
from canbao.payments.models import Capture, Channel, Payment
from canbao.payments.queries import debits
from canbao.reconciliation import actions, queries
from canbao.reconciliation.models import Difference, Remittance, StatementLine
from tests import town
from tests.payments.outside import Outside, bank, outside
from tests.payments.test_debits import bank_of
from tests.payments.test_whole_way import decided
from tests.town import books, clock

__all__ = ["books", "clock"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("books")]
DAY = date(2024, 11, 1)
NEXT = DAY + timedelta(days=1)
SLIP = b"\x89PNG\r\n\x1a\n of a slip"


def bills(clock: FixedClock, names: str) -> list[Bill]:
    people = [town.enrolled(name, date(1980, 5, 1 + at)) for at, name in enumerate(names)]
    return [
        billing.issue_bill(actor=town.CLERK, resident_id=person.pk, benefit_year=town.YEAR, clock=clock)
        for person in people
    ]


def cashier(kind: str) -> Callable[[FixedClock], Outside]:
    def made(clock: FixedClock) -> Outside:
        out = outside(clock, kind)
        for bill in bills(clock, "甲乙"):
            clock.move(timedelta(minutes=1))
            trade = out.trade(out.begin(bill.pk))
            out.side.pay(trade)
            out.tell(out.telling(trade))
        return out

    return made


def pushing(code: str) -> Callable[[FixedClock], Outside]:
    def made(clock: FixedClock) -> Outside:
        out = bank(clock, code=code)
        # A tax bureau's own devices give its list, a bank its statement; one simulation plays both.
        out.side.name = "terminal" if code == "rizhao_pos" else code
        for at, bill in enumerate(bills(clock, "甲乙")):
            clock.move(timedelta(minutes=1))
            trade = push_side.take(out.side, f"S{at}", bill.payable_fen)
            trade.bill_id = bill.pk
            out.tell(push_side.telling(out.side, trade, bill.pk))
        return out

    return made


PARTNERS = {
    "wechat": cashier("wechat_pay"),
    "alipay": cashier("alipay"),
    "bank": pushing("ccb_device"),
    "tax": pushing("rizhao_pos"),
}


@pytest.mark.parametrize("layout", PARTNERS)
def test_the_statement_of_every_partner_is_matched_and_each_fault_is_found(layout: str, clock: FixedClock) -> None:
    out = PARTNERS[layout](clock)
    assert statement_files.layout_of(out.side) == layout
    first, last = Capture.objects.order_by("paid_at")

    def said(how: str, day: date = DAY) -> bytes:
        rows = statement_files.rows_of(out.side)
        return statement_files.statement(rows, layout, out.side.merchant_id, day, how)

    def take(how: str, day: date = DAY) -> dict[str, Difference]:
        """The differences that are open after this file; nothing of it stays for the next try."""
        content = said(how, day)
        with transaction.atomic():
            read(out.channel, layout, content, day, clock)
            found = {row.kind: row for row in queries.differences(town.CLERK)}
            transaction.set_rollback(True)
        return found

    clock.move(timedelta(days=1))
    assert take("all") == {}
    assert take("missing")["only_ours"].capture_id == first.pk
    assert (take("wrong")["amount_differs"].theirs_fen, first.amount_fen) == (39900, 40000)
    assert take("more")["only_theirs"].theirs_fen == 40000
    with pytest.raises(Refusal, match="bad_statement"):
        take("doubled")
    if layout == "wechat":
        with pytest.raises(Refusal, match="bad_statement"):
            take("totals")

    # The last payment falls into the next day's file: missing first, then found by itself.
    read(out.channel, layout, said("late"), DAY, clock)
    missing = queries.differences(town.CLERK).get()
    assert (missing.kind, missing.capture_id) == ("only_ours", last.pk)
    with pytest.raises(Refusal, match="contradicts"):
        read(out.channel, layout, said("all"), DAY, clock)
    clock.move(timedelta(days=1))
    read(out.channel, layout, said("late", NEXT), NEXT, clock)
    assert not queries.differences(town.CLERK).exists()
    assert StatementLine.objects.filter(capture__isnull=False).count() == 2


def read(channel: Channel, layout: str, content: bytes, day: date, clock: FixedClock) -> None:
    actions.take_statement(
        actor=town.CLERK, channel_id=channel.pk, day=day, layout=layout, content=content, file_name="x.csv", clock=clock
    )


def account_of(channel: Channel, rows: list[Row], day: date = DAY) -> bytes:
    return statement_files.statement(rows, "bank", channel.merchant_id, day)


def kinds() -> list[tuple[str, int | None, int | None]]:
    return [(row.kind, row.theirs_fen, row.ours_fen) for row in queries.differences(town.CLERK)]


def test_what_a_bank_debited_and_gave_back_stands_in_its_statement(clock: FixedClock) -> None:
    channel = bank_of()
    for bill in bills(clock, "甲乙"):
        payments.sign_debit(
            actor=town.CLERK, resident_id=bill.resident_id, channel_id=channel.pk, agreement_no=f"DK-{bill.pk:04d}",
            holder="甲", signed_on=date(2024, 10, 1), clock=clock,
        )  # fmt: skip
    run = payments.make_run(actor=town.CLERK, channel_id=channel.pk, area_code=town.COUNTY, clock=clock)
    answer = bank_side.answered(debits.file_of(run), clock.now(), "all")
    payments.take_answer(actor=town.CLERK, content=answer, clock=clock)
    row = decided(Payment.objects.order_by("pk")[0], clock)
    payments.send_by_hand(actor=town.CLERK, application_id=row.pk, reference="T-1", clock=clock)
    payments.refund_arrived(actor=town.CLERK, application_id=row.pk, clock=clock)
    collected = [Row(one.serial, str(one.bill_id), one.fen, one.at) for one in bank_side.collected_in(answer)]
    clock.move(timedelta(days=1))

    # The refund is missing in the first bank's file, so ours is listed; a day later it comes under our reference.
    read(channel, "bank", account_of(channel, collected), DAY, clock)
    assert kinds() == [("only_ours", None, 40000)]
    clock.move(timedelta(days=1))
    back = [Row("B9", "", 40000, clock.now() - timedelta(days=1), "T-1")]
    read(channel, "bank", account_of(channel, back, NEXT), NEXT, clock)
    assert kinds() == []


def test_one_transfer_of_an_institution_is_one_line(clock: FixedClock) -> None:
    channel = bank_of("village", "collective_list", None)
    for at, some in enumerate((bills(clock, "甲乙"), bills(clock, "丙"))):
        made = payments.make_list(
            actor=town.EAST_CLERK, channel_id=channel.pk, area_code=town.EAST, institution="东村",
            bill_ids=[bill.pk for bill in some], clock=clock,
        )  # fmt: skip
        payments.record_transfer(
            actor=town.CLERK, list_id=made.pk, amount_fen=made.sum_fen, reference=f"R-{at}", paid_at=clock.now(),
            clock=clock,
        )  # fmt: skip
    paid_at = clock.now()
    clock.move(timedelta(days=1))
    rows = [Row("R-0", "", 80000, paid_at)]
    read(channel, "bank", account_of(channel, rows), DAY, clock)

    assert StatementLine.objects.get().paid_list is not None
    assert kinds() == [("only_ours", None, 40000)]


def test_slips_and_card_receipts_are_held_against_the_counters_account(clock: FixedClock) -> None:
    account = bank_of("counter_bank", "counter_bank", ("收款账户", "Account of the counters"))
    taken = [
        payments.take_counter_payment(
            actor=town.CLERK, bill_id=bill.pk, amount_fen=bill.payable_fen, key=str(bill.pk), method=method, clock=clock
        )
        for bill, method in zip(bills(clock, "甲乙丙"), ("cash", "pos", "pos"), strict=True)
    ]  # fmt: skip
    slip = payments.hand_in(
        actor=town.CLERK, pooling_area=town.FUND, payment_ids=[taken[0].pk], shortage_ids=[], clock=clock,
        slip=payments.Slip(bank="农行", slip_no="J-1", deposited_on=DAY, amount_fen=40000, picture=SLIP),
    )  # fmt: skip
    at = clock.now()
    clock.move(timedelta(days=1))
    rows = [Row("J-1", "", 39900, at), Row(taken[1].receipt_no, "", 40000, at), Row("J-7", "", 100, at)]
    read(account, "bank", account_of(account, rows), DAY, clock)

    found = {row.kind: row for row in queries.differences(town.CLERK)}
    assert (found["amount_differs"].theirs_fen, found["amount_differs"].ours_fen) == (39900, slip.amount_fen)
    assert found["only_ours"].payment_id == taken[2].pk
    assert found["only_theirs"].theirs_fen == 100
    assert StatementLine.objects.get(payment=taken[1]).number == taken[1].receipt_no


def test_money_that_comes_later_with_another_sum_stays_a_difference(clock: FixedClock) -> None:
    out = bank(clock)
    bill = bills(clock, "甲")[0]
    trade = push_side.take(out.side, "S1", bill.payable_fen)
    told = push_side.telling(out.side, replace(trade, paid_fen=39900), bill.pk)
    rows = statement_files.rows_of(out.side)
    clock.move(timedelta(days=1))
    read(out.channel, "bank", statement_files.statement(rows, "bank", out.side.merchant_id, DAY), DAY, clock)
    assert kinds() == [("only_theirs", 40000, None)]
    assert out.tell(told).status == 401, "too old to be believed"
    late = push_side.telling(out.side, replace(trade, paid_fen=39900), bill.pk)
    assert out.tell(late).status == 200

    actions.match_again(actor=town.CLERK, channel_id=out.channel.pk, clock=clock)

    assert kinds() == [("amount_differs", 40000, 39900)]


def test_what_must_be_handed_on_is_due_late_and_there(clock: FixedClock) -> None:
    out = cashier("wechat_pay")(clock)
    channel, merchant = out.channel, out.side.merchant_id
    rows = statement_files.rows_of(out.side)
    clock.move(timedelta(days=3))
    assert queries.lateness(town.CLERK, clock.today())[channel.pk].unstated == (DAY,)
    read(channel, "wechat", statement_files.statement(rows, "wechat", merchant, DAY), DAY, clock)
    # 1 November 2024 is a Friday, so the next working day is Monday the 4th: it is that day.
    row = Remittance.objects.get()
    assert (row.due_on, row.expected_fen) == (date(2024, 11, 4), 80000)
    assert queries.lateness(town.CLERK, clock.today())[channel.pk].overdue_fen == 0
    clock.move(timedelta(days=3))
    how = queries.lateness(town.CLERK, clock.today())[channel.pk]
    assert (how.overdue_fen, how.oldest_due, how.worst_days, how.unstated) == (80000, row.due_on, 3, ())
    actions.follow(actor=town.CLERK, remittance_id=row.pk)
    with pytest.raises(Refusal, match="remittance_not_found"):
        actions.follow(actor=town.OTHER_CLERK, remittance_id=row.pk)

    def arrived(how: str, on: date = date(2024, 11, 6)) -> int:
        content = statement_files.arrivals({merchant: rows}, DAY, on, how)
        return actions.take_arrivals(actor=town.CLERK, content=content, clock=clock)

    with pytest.raises(Refusal, match="bad_statement"):
        arrived("late", clock.today())
    assert arrived("all") == 1
    assert arrived("all") == 0, "the same rows again are no news"
    with pytest.raises(Refusal, match="bad_statement"):
        arrived("wrong")
    row.refresh_from_db()
    assert (row.agrees, row.owner.endswith("孙会计")) == (True, True)
    assert queries.lateness(town.CLERK, clock.today())[channel.pk].worst_days == 2
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE reconciliation_remittance SET arrived_fen = 1")


def test_less_than_is_due_stays_open(clock: FixedClock) -> None:
    out = cashier("alipay")(clock)
    rows = statement_files.rows_of(out.side)
    clock.move(timedelta(days=4))
    read(out.channel, "alipay", statement_files.statement(rows, "alipay", out.side.merchant_id, DAY), DAY, clock)
    content = statement_files.arrivals({out.side.merchant_id: rows}, DAY, date(2024, 11, 4), "wrong")
    actions.take_arrivals(actor=town.CLERK, content=content, clock=clock)
    open_row = queries.not_there(town.CLERK).get()
    assert (open_row.expected_fen, open_row.arrived_fen, open_row.agrees) == (80000, 79900, False)

    def rest(fen: str, reference: str) -> int:
        head = content.decode("utf-8-sig").splitlines()[0]
        text = f"{head}\n2024-11-05,{out.side.merchant_id},{DAY},{fen},{reference}\n"
        return actions.take_arrivals(actor=town.CLERK, content=text.encode(), clock=clock)

    with pytest.raises(Refusal, match="bad_statement"):
        rest("1.00", open_row.reference)
    with pytest.raises(IntegrityError, match="sum of its arrivals"), transaction.atomic():
        Remittance.objects.update(arrived_fen=80000)
    assert (rest("1.00", "R-2"), rest("1.00", "R-2")) == (1, 0)
    assert actions.take_arrivals(actor=town.CLERK, content=content, clock=clock) == 0
    open_row.refresh_from_db()
    assert (open_row.agrees, open_row.arrived_on, open_row.reference) == (True, date(2024, 11, 5), "R-2")
    assert not queries.not_there(town.CLERK).exists()
    with pytest.raises(Refusal, match="bad_statement"):
        rest("1.00", "R-3")


def test_a_statement_is_read_before_the_holidays_of_the_day_due_are_known(clock: FixedClock) -> None:
    out = bank(clock)
    clock.moment = shanghai(2090, 12, 28, 9, 30)
    push_side.take(out.side, "S1", 40000)
    rows, day = statement_files.rows_of(out.side), clock.today()
    clock.move(timedelta(days=3))
    read(out.channel, "bank", statement_files.statement(rows, "bank", out.side.merchant_id, day), day, clock)
    row = queries.not_there(town.CLERK).get()
    assert (row.due_on, queries.lateness(town.CLERK, clock.today())[out.channel.pk].worst_days) == (None, 0)

    HolidayCalendar.objects.create(
        year=2090, holidays=[], make_up_days=[], source="国务院", loaded_at=clock.now(), actor_name="管理员"
    )
    content = statement_files.arrivals({out.side.merchant_id: rows}, day, clock.today())
    actions.take_arrivals(actor=town.CLERK, content=content, clock=clock)
    row.refresh_from_db()
    assert (row.due_on, row.agrees) == (date(2090, 12, 29), True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Remittance.objects.update(due_on=None)


@pytest.mark.parametrize(
    ("change", "row", "column"),
    [
        (("16", "17"), 2, "账期"),
        (("400.00", "x"), 2, "金额"),
        ((f",{DAY}", ",2024-13-01"), 2, "账期"),
        (("凭证号", "别的"), 1, "凭证号"),
    ],
)
def test_rows_that_belong_to_nothing_are_named(
    change: tuple[str, str], row: int, column: str, clock: FixedClock
) -> None:
    text = f"入账日期,商户号,账期,金额,凭证号\n{DAY},1600000000,{DAY},400.00,R1\n".replace(*change)
    with pytest.raises(Refusal) as bad:
        actions.take_arrivals(actor=town.CLERK, content=text.encode(), clock=clock)
    assert bad.value.code == "bad_statement" and column in bad.value.zh and f"第{row}行" in bad.value.zh
