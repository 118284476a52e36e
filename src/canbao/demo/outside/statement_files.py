"""The statement of a day that each simulated partner gives, properly or with a fault on purpose."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from canbao.demo.outside.side import PAID, RETURNED, Side
from canbao.kernel.clock import SHANGHAI
from canbao.kernel.fen import yuan_from_fen

WAYS = ("all", "missing", "doubled", "wrong", "more", "late", "totals")
"""Proper; without its first row; the first row twice; a yuan less in the first row; a row that nobody paid; the last
row of the day not there, and in the file of the next day; totals that do not fit (where a file has totals)."""
LAYOUT_OF = {"wechat_pay": "wechat", "alipay": "alipay"}
_TAX = ("tax", "terminal")
_FEN_LESS = 100
_AFTER_MIDNIGHT = timedelta(seconds=3)
_DAYS_LATE = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `number` is the transaction; `refund_number` names the refund where one went back."""

    number: str
    trade_no: str
    fen: int
    at: datetime
    refund_number: str = ""

    @property
    def moment(self) -> str:
        return self.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")

    @property
    def day(self) -> date:
        return self.at.astimezone(SHANGHAI).date()


def layout_of(side: Side) -> str:
    """Which kind of file the side gives."""
    return LAYOUT_OF.get(side.kind) or ("tax" if any(word in side.name for word in _TAX) else "bank")


def rows_of(side: Side) -> list[Row]:
    """Everything that the side took and gave back, by time."""
    rows = []
    for trade in side.trades.values():
        if trade.state != PAID or trade.paid_at is None:
            continue
        named = str(trade.bill_id) if trade.bill_id else trade.trade_no
        rows.append(Row(trade.transaction_id, named, trade.paid_fen, trade.paid_at))
        rows += [
            Row(trade.transaction_id, named, trade.paid_fen, trade.refunded_at[number], number)
            for number, state in trade.refunds.items()
            if state == RETURNED
        ]
    return sorted(rows, key=lambda row: (row.at, row.number, row.refund_number))


def statement(rows: Sequence[Row], layout: str, merchant_id: str, day: date, how: str = "all") -> bytes:
    """The file of one day in a layout of the program."""
    of_day = _spoilt(rows, day, how)
    return _WRITERS[layout](of_day, merchant_id, how == "totals")


def _spoilt(rows: Sequence[Row], day: date, how: str) -> list[Row]:
    own = [row for row in rows if row.day == day]
    if how == "missing":
        return own[1:]
    if how == "doubled":
        return [*own[:1], *own]
    if how == "wrong":
        return [replace(row, fen=row.fen - _FEN_LESS) if at == 0 else row for at, row in enumerate(own)]
    if how == "more":
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=SHANGHAI)
        return [*own, Row(f"9{day:%Y%m%d}0001", "unknown", 40000, noon)]
    if how == "late":
        before = [row for row in rows if row.day == day - timedelta(days=1)][-1:]
        midnight = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
        return [*(replace(row, at=midnight + _AFTER_MIDNIGHT) for row in before), *own[:-1]]
    return own


def arrivals(taken: Mapping[str, Sequence[Row]], day: date, arrived_on: date, how: str = "all") -> bytes:
    """The statement of the fund's account: what each merchant handed on of the day, by merchant id.

    `missing` leaves the first merchant out, `wrong` lets a yuan of his be missing, `late` brings him three days later.
    """
    rows: list[tuple[date, str, int]] = []
    for merchant_id, all_rows in sorted(taken.items()):
        own = [row for row in all_rows if row.day == day]
        paid, back = _sums(own)
        if paid > back:
            rows.append((arrived_on, merchant_id, paid - back))
    if rows and how == "missing":
        rows = rows[1:]
    elif rows and how == "wrong":
        rows[0] = (rows[0][0], rows[0][1], rows[0][2] - _FEN_LESS)
    elif rows and how == "late":
        rows[0] = (rows[0][0] + _DAYS_LATE, *rows[0][1:])
    head = ["入账日期", "商户号", "账期", "金额", "凭证号"]
    lines = [
        [at.isoformat(), merchant_id, day.isoformat(), yuan_from_fen(fen), f"R{day:%Y%m%d}-{merchant_id}"]
        for at, merchant_id, fen in rows
    ]
    return _csv([head, *lines]).encode()


def _wechat(rows: Sequence[Row], merchant_id: str, badly: bool) -> bytes:
    head = (
        "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,"
        "代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,"
        "申请退款金额,费率备注"
    )
    lines = [head]
    for row in rows:
        back = bool(row.refund_number)
        yuan, nothing = yuan_from_fen(row.fen), "0.00"
        cells = [
            row.moment, f"app{merchant_id}", merchant_id, "0", "", row.number, row.trade_no, "o0", "MWEB",
            "REFUND" if back else "SUCCESS", "OTHERS", "CNY", nothing if back else yuan, nothing,
            f"50{row.number}" if back else "0", row.refund_number or "0", yuan if back else nothing, nothing,
            "ORIGINAL" if back else "", "SUCCESS" if back else "", "城乡居民基本医疗保险费", "", "0.00000", "0.00%",
            nothing if back else yuan, yuan if back else nothing, "",
        ]  # fmt: skip
        lines.append(",".join(f"`{cell}" for cell in cells))
    paid, back_fen = _sums(rows)
    lines.append("总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额")
    sums = [str(len(rows) + badly), *map(yuan_from_fen, (paid, back_fen, 0, 0, paid, back_fen))]
    lines.append(",".join(f"`{value}" for value in sums))
    return "\ufeff".encode() + "\r\n".join(lines).encode() + b"\r\n"


def _alipay(rows: Sequence[Row], merchant_id: str, badly: bool) -> bytes:
    out = [["支付宝交易号", "商户订单号", "业务类型", "完成时间", "订单金额（元）", "退款批次号/请求号"]]
    for row in rows:
        back = bool(row.refund_number)
        yuan = yuan_from_fen(row.fen)
        kind = "退款" if back else "交易"
        out.append([row.number, row.trade_no, kind, row.moment, f"-{yuan}" if back else yuan, row.refund_number])
    text = f"#支付宝业务明细查询\n#账号：{merchant_id}\n{_csv(out)}#业务明细列表结束\n"
    return text.encode("gb18030")


def _bank(rows: Sequence[Row], merchant_id: str, badly: bool) -> bytes:
    out = [["流水号", "订单号", "金额", "交易时间", "类型", "退款单号", "商户号"]]
    out += [
        [row.number, row.trade_no, yuan_from_fen(row.fen), row.moment, "退款" if row.refund_number else "收款",
         row.refund_number, merchant_id]
        for row in rows
    ]  # fmt: skip
    return _csv(out).encode()


def _tax(rows: Sequence[Row], merchant_id: str, badly: bool) -> bytes:
    out = [["缴费流水号", "应缴单编号", "实缴金额", "缴费时间", "缴费状态", "退费流水号"]]
    out += [
        [row.number, row.trade_no, yuan_from_fen(row.fen), row.moment, "已退费" if row.refund_number else "已缴费",
         row.refund_number]
        for row in rows
    ]  # fmt: skip
    return _csv(out).encode()


_WRITERS: dict[str, Callable[[Sequence[Row], str, bool], bytes]] = {
    "wechat": _wechat,
    "alipay": _alipay,
    "bank": _bank,
    "tax": _tax,
}


def _csv(rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def _sums(rows: Sequence[Row]) -> tuple[int, int]:
    paid = sum(row.fen for row in rows if not row.refund_number)
    return paid, sum(row.fen for row in rows) - paid
