"""WeChat Pay's side of API v3."""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from canbao.demo.outside.side import CLOSED, FAILED, OPEN, PAID, RETURNED, Side, Trade
from canbao.payments.partners.partner import Called, Heard
from canbao.payments.partners.rsa import is_signed, signed
from canbao.payments.partners.wechat_pay import SCHEMA, request_text, told_text

_WORD = re.compile(r'(\w+)="([^"]*)"')
_STATES = {PAID: "SUCCESS", OPEN: "NOTPAY", CLOSED: "CLOSED", FAILED: "PAYERROR"}
_ORDER, _QUERY = "/v3/pay/transactions/h5", "/v3/pay/transactions/out-trade-no/"
_REFUND = "/v3/refund/domestic/refunds"


def answer(side: Side, called: Called) -> Heard:
    parts = urlsplit(called.url)
    path = parts.path[parts.path.index("/v3/") :]
    kind, _, rest = called.headers.get("authorization", "").partition(" ")
    words = dict(_WORD.findall(rest))
    target = path + (f"?{parts.query}" if parts.query else "")
    text = request_text(called.method, target, words.get("timestamp", ""), words.get("nonce_str", ""), called.body)
    if kind != SCHEMA or not is_signed(text, words.get("signature", ""), side.theirs):
        return Heard({}, b'{"code":"SIGN_ERROR"}', 401)
    if path == _ORDER:
        return _said(side, _begun(side, json.loads(called.body)))
    if path.startswith(_QUERY):
        trade = side.trades.get(path.removeprefix(_QUERY))
        if trade is None:
            return _said(side, {"code": "ORDER_NOT_EXIST"}, 404)
        side.run_out(trade)
        return _said(side, _transaction(side, trade))
    if path == _REFUND:
        wish = json.loads(called.body)
        trade = side.trade_of(wish["transaction_id"])
        if trade is None or wish["amount"]["refund"] != trade.paid_fen:
            return _said(side, {"code": "PARAM_ERROR"}, 400)
        return _said(side, _refund(trade, wish["out_refund_no"], side.give_back(trade, wish["out_refund_no"])))
    return Heard({}, b"", 405)


def ordered(side: Side, fields: Mapping[str, str]) -> Trade | None:
    trade = side.trades.get(fields.get("prepay", ""))
    if trade is not None:
        trade.return_url = fields.get("redirect_url", "")
    return trade


def telling(side: Side, trade: Trade, event_id: str, state: str | None = None) -> Heard:
    nonce = secrets.token_hex(6)
    plain = json.dumps(_transaction(side, trade, state)).encode()
    sealed = AESGCM(side.seal_key.encode()).encrypt(nonce.encode(), plain, b"transaction")
    body = {
        "id": event_id,
        "create_time": side.now().isoformat(timespec="seconds"),
        "event_type": "TRANSACTION.SUCCESS",
        "resource_type": "encrypt-resource",
        "resource": {
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": base64.b64encode(sealed).decode(),
            "nonce": nonce,
            "associated_data": "transaction",
        },
    }
    return _said(side, body)


def _begun(side: Side, order: dict[str, Any]) -> dict[str, Any]:
    trade = side.open_trade(
        Trade(
            trade_no=order["out_trade_no"],
            amount_fen=order["amount"]["total"],
            title=order["description"],
            report_url=order["notify_url"],
            expires_at=datetime.fromisoformat(order["time_expire"]),
        )
    )
    return {"h5_url": f"{side.address}/cashier?prepay={trade.trade_no}"}


def _transaction(side: Side, trade: Trade, state: str | None = None) -> dict[str, Any]:
    told: dict[str, Any] = {
        "appid": side.app_id,
        "mchid": side.merchant_id,
        "out_trade_no": trade.trade_no,
        "trade_state": _STATES[state or trade.state],
        "amount": {"total": trade.paid_fen or trade.amount_fen, "currency": "CNY"},
    }
    if trade.paid_at is not None and (state or trade.state) == PAID:
        told |= {"transaction_id": trade.transaction_id, "success_time": trade.paid_at.isoformat()}
    return told


def _refund(trade: Trade, number: str, state: str) -> dict[str, Any]:
    return {
        "out_refund_no": number,
        "out_trade_no": trade.trade_no,
        "transaction_id": trade.transaction_id,
        "status": "SUCCESS" if state == RETURNED else "ABNORMAL",
        "amount": {"refund": trade.paid_fen, "total": trade.paid_fen, "currency": "CNY"},
    }


def _said(side: Side, body: dict[str, Any], status: int = 200) -> Heard:
    raw = json.dumps(body).encode()
    moment, nonce = str(int(side.now().timestamp())), secrets.token_hex(16)
    headers = {
        "content-type": "application/json",
        "wechatpay-timestamp": moment,
        "wechatpay-nonce": nonce,
        "wechatpay-serial": side.key_id,
        "wechatpay-signature-type": SCHEMA,
        "wechatpay-signature": signed(told_text(moment, nonce, raw), side.private),
    }
    return Heard(headers, raw, status)
