"""Statement files as channels, banks and the tax bureau give them, and what is wrong with one: row, column, sentence.

A layout is data: the names of the columns and the words of their states. WeChat's is that of its public documents; for
Alipay, banks and the tax bureau no official list of columns was found: theirs are ours until a partner shows his.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from canbao.kernel.clock import SHANGHAI

BYTES_MAX = 50_000_000
_YUAN = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,2})?")


@dataclass(frozen=True, slots=True)
class Fault:
    """`row` is 1 for the first line of the file; 0 for the file as a whole."""

    row: int
    column: str
    zh: str
    en: str


class BadStatement(Exception):
    """A file that is no statement of this channel. Nothing of it is kept."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of either kind (`paid`, `returned`), as StatementLine keeps it."""

    row: int
    kind: str
    number: str
    trade_no: str
    amount_fen: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Layout:
    """Column names of one kind of file. `state` says of which kind a row is; other words are passed over.

    `summary` are the columns of the totals under the rows, where a layout has them: rows, paid, returned.
    """

    code: str
    name: tuple[str, str]
    number: str
    trade_no: str
    amount: str
    at: str
    state: str
    paid: tuple[str, ...]
    returned: tuple[str, ...]
    passed: tuple[str, ...]
    returned_number: str
    returned_amount: str
    merchant: str = ""
    columns: int = 0
    encoding: str = "utf-8-sig"
    comment: str = ""
    quote: str = ""
    summary: tuple[str, str, str] | None = None
    currency: tuple[str, str] = ("", "")


WECHAT_COLUMNS = (
    "交易时间", "公众账号ID", "商户号", "特约商户号", "设备号", "微信订单号", "商户订单号", "用户标识", "交易类型",
    "交易状态", "付款银行", "货币种类", "应结订单金额", "代金券金额", "微信退款单号", "商户退款单号", "退款金额",
    "充值券退款金额", "退款类型", "退款状态", "商品名称", "商户数据包", "手续费", "费率", "订单金额", "申请退款金额",
    "费率备注",
)  # fmt: skip

LAYOUTS: Mapping[str, Layout] = {
    layout.code: layout
    for layout in (
        Layout(
            code="wechat", name=("微信支付交易账单", "WeChat Pay trade bill"), number="微信订单号",
            trade_no="商户订单号", amount="订单金额", at="交易时间", state="交易状态", paid=("SUCCESS",),
            returned=("REFUND",), passed=("REVOKED",), returned_number="商户退款单号", returned_amount="申请退款金额",
            merchant="商户号", columns=len(WECHAT_COLUMNS), quote="`", currency=("货币种类", "CNY"),
            summary=("总交易单数", "订单总金额", "申请退款总金额"),
        ),
        Layout(
            code="alipay", name=("支付宝业务明细", "Alipay detail"), number="支付宝交易号", trade_no="商户订单号",
            amount="订单金额（元）", at="完成时间", state="业务类型", paid=("交易",), returned=("退款",), passed=(),
            returned_number="退款批次号/请求号", returned_amount="订单金额（元）", encoding="gb18030", comment="#",
        ),
        Layout(
            code="bank", name=("银行流水", "bank statement"), number="流水号", trade_no="订单号", amount="金额",
            at="交易时间", state="类型", paid=("收款",), returned=("退款",), passed=("失败",),
            returned_number="退款单号", returned_amount="金额", merchant="商户号",
        ),
        Layout(
            code="tax", name=("税务缴费清单", "tax bureau's list"), number="缴费流水号", trade_no="应缴单编号",
            amount="实缴金额", at="缴费时间", state="缴费状态", paid=("已缴费",), returned=("已退费",),
            passed=("未缴费", "缴费失败"), returned_number="退费流水号", returned_amount="实缴金额",
        ),
    )
}  # fmt: skip
FAULTS_MAX = 100


def digest_of(lines: Sequence[Line]) -> str:
    """sha256 of what the lines say, whatever their order."""
    said = sorted(f"{one.kind}|{one.number}|{one.trade_no}|{one.amount_fen}|{one.at.isoformat()}" for one in lines)
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


@dataclass(slots=True)
class _Reading:
    layout: Layout
    merchant_id: str
    day: date
    faults: list[Fault] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    first_row: dict[tuple[str, str], int] = field(default_factory=dict)

    def fault(self, row: int, column: str, zh: str, en: str) -> None:
        self.faults.append(Fault(row, column, zh, en))


def read(content: bytes, layout: Layout, *, merchant_id: str, day: date) -> list[Line]:
    """The rows of a statement of one day. Raises BadStatement with every fault, up to FAULTS_MAX."""
    reading = _Reading(layout, merchant_id, day)
    try:
        text = content.decode(layout.encoding)
    except UnicodeDecodeError:
        zh, en = f"不是{layout.encoding}编码的文本", f"the file is no text in {layout.encoding}"
        raise BadStatement([Fault(0, "", zh, en)]) from None
    rows = [
        (number, [cell.strip().removeprefix(layout.quote).strip() for cell in cells])
        for number, cells in enumerate(csv.reader(io.StringIO(text)), start=1)
        if any(cell.strip() for cell in cells) and not (layout.comment and cells[0].lstrip().startswith(layout.comment))
    ]
    if not rows:
        raise BadStatement([Fault(0, "", "文件是空的", "the file is empty")])
    head = _head(reading, *rows[0])
    body, totals = _parted(layout, rows[1:])
    for number, cells in body:
        if len(cells) != len(head):
            reading.fault(
                number, "", f"有{len(cells)}列，应有{len(head)}列", f"has {len(cells)} columns instead of {len(head)}"
            )
            continue
        _take(reading, number, dict(zip(head, cells, strict=True)))
    if totals is not None and not reading.faults:
        _hold_totals(reading, len(body), totals)
    if reading.faults:
        raise BadStatement(reading.faults[:FAULTS_MAX])
    return reading.lines


