"""The side of a bank, a terminal or the tax bureau: it pulls a bill, takes money, and pushes what it took."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from canbao.demo.outside.side import Side, Trade
from canbao.payments.partners.partner import Called, Heard, NotGenuine, Setup
from canbao.payments.partners.signed_push import genuine, signed_headers


def pull(side: Side, name: str, id_number: str) -> Heard:
    """The question for a bill."""
    return _said(side, {"name": name, "id_number": id_number})


def telling(side: Side, trade: Trade, bill_id: int, item: str = "", paid_at: datetime | None = None) -> Heard:
    """What was taken for the bill; the trade's number is the serial."""
    told = {
        "serial": trade.trade_no, "merchant": side.merchant_id, "bill": bill_id, "amount_fen": trade.paid_fen,
        "item": item, "paid_at": (paid_at or trade.paid_at or side.now()).isoformat(),
    }  # fmt: skip
    return _said(side, told)


def take(side: Side, serial: str, fen: int) -> Trade:
    """Take the money under a serial number."""
    trade = side.open_trade(Trade(serial, fen))
    side.pay(trade)
    trade.transaction_id = serial
    return trade


def answer(side: Side, called: Called) -> Heard:
    """The answer to a refund, signed by whoever may ask for one."""
    asked = genuine(_ours(side), Heard(called.headers, called.body), side.now())
    trade = side.trade_of(asked["serial"])
    if trade is None or trade.paid_fen != asked["amount_fen"]:
        raise NotGenuine("no such serial")
    state = side.give_back(trade, asked["refund_number"])
    return _said(side, {**asked, "state": state, "merchant": side.merchant_id})


def genuine_answer(side: Side, heard: Heard) -> dict[str, Any]:
    """What the program says to a question, once it is sure that it said it. NotGenuine."""
    return genuine(_ours(side), heard, side.now())


def _ours(side: Side) -> Setup:
    """What this side knows of whoever it speaks with."""
    return Setup(
        merchant_id=side.merchant_id, app_id=side.app_id, address=side.told_at, partner_key=side.theirs,
        partner_key_id=side.theirs_id, own_key=side.private, own_key_id=side.key_id, algorithm=side.algorithm,
    )  # fmt: skip


def _said(side: Side, told: dict[str, object]) -> Heard:
    raw = json.dumps(told, ensure_ascii=False).encode()
    return Heard(signed_headers(raw, side.private, side.key_id, side.now(), side.algorithm), raw)
