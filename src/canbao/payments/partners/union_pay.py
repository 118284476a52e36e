"""UnionPay 5.1: sorted fields, their SHA-256 in hexadecimal signed with RSA; the same in both directions."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import parse_qsl, urlencode

from canbao.kernel.clock import SHANGHAI
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

_MOMENT = "%Y%m%d%H%M%S"
_YUAN = "156"
_DONE, _UNDER_WAY, _NO_TRADE = "00", ("03", "04", "05"), "34"
_PAY, _REFUND = "01", "04"


def read(setup: Setup, heard: Heard, now: datetime) -> Report:
    fields = _genuine(setup, heard.body)
    require_recent(_moment(fields["txnTime"] if "sentTime" not in fields else fields["sentTime"]), now)
    return _report(fields, _event_id(fields), confirmed=False)


def _event_id(fields: Mapping[str, str]) -> str:
    """It numbers no telling: what is told of one transaction is one event."""
    return "-".join(fields[name] for name in ("merId", "queryId", "txnType", "respCode"))


def answer(accepted: bool) -> Answer:
    return Answer(200 if accepted else 500, b"ok" if accepted else b"error", "text/plain")


def order(setup: Setup, order: Order, call: Call, now: datetime) -> str:
    fields = _request(setup, _PAY, now) | {
        "orderId": order.trade_no,
        "txnAmt": str(order.amount_fen),
        "currencyCode": _YUAN,
        "orderDesc": order.title,
        "payTimeout": order.expires_at.astimezone(SHANGHAI).strftime(_MOMENT),
        "backUrl": order.report_url,
        "frontUrl": order.return_url,
    }
    return f"{setup.address.rstrip('/')}/frontTransReq.do?{urlencode(_sealed(setup, fields))}"


def ask(setup: Setup, trade_no: str, call: Call, now: datetime) -> tuple[Report, bytes] | None:
    told, raw = _asked(setup, "queryTrans.do", _request(setup, "00", now) | {"orderId": trade_no}, call)
    if told.get("respCode") == _NO_TRADE:
        return None
    if told.get("respCode") != _DONE:
        raise CallFailed(f"respCode {told.get('respCode')}")
    return _report({**told, "respCode": told["origRespCode"]}, "", confirmed=True), raw


def give_back(setup: Setup, wish: Return, call: Call, now: datetime) -> tuple[Report, bytes] | None:
    fields = _request(setup, _REFUND, now) | {
        "orderId": wish.number,
        "origQryId": wish.transaction_id,
        "txnAmt": str(wish.amount_fen),
        "currencyCode": _YUAN,
    }
    told, raw = _asked(setup, "backTransReq.do", fields, call)
    if told.get("respCode") in _UNDER_WAY:
        return None
    return _report({**told, "origQryId": wish.transaction_id}, "", confirmed=True), raw


def _request(setup: Setup, kind: str, now: datetime) -> dict[str, str]:
    return {
        "version": "5.1.0", "encoding": "UTF-8", "signMethod": "01", "certId": setup.own_key_id, "txnType": kind,
        "merId": setup.merchant_id, "txnTime": now.astimezone(SHANGHAI).strftime(_MOMENT),
    }  # fmt: skip


def _sealed(setup: Setup, fields: Mapping[str, str]) -> dict[str, str]:
    return {**fields, "signature": signed(signed_text(fields), setup.own_key)}


def _asked(setup: Setup, page: str, fields: Mapping[str, str], call: Call) -> tuple[dict[str, str], bytes]:
    body = urlencode(_sealed(setup, fields)).encode()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    heard = call(Called("POST", f"{setup.address.rstrip('/')}/{page}", headers, body))
    if heard.status != 200:
        raise CallFailed(f"status {heard.status}")
    try:
        return _genuine(setup, heard.body), heard.body
    except NotGenuine as fault:
        raise CallFailed(str(fault)) from fault


def signed_text(fields: Mapping[str, str]) -> bytes:
    """What a signature covers: the SHA-256 in hexadecimal of every field but the signature, sorted."""
    text = "&".join(f"{name}={fields[name]}" for name in sorted(fields) if name != "signature" and fields[name])
    return hashlib.sha256(text.encode()).hexdigest().encode()


def _genuine(setup: Setup, body: bytes) -> dict[str, str]:
    fields = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    if fields.get("certId") != setup.partner_key_id:
        raise NotGenuine("unknown key")
    if not is_signed(signed_text(fields), fields.get("signature", ""), setup.partner_key):
        raise NotGenuine("signature")
    return fields


def _moment(text: str) -> datetime:
    return datetime.strptime(text, _MOMENT).replace(tzinfo=SHANGHAI)


def _report(fields: Mapping[str, str], event_id: str, *, confirmed: bool) -> Report:
    refund, code = fields["txnType"] == _REFUND, fields["respCode"]
    if refund:
        kind = Kind.RETURNED if code == _DONE else Kind.BOUNCED
    elif code in _UNDER_WAY:
        kind = Kind.PENDING
    else:
        kind = Kind.PAID if code == _DONE else Kind.CLOSED if code == _NO_TRADE else Kind.FAILED
    paid = fields.get("payTime", "")
    return Report(
        event_id=event_id,
        kind=kind,
        merchant_id=fields["merId"],
        amount_fen=int(fields.get("txnAmt", "0")),
        currency="CNY" if fields.get("currencyCode", _YUAN) == _YUAN else fields["currencyCode"],
        trade_no="" if refund else fields["orderId"],
        transaction_id=fields["origQryId"] if refund else fields.get("queryId", ""),
        refund_number=fields["orderId"] if refund else "",
        paid_at=_moment(paid) if paid and kind == Kind.PAID else None,
        confirmed=confirmed,
    )
