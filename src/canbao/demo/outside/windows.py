"""The pages of simulated partners without a cashier: a terminal that takes money by itself, and their statements."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from string import Template
from urllib.parse import quote

from canbao.demo.outside import push_side, statement_files
from canbao.demo.outside.bank_side import Collected
from canbao.demo.outside.side import Side
from canbao.demo.outside.statement_files import Row
from canbao.kernel.clock import SHANGHAI
from canbao.kernel.fen import yuan_from_fen
from canbao.payments.partners.keys import ALGORITHMS
from canbao.payments.partners.partner import Heard

HTML = {"content-type": "text/html; charset=utf-8"}
TAKING = {
    "pay": "收款并上报 · Take the money and tell",
    "thrice": "同一流水号报三次 · Tell the same serial three times",
    "late": "半分钟后才上报 · Tell half a minute late",
    "silent": "收了钱不上报（只在对账单里） · Take it and tell nothing but in the statement",
    "wrong": "少收一元 · Take one yuan less",
    "other": "同一流水号又报另一个金额 · Tell another sum under the same serial",
    "item": "选错缴费项目 · Choose the wrong item",
    "forged": "不收钱，发一个假上报 · Take nothing, and send a forged telling",
}
SAYING = {
    "all": "照实出 · As it was",
    "missing": "少一行 · Lose a row",
    "doubled": "重复一行 · A row twice",
    "wrong": "一行少一元 · A yuan less in a row",
    "more": "多一行没有的 · A row that nobody paid",
    "late": "最后一笔记到第二天 · The last row falls into the next day",
    "totals": "合计写错 · Totals that do not fit",
}
_LINE = re.compile(r"\s*([0-9A-Za-z/_-]{1,64})\s+([0-9]{1,7})(?:\.([0-9]{1,2}))?(?:\s+(退款|refund))?\s*")
_WRONG_ITEM = "别的项目"


def shown(title: str, body: str, status: int = 200) -> Heard:
    template = Template((Path(__file__).parent / "window.html").read_text(encoding="utf-8"))
    return Heard(HTML, template.substitute(title=html.escape(title), body=body).encode(), status)


def overview(sides: Sequence[Side]) -> Heard:
    """Every simulated partner, with the way to its page."""
    rows = "".join(
        f'<li><a href="/{number}">{html.escape(side.name)}</a> <small>{side.kind} · {side.merchant_id}</small></li>'
        for number, side in enumerate(sides)
    )
    further = (
        ("bank", "银行批量代扣 · Batch debits"),
        ("fund", "基金专户 · Account of the fund"),
        ("messages", "短信 · Messages"),
    )
    more = "".join(f'<li><a href="/{path}">{name}</a></li>' for path, name in further)
    return shown("模拟的对方 · Simulated partners", f"<section><ul>{rows}{more}</ul></section>")


def side_page(side: Side, number: int, today: date) -> Heard:
    """What a visitor can do here: take money, where this side starts by itself, and get the statement of a day."""
    body = _terminal(number) if side.kind == "signed_push" else ""
    return shown(f"模拟：{side.name}", f"{body}{_statement_form(f'/{number}/statement', today, side.merchant_id)}")


def pulled(side: Side, number: int, answer: Heard | None) -> Heard:
    """What the program said to the question for a bill, with the ways to take the money."""
    if answer is None:
        return shown("没有回答 · No answer", _back(number), 502)
    told = push_side.genuine_answer(side, answer)
    if "refused" in told:
        said = f"<p>{html.escape(str(told['zh']))}<br>{html.escape(str(told['en']))}</p>"
        return shown("查不到应缴单 · No bill", f"<section>{said}</section>{_back(number)}")
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{html.escape(str(told[key]))}">'
        for name, key in (("bill", "bill"), ("fen", "amount_fen"), ("item", "item"))
    )
    ways = "".join(f'<button name="how" value="{how}">{text}</button>' for how, text in TAKING.items() if how != "pay")
    item = f"<p>{html.escape(str(told['item']))}</p>" if told["item"] else ""
    return shown(
        "收款 · Take the money",
        f'<section><p class="sum">{yuan_from_fen(int(told["amount_fen"]))} 元</p>{item}'
        f'<form method="post" action="/{number}/take">{hidden}'
        f'<button class="main" name="how" value="pay">{TAKING["pay"]}</button>'
        f"<h2>出点状况 · Misbehave</h2>{ways}</form></section>{_back(number)}",
    )


def took(side: Side, number: int, fields: Mapping[str, str], serial: str) -> tuple[Heard, list[Heard]]:
    """The page after money was taken, and what is told of it, in order."""
    how, fen, bill_id = fields.get("how", "pay"), int(fields["fen"]), int(fields["bill"])
    item = fields.get("item", "")
    if how == "forged":
        false = replace(side, private=ALGORITHMS[side.algorithm].new_pair()[0], trades={})
        trade = push_side.take(false, serial, fen)
        return _done(number, serial, 0), [push_side.telling(false, trade, bill_id, item)]
    trade = push_side.take(side, serial, fen - 100 if how == "wrong" else fen)
    trade.bill_id, trade.item = bill_id, _WRONG_ITEM if how == "item" else item
    once = push_side.telling(side, trade, bill_id, trade.item)
    if how == "other":
        tellings = [once, push_side.telling(side, replace(trade, paid_fen=trade.paid_fen + 100), bill_id, trade.item)]
    else:
        tellings = [] if how == "silent" else [once] * (3 if how == "thrice" else 1)
    return _done(number, serial, trade.paid_fen), tellings


def account_page(merchant_id: str, today: date) -> Heard:
    """The statement of an account that the program speaks with by files and slips alone."""
    further = (
        '<label for="lines">这一天的其他流水，每行：编号 金额（退款的后面写“退款”）<br>'
        "<small>缴款单号、刷卡的收据号、集体缴费的凭证号。 What else moved on that day, a line each: number, yuan, "
        '“refund” if it went back. Slips, card receipts, references of transfers.</small></label><textarea id="lines" '
        'name="lines" rows="6"></textarea>'
    )
    form = _statement_form(f"/account/{quote(merchant_id)}", today, merchant_id, further)
    return shown(f"模拟银行账户 · Simulated bank account {merchant_id}", form)


def account_file(
    merchant_id: str, fields: Mapping[str, str], collected: Sequence[Collected], today: date
) -> Heard | None:
    """The statement of that account; None for lines that say nothing."""
    day = day_of(fields, today)
    rows = [Row(row.serial, str(row.bill_id), row.fen, row.at) for row in collected if row.company == merchant_id]
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=SHANGHAI)
    for at, line in enumerate(fields.get("lines", "").splitlines()):
        if not line.strip():
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            return None
        number, yuan, cents, back = found.groups()
        fen = int(yuan) * 100 + int((cents or "0").ljust(2, "0"))
        rows.append(Row(number, "", fen, noon + timedelta(seconds=at), number if back else ""))
    how = fields.get("how", "all")
    return saved(statement_files.statement(sorted(rows, key=lambda row: row.at), "bank", merchant_id, day, how), day)


def fund_page(sides: Sequence[Side], today: date) -> Heard:
    """The statement of the fund's account, where all partners hand on what they took."""
    places = "".join(f"<option>{place}</option>" for place in sorted({side.place for side in sides}))
    further = (
        f'<label for="place">哪个地方 · Which place</label><select id="place" name="place">{places}</select>'
        '<label for="arrived">哪一天到账 · When it was there</label>'
        f'<input id="arrived" name="arrived" type="date" value="{today.isoformat()}">'
    )
    return shown("模拟基金专户 · Simulated account of the fund", _statement_form("/fund", today, "", further))


