"""The simulated partners as one HTTP server of its own: `python -m canbao.demo.outside.server PORT FILE PARENT`.

The file holds what `agreements.write` wrote. A person opens the cashier page, pays or does something odd on purpose and
is led back; what happened is told to the program as the real partner would tell it, again and again until it is heard.
"""

from __future__ import annotations

import ctypes
import html
import json
import os
import secrets
import signal
import sys
import threading
import urllib.error
import urllib.request
from dataclasses import replace
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template
from urllib.parse import parse_qsl, quote, urlsplit

from canbao.demo.outside import bank_side, memory, push_side, windows
from canbao.demo.outside.languages import ANSWERING, LANGUAGES
from canbao.demo.outside.side import CLOSED, OPEN, PAID, Side, Trade
from canbao.kernel.clock import ShiftedClock
from canbao.kernel.fen import yuan_from_fen
from canbao.payments.partners.partner import Called, Heard, NotGenuine
from canbao.payments.partners.rsa import new_pair

BYTES_MAX = 512 * 1024
AGAIN_AFTER_SECONDS = (0, 3, 10, 30, 60)
LATE_SECONDS = 30
MESSAGES_SHOWN = 50
_PR_SET_PDEATHSIG = 1
_PAGES = ("cashier", "gateway.do", "frontTransReq.do")
WAYS = (
    ("late", "付款，结果半分钟后才通知 · Pay, and the result is told half a minute late"),
    ("silent", "付款，从不通知（等系统来问） · Pay, and nothing is told at all until we are asked"),
    ("thrice", "付款，同一结果通知三次 · Pay, and the same is told three times"),
    ("disorder", "付款，先通知“已关闭” · Pay, and “closed” is told first"),
    ("wrong", "少付一元 · Pay one yuan less"),
    ("forged", "不付款，发一个假通知 · Pay nothing, and send a forged telling"),
)


def form(side: Side, trade: Trade, number: int) -> str:
    if trade.state != OPEN:
        back = html.escape(trade.return_url)
        return f'<p class="done"><a href="{back}">返回商户 · Back to the shop</a></p>' if back else ""
    hidden = f'<input type="hidden" name="trade_no" value="{html.escape(trade.trade_no)}">'
    odd = "".join(f'<button name="how" value="{how}">{text}</button>' for how, text in WAYS)
    return (
        f'<form method="post" action="/{number}/cashier">{hidden}'
        '<button class="pay" name="how" value="pay">付款 · Pay</button>'
        '<button name="how" value="cancel">不付了 · Do not pay</button>'
        "<details><summary>让模拟渠道出点状况 · Let the simulation misbehave</summary>"
        f"{odd}</details></form>"
    )


def page(side: Side, trade: Trade, number: int) -> bytes:
    states = {OPEN: "待付款 · waiting", PAID: "已付款 · paid", CLOSED: "已关闭 · closed"}
    template = Template((Path(__file__).parent / "cashier.html").read_text(encoding="utf-8"))
    return template.substitute(
        name=html.escape(side.name), title=html.escape(trade.title), yuan=yuan_from_fen(trade.amount_fen),
        state=states.get(trade.state, trade.state), form=form(side, trade, number),
    ).encode()  # fmt: skip


def act(side: Side, trade: Trade, how: str) -> None:
    """What the person chose, and the tellings that follow from it."""
    if how == "cancel":
        trade.state = CLOSED
        tell(trade.report_url, [LANGUAGES[side.kind].telling(side, trade, side.event_id())])
    elif how == "forged":
        false = replace(side, private=new_pair()[0])
        false.pay(replace(trade))
        tell(trade.report_url, [LANGUAGES[side.kind].telling(false, trade, side.event_id(), PAID)], times=1)
    elif how == "disorder":
        first = LANGUAGES[side.kind].telling(side, trade, side.event_id(), CLOSED)
        side.pay(trade)
        tell(trade.report_url, [first, LANGUAGES[side.kind].telling(side, trade, side.event_id())])
    else:
        side.pay(trade, trade.amount_fen - 100 if how == "wrong" else None)
        if how == "silent":
            return
        once = LANGUAGES[side.kind].telling(side, trade, side.event_id())
        tell(trade.report_url, [once] * (3 if how == "thrice" else 1), later=LATE_SECONDS if how == "late" else 0)


