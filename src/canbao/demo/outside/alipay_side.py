"""Alipay's side: signed fields in, signed fields out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from canbao.demo.outside.side import CLOSED, FAILED, OPEN, PAID, RETURNED, Side, Trade
from canbao.kernel.clock import SHANGHAI
from canbao.kernel.fen import yuan_from_fen
from canbao.payments.partners.alipay import fen_of, request_text, signed_text
from canbao.payments.partners.partner import Called, Heard
from canbao.payments.partners.rsa import is_signed, signed

_MOMENT = "%Y-%m-%d %H:%M:%S"
_STATES = {PAID: "TRADE_SUCCESS", OPEN: "WAIT_BUYER_PAY", CLOSED: "TRADE_CLOSED", FAILED: "TRADE_CLOSED"}
_DONE = {"code": "10000", "msg": "Success"}
_FAILED = {"code": "40004", "msg": "Business Failed"}


def answer(side: Side, called: Called) -> Heard:
    fields = dict(parse_qsl(called.body.decode(), keep_blank_values=True))
    if not is_signed(request_text(fields), fields.get("sign", ""), side.theirs):
        return Heard({}, b"", 403)
    wish = json.loads(fields["biz_content"])
    if fields["method"] == "alipay.trade.query":
        trade = side.trades.get(wish["out_trade_no"])
        if trade is None:
            return _said(side, fields["method"], {**_FAILED, "sub_code": "ACQ.TRADE_NOT_EXIST"})
        side.run_out(trade)
        return _said(side, fields["method"], {**_DONE, **_transaction(trade, None)})
    trade = side.trade_of(wish["trade_no"])
    if trade is None or fen_of(wish["refund_amount"]) != trade.paid_fen:
        return _said(side, fields["method"], {**_FAILED, "sub_code": "ACQ.TRADE_NOT_EXIST"})
    if side.give_back(trade, wish["out_request_no"]) != RETURNED:
        return _said(side, fields["method"], {**_FAILED, "sub_code": "ACQ.SELLER_BALANCE_NOT_ENOUGH"})
    told = {"out_trade_no": trade.trade_no, "trade_no": trade.transaction_id, "refund_fee": wish["refund_amount"]}
    return _said(side, fields["method"], {**_DONE, **told})


def ordered(side: Side, fields: Mapping[str, str]) -> Trade | None:
    if not is_signed(request_text(fields), fields.get("sign", ""), side.theirs):
        return None
    content = json.loads(fields["biz_content"])
    return side.open_trade(
        Trade(
            trade_no=content["out_trade_no"],
            amount_fen=fen_of(content["total_amount"]),
            title=content["subject"],
            report_url=fields["notify_url"],
            return_url=fields["return_url"],
            expires_at=datetime.strptime(content["time_expire"], _MOMENT).replace(tzinfo=SHANGHAI),
        )
    )


def telling(side: Side, trade: Trade, event_id: str, state: str | None = None) -> Heard:
    fields = {
        "app_id": side.app_id,
        "seller_id": side.merchant_id,
        "notify_id": event_id,
        "notify_time": side.now().astimezone(SHANGHAI).strftime(_MOMENT),
        "sign_type": "RSA2",
        **_transaction(trade, state),
    }
    fields["sign"] = signed(signed_text(fields), side.private)
    return Heard({"content-type": "application/x-www-form-urlencoded"}, urlencode(fields).encode())


def _transaction(trade: Trade, state: str | None) -> dict[str, str]:
    told = {
        "out_trade_no": trade.trade_no,
        "trade_status": _STATES[state or trade.state],
        "total_amount": yuan_from_fen(trade.paid_fen or trade.amount_fen),
    }
    if trade.paid_at is not None and (state or trade.state) == PAID:
        told["trade_no"] = trade.transaction_id
        told["gmt_payment"] = trade.paid_at.astimezone(SHANGHAI).strftime(_MOMENT)
    return told


def _said(side: Side, method: str, told: dict[str, Any]) -> Heard:
    text = json.dumps(told, separators=(",", ":"))
    name = method.replace(".", "_") + "_response"
    body = f'{{"{name}":{text},"sign":"{signed(text.encode(), side.private)}"}}'
    return Heard({"content-type": "application/json"}, body.encode())
