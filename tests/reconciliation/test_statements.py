"""Statements: read or refused with row and column, once, matched with what came, and every difference until it goes."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from canbao.billing import actions as billing
from canbao.kernel.clock import FixedClock, shanghai
from canbao.kernel.refusals import Refusal
from canbao.payments.models import Capture
from canbao.reconciliation import actions, layouts, queries
from canbao.reconciliation.layouts import LAYOUTS, WECHAT_COLUMNS, BadStatement, Line
from canbao.reconciliation.models import Difference, Statement, StatementLine
from tests import town
from tests.payments.outside import Outside, outside
from tests.town import books, clock

__all__ = ["books", "clock"]
DAY = date(2024, 11, 1)
NEXT = shanghai(2024, 11, 2, 9)


def wechat(*rows: dict[str, str], merchant: str = "m", totals: bool = True) -> bytes:
    """A bill as WeChat gives it: every value after a backtick, the totals below."""
    known = {"交易时间": f"{DAY} 09:30:00", "商户号": merchant, "货币种类": "CNY", "交易状态": "SUCCESS"}
    told = [{**dict.fromkeys(WECHAT_COLUMNS, "0"), **known, **row} for row in rows]
    lines = [",".join(WECHAT_COLUMNS), *(",".join(f"`{row[name]}" for name in WECHAT_COLUMNS) for row in told)]
    if totals:

        def total(column: str, state: str) -> str:
            fen = sum(layouts.fen_of(row[column]) or 0 for row in told if row["交易状态"] == state)
            return f"{fen // 100}.{fen % 100:02d}"

        lines.append("总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额")
        sums = (str(len(told)), "0", "0", "0", "0", total("订单金额", "SUCCESS"), total("申请退款金额", "REFUND"))
        lines.append(",".join(f"`{value}" for value in sums))
    return "\ufeff".encode() + "\r\n".join(lines).encode()


def paid_row(number: str = "4200001", yuan: str = "400.00", **further: str) -> dict[str, str]:
    return {"微信订单号": number, "商户订单号": f"t{number}", "订单金额": yuan, **further}


def read(content: bytes, layout: str = "wechat") -> list[Line]:
    return layouts.read(content, LAYOUTS[layout], merchant_id="m", day=DAY)


def faults(content: bytes, layout: str = "wechat") -> list[tuple[int, str]]:
    with pytest.raises(BadStatement) as bad:
        read(content, layout)
    return [(fault.row, fault.column) for fault in bad.value.faults]


def test_every_layout_is_read() -> None:
    refund = {"交易状态": "REFUND", "微信订单号": "4200001", "商户退款单号": "r1", "申请退款金额": "400.00"}
    lines = read(wechat(paid_row(), refund))
    assert [(one.row, one.kind, one.number, one.amount_fen) for one in lines] == [
        (2, "paid", "4200001", 40000), (3, "returned", "r1", 40000),
    ]  # fmt: skip
    assert lines[0].at == shanghai(2024, 11, 1, 9, 30)
    alipay = (
        "#支付宝业务明细查询\n支付宝交易号,商户订单号,业务类型,完成时间,订单金额（元）,退款批次号/请求号\n"
        "2024110122,t1,交易,2024-11-01 23:59:59,400,\n2024110122,t1,退款,2024-11-01 23:59:59,-400.0,r7\n#合计 1 笔\n"
    )
    assert [(one.number, one.amount_fen) for one in read(alipay.encode("gb18030"), "alipay")] == [
        ("2024110122", 40000), ("r7", 40000),
    ]  # fmt: skip
    bank = (
        "流水号,订单号,金额,交易时间,类型,退款单号,商户号\n"
        "b1,7,380.5,2024-11-01 00:00:00,收款,,m\nb2,8,1,2024-11-01 00:00:00,失败,,m\n"
    )
    assert [(one.number, one.amount_fen) for one in read(bank.encode(), "bank")] == [("b1", 38050)]
    tax = "缴费流水号,应缴单编号,实缴金额,缴费时间,缴费状态,退费流水号\nx1,7,380,2024-11-01 08:00:00,已缴费,\n"
    assert [(one.trade_no, one.amount_fen) for one in read(tax.encode(), "tax")] == [("7", 38000)]


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (b"", [(0, "")]),
        (b"\xff\xfe\x00", [(0, "")]),
        ("甲,乙\n1,2\n".encode(), [(1, "交易时间")]),
        (wechat(paid_row(yuan="4e2")), [(2, "订单金额")]),
        (wechat(paid_row(yuan="400.001")), [(2, "订单金额")]),
        (wechat(paid_row(yuan="0.00")), [(2, "订单金额")]),
        (wechat(paid_row(), paid_row()), [(3, "微信订单号")]),
        (wechat(paid_row(number="")), [(2, "微信订单号")]),
        (wechat(paid_row(交易时间="2024-10-31 23:59:59")), [(2, "交易时间")]),
        (wechat(paid_row(交易时间="昨天")), [(2, "交易时间")]),
        (wechat(paid_row(交易状态="CLOSED")), [(2, "交易状态")]),
        (wechat(paid_row(货币种类="USD")), [(2, "货币种类")]),
        (wechat(paid_row(), merchant="another"), [(2, "商户号")]),
        (wechat(paid_row(), totals=False), [(0, "总交易单数"), (0, "订单总金额"), (0, "申请退款总金额")]),
        (wechat(paid_row()).replace(b"`1,", b"`2,"), [(4, "总交易单数")]),
        (wechat(paid_row()).replace(b"`CNY,", b""), [(2, "")]),
    ],
)
def test_what_cannot_be_read_is_named_by_row_and_column(content: bytes, where: list[tuple[int, str]]) -> None:
    assert faults(content) == where


@pytest.fixture
def out(clock: FixedClock) -> Outside:
    return outside(clock, "wechat_pay")


def money(out: Outside, clock: FixedClock, name: str = "张桂兰") -> Capture:
    person = town.enrolled(name, date(1980, 5, 1))
    bill = billing.issue_bill(actor=town.CLERK, resident_id=person.pk, benefit_year=town.YEAR, clock=clock)
    trade = out.trade(out.begin(bill.pk))
    out.side.pay(trade)
    out.tell(out.telling(trade))
    return Capture.objects.order_by("-pk")[0]


def row_of(capture: Capture, yuan: str = "400.00") -> dict[str, str]:
    at = f"{capture.paid_at.astimezone(NEXT.tzinfo):%Y-%m-%d %H:%M:%S}"
    return paid_row(capture.transaction_id, yuan, 交易时间=at, 商户订单号=capture.meant_for)


def take(out: Outside, clock: FixedClock, content: bytes, day: date = DAY) -> Statement:
    return actions.take_statement(
        actor=town.CLERK, channel_id=out.channel.pk, day=day, layout="wechat", content=content, file_name="账单.csv",
        clock=clock,
    )  # fmt: skip


def after(clock: FixedClock, moment: datetime = NEXT) -> FixedClock:
    clock.move(moment - clock.now())
    return clock


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("books")
def test_a_statement_counts_once_and_a_contradicting_one_never(out: Outside, clock: FixedClock) -> None:
    capture = money(out, clock)
    content = wechat(row_of(capture), merchant=out.channel.merchant_id)
    with pytest.raises(Refusal, match="statement_day_not_over"):
        take(out, clock, content)
    after(clock)
    first = take(out, clock, content)
    assert (first.lines, first.paid_fen, Difference.objects.count()) == (1, 40000, 0)
    assert StatementLine.objects.get().capture_id == capture.pk
    assert take(out, clock, content).pk == first.pk
    assert take(out, clock, content + b"\r\n").pk == first.pk, "another file that says the same"
    other = wechat(row_of(capture, "399.00"), merchant=out.channel.merchant_id)
    with pytest.raises(Refusal, match="contradicts"):
        take(out, clock, other)
    clock.move(timedelta(days=1))
    moved = {**row_of(capture), "交易时间": f"{DAY + timedelta(days=1)} 08:00:00"}
    with pytest.raises(Refusal, match="told_before"):
        take(out, clock, wechat(moved, merchant=out.channel.merchant_id), DAY + timedelta(days=1))
    assert (Statement.objects.count(), StatementLine.objects.count()) == (1, 1)
    with pytest.raises(Refusal) as bad:
        take(out, clock, wechat(paid_row(yuan="x"), merchant=out.channel.merchant_id), DAY - timedelta(days=1))
    assert bad.value.code == "bad_statement" and "订单金额" in bad.value.zh and "2" in bad.value.en


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("books")
def test_what_does_not_agree_is_listed_and_goes_when_the_missing_side_comes(out: Outside, clock: FixedClock) -> None:
    ours, unequal = money(out, clock), money(out, clock, "孙二")
    late = paid_row("4200009")
    after(clock)
    take(out, clock, wechat(row_of(unequal, "399.00"), late, merchant=out.channel.merchant_id))
    found = {row.kind: row for row in queries.differences(town.CLERK)}
    assert set(found) == {"only_ours", "only_theirs", "amount_differs"}
    assert (found["amount_differs"].theirs_fen, found["amount_differs"].ours_fen) == (39900, 40000)
    assert found["only_ours"].capture_id == ours.pk
    assert queries.differences(town.OTHER_CLERK).count() == 0

    # The channel's day ended earlier than ours: the line stands in the statement of the day after.
    clock.move(timedelta(days=1))
    moved = {**row_of(ours), "交易时间": f"{DAY + timedelta(days=1)} 00:00:01"}
    take(out, clock, wechat(moved, merchant=out.channel.merchant_id), DAY + timedelta(days=1))
    found["only_ours"].refresh_from_db()
    assert (found["only_ours"].resolved_at, found["only_ours"].resolved_by) == (clock.now(), "")
    assert queries.differences(town.CLERK).count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("books")
def test_a_difference_is_taken_on_and_explained_once(out: Outside, clock: FixedClock) -> None:
    after(clock)
    take(out, clock, wechat(paid_row(), merchant=out.channel.merchant_id))
    row = queries.differences(town.CLERK).get()
    actions.take_on(actor=town.CLERK, difference_id=row.pk)
    with pytest.raises(Refusal, match="explanation_missing"):
        actions.explain(actor=town.CLERK, difference_id=row.pk, explanation=" ", clock=clock)
    with pytest.raises(Refusal, match="difference_not_found"):
        actions.explain(actor=town.OTHER_CLERK, difference_id=row.pk, explanation="x", clock=clock)
    done = actions.explain(actor=town.CLERK, difference_id=row.pk, explanation="他市的钱，已通知对方", clock=clock)
    assert (done.owner_id, done.resolved_by.endswith("孙会计")) == (town.CLERK.actor_id, True)
    with pytest.raises(Refusal, match="already_resolved"):
        actions.take_on(actor=town.CLERK, difference_id=row.pk)
    actions.match_again(actor=town.CLERK, channel_id=out.channel.pk, clock=clock)
    assert Difference.objects.count() == 1
    for change in ("explanation = 'y'", "theirs_fen = 1"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE reconciliation_difference SET {change} WHERE id = %s", [row.pk])
    for change in ("amount_fen = 1", "number = 'z'"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE reconciliation_statementline SET {change}")


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("books")
def test_nothing_of_ours_is_matched_twice(out: Outside, clock: FixedClock) -> None:
    capture = money(out, clock)
    after(clock)
    take(out, clock, wechat(row_of(capture), paid_row("4200002"), merchant=out.channel.merchant_id))
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE reconciliation_statementline SET capture_id = %s WHERE capture_id IS NULL", [capture.pk])