def tell(url: str, tellings: list[Heard], later: int = 0, times: int = len(AGAIN_AFTER_SECONDS)) -> None:
    """Tell in the background, one after another, each until the program says that it has heard it."""

    def send() -> None:
        wait = threading.Event()
        wait.wait(later)
        for heard in tellings:
            for seconds in AGAIN_AFTER_SECONDS[:times]:
                wait.wait(seconds)
                answer = asked(url, heard)
                if answer is not None and answer.status == 200 and answer.body != b"failure":
                    break

    threading.Thread(target=send, daemon=True).start()


def asked(url: str, heard: Heard) -> Heard | None:
    """What the program answers; None if it answers nothing."""
    request = urllib.request.Request(url, data=heard.body, headers=dict(heard.headers), method="POST")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=5) as answer:
            headers = {name.lower(): value for name, value in answer.headers.items()}
            return Heard(headers, answer.read(BYTES_MAX), int(answer.status))
    except (urllib.error.URLError, OSError):
        return None


class Handler(BaseHTTPRequestHandler):
    sides: list[Side] = []
    messages: dict[str, tuple[str, str]] = {}
    collected: list[bank_side.Collected] = []
    memory: Path | None = None
    days = 0
    lock = threading.Lock()

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        self._answer(self.rfile.read(min(length, BYTES_MAX)))

    def _answer(self, body: bytes) -> None:
        parts = urlsplit(self.path)
        fields = dict(parse_qsl(parts.query if self.command == "GET" else body.decode("utf-8", "replace")))
        first, _, rest = parts.path.lstrip("/").partition("/")
        own = {"": self._overview, "messages": self._message, "bank": self._bank}
        if first in own and not rest:
            self._send(own[first](body))
        elif first == "fund":
            self._send(self._fund(fields))
        elif first == "account":
            self._send(self._account(rest, fields))
        elif first.isdecimal() and int(first) < len(self.sides):
            number, side = int(first), self.sides[int(first)]
            if rest == "pull":
                # It asks the program, and must not hold what others wait for meanwhile.
                wish = push_side.pull(side, fields.get("name", ""), fields.get("id_number", ""))
                self._send(windows.pulled(side, number, asked(f"{side.told_at}/bills", wish)))
                return
            with self.lock:
                self._send(self._at_side(side, number, rest, fields, body))
                if self.memory is not None and self.command == "POST":
                    memory.keep(self.memory, self.sides, self.collected)
        else:
            self._send(Heard({}, b"", 404))

    def _at_side(self, side: Side, number: int, rest: str, fields: dict[str, str], body: bytes) -> Heard:
        if self.command == "GET" and rest in _PAGES:
            return self._cashier(side, number, fields)
        if rest == "cashier":
            return self._act(side, fields)
        if not rest:
            return windows.side_page(side, number, self._today())
        if rest == "statement":
            return windows.side_file(side, fields, self._today())
        if rest == "take" and fields.get("bill", "").isdecimal() and fields.get("fen", "").isdecimal():
            page, tellings = windows.took(side, number, fields, f"S{secrets.token_hex(8)}")
            later = LATE_SECONDS if fields.get("how") == "late" else 0
            tell(side.told_at, tellings, later=later, times=1 if fields.get("how") in ("forged", "other") else 5)
            return page
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            return ANSWERING[side.kind].answer(side, Called(self.command, self.path, headers, body))
        except (NotGenuine, KeyError, ValueError):
            return Heard({}, b"", 400)

    def _cashier(self, side: Side, number: int, fields: dict[str, str]) -> Heard:
        language = LANGUAGES.get(side.kind)
        trade = language and (language.ordered(side, fields) or side.trades.get(fields.get("trade", "")))
        if not trade:
            return Heard({"content-type": "text/plain; charset=utf-8"}, "没有这笔订单".encode(), 404)
        side.run_out(trade)
        return Heard(windows.HTML, page(side, trade, number))

    def _overview(self, body: bytes) -> Heard:
        return windows.overview(self.sides)

    def _fund(self, fields: dict[str, str]) -> Heard:
        if self.command == "GET":
            return windows.fund_page(self.sides, self._today())
        return windows.fund_file(fields, self.sides, self.collected, self._today())

    def _account(self, merchant_id: str, fields: dict[str, str]) -> Heard:
        if self.command == "GET":
            return windows.account_page(merchant_id, self._today())
        made = windows.account_file(merchant_id, fields, self.collected, self._today())
        return made or windows.shown("读不懂的一行 · A line that says nothing", "", 400)

    def _today(self) -> date:
        return ShiftedClock(self.days).today()

    def _bank(self, body: bytes) -> Heard:
        """The window of a simulated bank: paste our file, choose how it answers, save the answer."""
        if self.command == "GET":
            return Heard(windows.HTML, (Path(__file__).parent / "bank.html").read_bytes())
        fields = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        how = fields.get("how", "some") if fields.get("how") in bank_side.WAYS else "some"
        try:
            answer = bank_side.answered(
                f"{fields.get('file', '').strip()}\n".encode(), ShiftedClock(self.days).now(), how
            )
        except bank_side.NoDebitFile:
            return Heard(windows.HTML, "不是完整的送盘文件 · This is no whole file".encode(), 400)
        with self.lock:
            known = {row.serial for row in self.collected}
            self.collected += [row for row in bank_side.collected_in(answer) if row.serial not in known]
            if self.memory is not None:
                memory.keep(self.memory, self.sides, self.collected)
        saved = {
            "content-type": "text/plain; charset=utf-8",
            "content-disposition": 'attachment; filename="answer.txt"',
        }
        return Heard(saved, answer)

    def _message(self, body: bytes) -> Heard:
        """Take a message to a phone and show those taken; the number is the answer, the same message is taken once."""
        if self.command == "GET":
            rows = "".join(
                f"<li><strong>{html.escape(phone)}</strong><br>{html.escape(text)}</li>"
                for phone, text in reversed(list(self.messages.values())[-MESSAGES_SHOWN:])
            )
            head = "<!doctype html><meta charset=utf-8><title>模拟短信</title><h1>模拟短信 · Simulated messages</h1>"
            return Heard({"content-type": "text/html; charset=utf-8"}, f"{head}<ol>{rows}".encode())
        try:
            told = json.loads(body)
            number = str(told["number"])
            self.messages.setdefault(number, (str(told["phone"]), str(told["text"])))
        except (ValueError, KeyError, TypeError):
            return Heard({}, b"", 400)
        return Heard({"content-type": "text/plain"}, number.encode())

    def _act(self, side: Side, fields: dict[str, str]) -> Heard:
        trade = side.trades.get(fields.get("trade_no", ""))
        if trade is None:
            return Heard({}, b"", 404)
        side.run_out(trade)
        if trade.state == OPEN:
            act(side, trade, fields.get("how", ""))
        return Heard({"location": trade.return_url or f"?trade={quote(trade.trade_no)}"}, b"", 303)

    def _send(self, heard: Heard) -> None:
        self.send_response(heard.status)
        for name, value in heard.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(heard.body)))
        self.end_headers()
        self.wfile.write(heard.body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: addresses hold what somebody pays for."""


def sides_of(file: Path, days: int) -> list[Side]:
    clock = ShiftedClock(days)
    return [Side(**row, now=clock.now) for row in json.loads(file.read_text(encoding="utf-8"))]


def main(port: int, file: Path, parent: int) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        return
    Handler.days = int(os.environ.get("CANBAO_CLOCK_SHIFT_DAYS", "0"))
    Handler.sides = sides_of(file, Handler.days)
    Handler.memory = file.with_name("simulated-trades.json")
    Handler.collected = memory.recall(Handler.memory, Handler.sides)
    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
