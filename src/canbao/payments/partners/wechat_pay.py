"""WeChat Pay API v3: requests and answers signed with RSA over SHA-256, what it tells sealed with AES-256-GCM."""

from __future__ import annotations

import base64
import json
import secrets
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from canbao.payments.partners.partner import (
    Answer,
    Call,
    Called,
    CallFailed,
    Heard,
    NotGenuine,
    Order,
    Return,
    Setup,
    require_recent,
)
from canbao.payments.partners.report import Kind, Report
from canbao.payments.partners.rsa import is_signed, signed

SCHEMA = "WECHATPAY2-SHA256-RSA2048"
_STATES = {
    "SUCCESS": Kind.PAID,
    "REFUND": Kind.PAID,
    "NOTPAY": Kind.PENDING,
    "USERPAYING": Kind.PENDING,
    "CLOSED": Kind.CLOSED,
    "REVOKED": Kind.CLOSED,
    "PAYERROR": Kind.FAILED,
}
_REFUND_STATES = {"SUCCESS": Kind.RETURNED, "ABNORMAL": Kind.BOUNCED, "CLOSED": Kind.BOUNCED}
_NOT_FOUND = 404


def read(setup: Setup, heard: Heard, now: datetime) -> Report:
    body = _genuine(setup, heard, now)
    resource = body["resource"]
    try:
        plain = AESGCM(setup.seal_key.encode()).decrypt(
            resource["nonce"].encode(),
            base64.b64decode(resource["ciphertext"]),
            resource.get("associated_data", "").encode(),
        )
    except (InvalidTag, ValueError, KeyError, TypeError):
        raise NotGenuine("sealed with another key") from None
    told = json.loads(plain)
    if "out_refund_no" in told:
        return _refund_report(setup, told, str(body["id"]))
    return _report(told, str(body["id"]), confirmed=False)


def answer(accepted: bool) -> Answer:
    if accepted:
        return Answer(200, b'{"code":"SUCCESS"}', "application/json")
    return Answer(500, b'{"code":"FAIL"}', "application/json")


def order(setup: Setup, order: Order, call: Call, now: datetime) -> str:
    body = {
        "appid": setup.app_id,
        "mchid": setup.merchant_id,
        "description": order.title,
        "out_trade_no": order.trade_no,
        "time_expire": order.expires_at.isoformat(timespec="seconds"),
        "notify_url": order.report_url,
        "amount": {"total": order.amount_fen, "currency": "CNY"},
        "scene_info": {"h5_info": {"type": "Wap"}},
    }
    told = _asked(setup, "POST", "/v3/pay/transactions/h5", body, call, now)
    if told is None or not isinstance(told[0].get("h5_url"), str):
        raise CallFailed("no cashier")
    return f"{told[0]['h5_url']}&redirect_url={quote(order.return_url, safe='')}"


def ask(setup: Setup, trade_no: str, call: Call, now: datetime) -> tuple[Report, bytes] | None:
    path = f"/v3/pay/transactions/out-trade-no/{trade_no}?mchid={setup.merchant_id}"
    told = _asked(setup, "GET", path, None, call, now)
    return None if told is None else (_report(told[0], "", confirmed=True), told[1])


def give_back(setup: Setup, wish: Return, call: Call, now: datetime) -> tuple[Report, bytes] | None:
    body = {
        "transaction_id": wish.transaction_id,
        "out_refund_no": wish.number,
        "amount": {"refund": wish.amount_fen, "total": wish.amount_fen, "currency": "CNY"},
    }
    told = _asked(setup, "POST", "/v3/refund/domestic/refunds", body, call, now)
    if told is None:
        raise CallFailed("the transaction is not known there")
    if told[0].get("status") not in _REFUND_STATES:
        return None
    return _refund_report(setup, told[0], ""), told[1]


def _asked(
    setup: Setup, method: str, path: str, body: dict[str, Any] | None, call: Call, now: datetime
) -> tuple[dict[str, Any], bytes] | None:
    """The answer as JSON and as it came; None for 404. CallFailed for any other trouble."""
    sent = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
    moment, nonce = str(int(now.timestamp())), secrets.token_hex(16)
    seal = signed(request_text(method, path, moment, nonce, sent), setup.own_key)
    words = f'mchid="{setup.merchant_id}",nonce_str="{nonce}",signature="{seal}",timestamp="{moment}"'
    headers = {
        "authorization": f'{SCHEMA} {words},serial_no="{setup.own_key_id}"',
        "accept": "application/json",
        "content-type": "application/json",
        "wechatpay-serial": setup.partner_key_id,
    }
    heard = call(Called(method, setup.address.rstrip("/") + path, headers, sent))
    if heard.status == _NOT_FOUND:
        return None
    if heard.status not in (200, 202):
        raise CallFailed(f"status {heard.status}")
    try:
        return _genuine(setup, heard, now), heard.body
    except NotGenuine as fault:
        raise CallFailed(str(fault)) from fault


def request_text(method: str, path: str, moment: str, nonce: str, body: bytes) -> bytes:
    """What a request's signature covers; `path` with its query."""
    parts = urlsplit(path)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    return f"{method}\n{target}\n{moment}\n{nonce}\n".encode() + body + b"\n"


def told_text(moment: str, nonce: str, body: bytes) -> bytes:
    """What the signature of something told or answered covers."""
    return f"{moment}\n{nonce}\n".encode() + body + b"\n"


def _genuine(setup: Setup, heard: Heard, now: datetime) -> dict[str, Any]:
    """The body, once it is sure who wrote it and when."""
    moment, nonce = heard.headers.get("wechatpay-timestamp", ""), heard.headers.get("wechatpay-nonce", "")
    if heard.headers.get("wechatpay-serial") != setup.partner_key_id or not moment.isdigit():
        raise NotGenuine("unknown key")
    seal = heard.headers.get("wechatpay-signature", "")
    if not is_signed(told_text(moment, nonce, heard.body), seal, setup.partner_key):
        raise NotGenuine("signature")
    require_recent(datetime.fromtimestamp(int(moment), UTC), now)
    body: dict[str, Any] = json.loads(heard.body)
    return body


def _report(told: dict[str, Any], event_id: str, *, confirmed: bool) -> Report:
    amount = told.get("amount") or {}
    success = told.get("success_time")
    return Report(
        event_id=event_id,
        kind=_STATES[told["trade_state"]],
        merchant_id=str(told["mchid"]),
        app_id=str(told["appid"]),
        amount_fen=int(amount.get("total", 0)),
        currency=str(amount.get("currency", "CNY")),
        trade_no=str(told["out_trade_no"]),
        transaction_id=str(told.get("transaction_id", "")),
        paid_at=datetime.fromisoformat(success) if success else None,
        confirmed=confirmed,
    )


def _refund_report(setup: Setup, told: dict[str, Any], event_id: str) -> Report:
    state = told.get("refund_status") or told["status"]
    return Report(
        event_id=event_id,
        kind=_REFUND_STATES[state],
        merchant_id=str(told.get("mchid", setup.merchant_id)),
        app_id=setup.app_id,
        amount_fen=int(told["amount"]["refund"]),
        trade_no=str(told["out_trade_no"]),
        transaction_id=str(told["transaction_id"]),
        refund_number=str(told["out_refund_no"]),
        confirmed=not event_id,
    )
