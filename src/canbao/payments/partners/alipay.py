"""Alipay: sorted fields signed with RSA2. A payment page is an address signed by us; no request goes out for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from canbao.kernel.clock import SHANGHAI
from canbao.kernel.fen import yuan_from_fen
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

_STATES = {
    "TRADE_SUCCESS": Kind.PAID,
    "TRADE_FINISHED": Kind.PAID,
    "WAIT_BUYER_PAY": Kind.PENDING,
    "TRADE_CLOSED": Kind.CLOSED,
}
_MOMENT = "%Y-%m-%d %H:%M:%S"
_DONE, _NO_TRADE = "10000", "ACQ.TRADE_NOT_EXIST"


def read(setup: Setup, heard: Heard, now: datetime) -> Report:
    fields = dict(parse_qsl(heard.body.decode("utf-8", "replace"), keep_blank_values=True))
    seal = fields.get("sign", "")
    if fields.get("sign_type") != "RSA2" or not is_signed(signed_text(fields), seal, setup.partner_key):
        raise NotGenuine("signature")
    require_recent(_moment(fields["notify_time"]), now)
    # A telling about a refund names the same trade and carries what went back.
    if "refund_fee" in fields:
        return Report(
            event_id=fields["notify_id"], kind=Kind.RETURNED, merchant_id=fields.get("seller_id", ""),
            app_id=fields.get("app_id", ""), amount_fen=fen_of(fields["refund_fee"]), trade_no=fields["out_trade_no"],
            transaction_id=fields["trade_no"], refund_number=fields.get("out_biz_no", ""),
        )  # fmt: skip
    return _report(fields, fields.get("seller_id", ""), fields.get("app_id", ""), fields["notify_id"], confirmed=False)


def answer(accepted: bool) -> Answer:
    return Answer(200, b"success" if accepted else b"failure", "text/plain")


def order(setup: Setup, order: Order, call: Call, now: datetime) -> str:
    content = {
        "out_trade_no": order.trade_no,
        "total_amount": yuan_from_fen(order.amount_fen),
        "subject": order.title,
        "product_code": "QUICK_WAP_WAY",
        "time_expire": order.expires_at.astimezone(SHANGHAI).strftime(_MOMENT),
        "seller_id": setup.merchant_id,
    }
    further = {"notify_url": order.report_url, "return_url": order.return_url}
    return f"{setup.address}?{urlencode(_request(setup, 'alipay.trade.wap.pay', content, now, further))}"


def ask(setup: Setup, trade_no: str, call: Call, now: datetime) -> tuple[Report, bytes] | None:
    told, raw = _asked(setup, "alipay.trade.query", {"out_trade_no": trade_no}, call, now)
    if told.get("sub_code") == _NO_TRADE:
        return None
    if told.get("code") != _DONE:
        raise CallFailed(str(told.get("sub_code")))
    return _report(told, setup.merchant_id, setup.app_id, "", confirmed=True), raw


def give_back(setup: Setup, wish: Return, call: Call, now: datetime) -> tuple[Report, bytes] | None:
    content = {
        "trade_no": wish.transaction_id, "refund_amount": yuan_from_fen(wish.amount_fen), "out_request_no": wish.number,
    }  # fmt: skip
    told, raw = _asked(setup, "alipay.trade.refund", content, call, now)
    if told.get("code") != _DONE:
        raise CallFailed(str(told.get("sub_code")))
    report = Report(
        event_id="", kind=Kind.RETURNED, merchant_id=setup.merchant_id, app_id=setup.app_id,
        amount_fen=fen_of(told["refund_fee"]), trade_no=told["out_trade_no"], transaction_id=told["trade_no"],
        refund_number=wish.number, confirmed=True,
    )  # fmt: skip
    return report, raw


def _request(
    setup: Setup, method: str, content: Mapping[str, str], now: datetime, further: Mapping[str, str]
) -> dict[str, str]:
    fields = {
        "app_id": setup.app_id, "method": method, "charset": "utf-8", "sign_type": "RSA2", "version": "1.0",
        "timestamp": now.astimezone(SHANGHAI).strftime(_MOMENT), **further,
        "biz_content": json.dumps(content, ensure_ascii=False, separators=(",", ":")),
    }  # fmt: skip
    return {**fields, "sign": signed(request_text(fields), setup.own_key)}


def _asked(
    setup: Setup, method: str, content: Mapping[str, str], call: Call, now: datetime
) -> tuple[dict[str, str], bytes]:
    body = urlencode(_request(setup, method, content, now, {})).encode()
    heard = call(Called("POST", setup.address, {"content-type": "application/x-www-form-urlencoded"}, body))
    if heard.status != 200:
        raise CallFailed(f"status {heard.status}")
    # The signature covers the answer's text as it came, between its key and that of the signature.
    text = heard.body.decode("utf-8", "replace")
    name = method.replace(".", "_") + "_response"
    begin, end = text.find("{", text.find(f'"{name}"')), text.rfind(',"sign"')
    told = text[begin:end]
    try:
        whole: dict[str, Any] = json.loads(text)
        seal, answered = str(whole["sign"]), whole[name]
    except (ValueError, KeyError, TypeError):
        raise CallFailed("no answer of theirs") from None
    if not is_signed(told.encode(), seal, setup.partner_key) or json.loads(told) != answered:
        raise CallFailed("signature")
    return answered, heard.body


def request_text(fields: Mapping[str, str]) -> bytes:
    """What a request's signature covers: every field but the signature, sorted, empty ones left out."""
    return "&".join(f"{name}={fields[name]}" for name in sorted(fields) if name != "sign" and fields[name]).encode()


def signed_text(fields: Mapping[str, str]) -> bytes:
    """What the signature of something told covers: the same, without the kind of the signature."""
    return request_text({name: value for name, value in fields.items() if name != "sign_type"})


def fen_of(yuan: str) -> int:
    """ "400.00" as 40000. ValueError for anything else than yuan with up to two decimals."""
    whole, _, cents = yuan.partition(".")
    if not whole.isdigit() or len(cents) > 2 or (cents and not cents.isdigit()):
        raise ValueError(f"no amount in yuan: {yuan[:20]!r}")
    return int(whole) * 100 + int(cents.ljust(2, "0") or 0)


def _moment(text: str) -> datetime:
    return datetime.strptime(text, _MOMENT).replace(tzinfo=SHANGHAI)


def _report(fields: Mapping[str, str], merchant_id: str, app_id: str, event_id: str, *, confirmed: bool) -> Report:
    paid = fields.get("gmt_payment") or fields.get("send_pay_date")
    return Report(
        event_id=event_id, kind=_STATES[fields["trade_status"]], merchant_id=merchant_id, app_id=app_id,
        amount_fen=fen_of(fields.get("total_amount", "0")), trade_no=fields["out_trade_no"],
        transaction_id=fields.get("trade_no", ""), paid_at=_moment(paid) if paid else None, confirmed=confirmed,
    )  # fmt: skip