def fund_file(fields: Mapping[str, str], sides: Sequence[Side], collected: Sequence[Collected], today: date) -> Heard:
    day, how = day_of(fields, today), fields.get("how", "all")
    place = fields.get("place", "")
    taken = {side.merchant_id: statement_files.rows_of(side) for side in sides if side.place == place}
    for row in (row for row in collected if row.company.startswith(place)):
        taken.setdefault(row.company, []).append(Row(row.serial, str(row.bill_id), row.fen, row.at))
    arrived = day_of({"day": fields.get("arrived", "")}, today)
    return saved(statement_files.arrivals(taken, day, arrived, how), day)


def side_file(side: Side, fields: Mapping[str, str], today: date) -> Heard:
    """The statement of a day of a side."""
    day, how = day_of(fields, today), fields.get("how", "all")
    rows, layout = statement_files.rows_of(side), statement_files.layout_of(side)
    return saved(statement_files.statement(rows, layout, side.merchant_id, day, how), day)


def saved(content: bytes, day: date) -> Heard:
    headers = {
        "content-type": "text/csv",
        "content-disposition": f'attachment; filename="statement-{day.isoformat()}.csv"',
    }
    return Heard(headers, content)


def day_of(fields: Mapping[str, str], today: date) -> date:
    try:
        return date.fromisoformat(fields.get("day", ""))
    except ValueError:
        return today


def _terminal(number: int) -> str:
    return (
        f'<section><h2>收款终端 · Terminal</h2><form method="post" action="/{number}/pull">'
        '<label for="name">姓名 · Name</label><input id="name" name="name" required autocomplete="off">'
        '<label for="id_number">证件号码 · ID number</label>'
        '<input id="id_number" name="id_number" required autocomplete="off">'
        '<button class="main">查应缴单 · Find the bill</button></form></section>'
    )


def _statement_form(action: str, today: date, merchant_id: str, further: str = "") -> str:
    ways = "".join(f'<button name="how" value="{how}">{text}</button>' for how, text in SAYING.items() if how != "all")
    method = "post" if further else "get"
    return (
        f"<section><h2>对账单 · Statement</h2><p><small>商户号 · merchant {html.escape(merchant_id)}</small></p>"
        f'<form method="{method}" action="{action}"><label for="day">哪一天 · Which day</label>'
        f'<input id="day" name="day" type="date" value="{today.isoformat()}">{further}'
        f'<button class="main" name="how" value="all">{SAYING["all"]}</button>'
        f"<p>出点状况 · Misbehave:<br>{ways}</p></form></section>"
    )


def _done(number: int, serial: str, fen: int) -> Heard:
    said = f"流水号 · serial {html.escape(serial)} · {yuan_from_fen(fen)} 元"
    return shown("完成 · Done", f"<section><p>{said}</p></section>{_back(number)}")


def _back(number: int) -> str:
    return f'<p><a href="/{number}">返回 · Back</a></p>'