def _head(reading: _Reading, number: int, head: list[str]) -> list[str]:
    layout = reading.layout
    wanted = {
        layout.number, layout.trade_no, layout.amount, layout.at, layout.state, layout.returned_number,
        layout.returned_amount, *([layout.merchant] if layout.merchant else []),
    }  # fmt: skip
    missing = sorted(wanted - set(head))
    if missing or (layout.columns and len(head) != layout.columns):
        told = "、".join(missing) or f"{layout.columns}列"
        fault = Fault(
            number, missing[0] if missing else "", f"表头不是{layout.name[0]}的，缺少：{told}",
            f"no head of the {layout.name[1]}: {', '.join(missing) or f'{layout.columns} columns'} missing",
        )  # fmt: skip
        raise BadStatement([fault])
    return head


Rows = list[tuple[int, list[str]]]


def _parted(layout: Layout, rows: Rows) -> tuple[Rows, tuple[int, dict[str, str]] | None]:
    """The rows, and the totals under them with their row, where the layout has some."""
    if layout.summary is None:
        return rows, None
    for at, (_, cells) in enumerate(rows):
        if cells[0] == layout.summary[0]:
            if at + 1 == len(rows):
                return rows[:at], (rows[at][0], {})
            return rows[:at], (rows[at + 1][0], dict(zip(cells, rows[at + 1][1], strict=False)))
    return rows, (0, {})


def _take(reading: _Reading, number: int, cells: dict[str, str]) -> None:
    layout = reading.layout
    state = cells[layout.state]
    if state in layout.passed:
        return
    kind = "paid" if state in layout.paid else "returned" if state in layout.returned else ""
    if not kind:
        reading.fault(number, layout.state, f"不认识的状态“{state}”", f"unknown state “{state}”")
        return
    if layout.merchant and cells[layout.merchant] != reading.merchant_id:
        reading.fault(
            number, layout.merchant, f"商户号是{cells[layout.merchant]}，本渠道是{reading.merchant_id}",
            f"the merchant is {cells[layout.merchant]}, this channel's is {reading.merchant_id}",
        )  # fmt: skip
    column, currency = layout.currency
    if column and cells[column] != currency:
        reading.fault(number, column, f"货币是{cells[column]}，应为{currency}", f"the currency is {cells[column]}")
    name_column = layout.number if kind == "paid" else layout.returned_number
    name = cells[name_column]
    if not name or len(name) > 64:
        reading.fault(number, name_column, "没有流水号，或太长", "the number is missing or too long")
    earlier = reading.first_row.setdefault((kind, name), number)
    if earlier != number:
        zh, en = f"流水号{name}与第{earlier}行重复", f"{name} stands in row {earlier} already"
        reading.fault(number, name_column, zh, en)
    amount_column = layout.amount if kind == "paid" else layout.returned_amount
    amount = fen_of(cells[amount_column])
    if amount is None or amount == 0:
        zh, en = (
            f"金额“{cells[amount_column]}”不是大于0、最多两位小数的数",
            f"“{cells[amount_column]}” is no sum of yuan",
        )
        reading.fault(number, amount_column, zh, en)
    at = _moment(cells[layout.at])
    if at is None:
        told = cells[layout.at]
        reading.fault(number, layout.at, f"时间“{told}”应写作2024-11-01 09:30:00", f"“{told}” is no time of day")
    elif at.date() != reading.day:
        zh, en = f"是{at.date()}的，本对账单是{reading.day}的", f"is of {at.date()}, the statement of {reading.day}"
        reading.fault(number, layout.at, zh, en)
    if not reading.faults and amount and at:
        reading.lines.append(Line(number, kind, name, cells[layout.trade_no][:64], amount, at))


def fen_of(text: str) -> int | None:
    """Yuan as whole fen; a refund may be written with a minus. No float touches money."""
    if not _YUAN.fullmatch(text):
        return None
    whole, _, part = text.removeprefix("-").partition(".")
    return int(whole) * 100 + int(part.ljust(2, "0"))


def _moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI)
    except ValueError:
        return None


def _hold_totals(reading: _Reading, rows: int, totals: tuple[int, dict[str, str]]) -> None:
    row, told = totals
    assert reading.layout.summary is not None
    count, paid, returned = reading.layout.summary
    sums = {kind: sum(line.amount_fen for line in reading.lines if line.kind == kind) for kind in ("paid", "returned")}
    for column, said, own in (
        (count, told.get(count), str(rows)), (paid, fen_of(told.get(paid, "")), sums["paid"]),
        (returned, fen_of(told.get(returned, "")), sums["returned"]),
    ):  # fmt: skip
        if said != own:
            zh, en = "合计与明细不符，文件可能不完整", "the total is not that of the rows: the file may be cut off"
            reading.fault(row, column, zh, en)
