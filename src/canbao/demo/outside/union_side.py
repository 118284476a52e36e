"""UnionPay's side of 5.1."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import parse_qsl, urlencode

from canbao.demo.outside.side import CLOSED, FAILED, OPEN, PAID, RETURNED, Side, Trade
from canbao.kernel.clock import SHANGHAI
from canbao.payments.partners.partner import Called, Heard
from canbao.payments.partners.rsa import is_signed, signed
from canbao.payments.partners.union_pay import signed_text

_MOMENT = "%Y%m%d%H%M%S"
_CODES = {PAID: "00", OPEN: "05", CLOSED: "34", FAILED: "51"}
_BAD_SIGNATURE, _NO_TRADE, _DONE, _BOUNCED = "11", "34", "00", "42"


def answer(side: Side, called: Called) -> Heard:
    fields = dict(parse_qsl(called.body.decode(), keep_blank_values=True))
    if not is_signed(signed_text(fields), fields.get("signature", ""), side.theirs):
        return _said(side, {"respCode": _BAD_SIGNATURE})
    if called.url.endswith("/queryTrans.do"):
        trade = side.trades.get(fields["orderId"])
        if trade is None:
            return _said(side, {"respCode": _NO_TRADE})
        side.run_out(trade)
        told = _transaction(side, trade, None)
        return _said(side, {**told, "origRespCode": told["respCode"], "respCode": _DONE})
    trade = side.trade_of(fields["origQryId"])
    if trade is None or int(fields["txnAmt"]) != trade.paid_fen:
        return _said(side, {"respCode": _NO_TRADE})
    code = _DONE if side.give_back(trade, fields["orderId"]) == RETURNED else _BOUNCED
    refund = {"txnType": "04", "orderId": fields["orderId"], "txnAmt": fields["txnAmt"], "respCode": code}
    return _said(side, {**refund, "merId": side.merchant_id, "origQryId": trade.transaction_id})


def ordered(side: Side, fields: Mapping[str, str]) -> Trade | None:
    if not is_signed(signed_text(fields), fields.get("signature", ""), side.theirs):
        return None
    return side.open_trade(
        Trade(
            trade_no=fields["orderId"],
            amount_fen=int(fields["txnAmt"]),
            title=fields["orderDesc"],
            report_url=fields["backUrl"],
            return_url=fields["frontUrl"],
            expires_at=datetime.strptime(fields["payTimeout"], _MOMENT).replace(tzinfo=SHANGHAI),
        )
    )


def telling(side: Side, trade: Trade, event_id: str, state: str | None = None) -> Heard:
    # It numbers no telling: the transaction and how it stands are all there is.
    return _said(side, {**_transaction(side, trade, state), "sentTime": _now(side)})


def _transaction(side: Side, trade: Trade, state: str | None) -> dict[str, str]:
    told = {
        "merId": side.merchant_id,
        "txnType": "01",
        "txnTime": _now(side),
        "orderId": trade.trade_no,
        "txnAmt": str(trade.paid_fen or trade.amount_fen),
        "currencyCode": "156",
        "respCode": _CODES[state or trade.state],
        "queryId": trade.transaction_id or f"none{trade.trade_no[:16]}",
    }
    if trade.paid_at is not None and (state or trade.state) == PAID:
        told["payTime"] = trade.paid_at.astimezone(SHANGHAI).strftime(_MOMENT)
    return told


def _now(side: Side) -> str:
    return side.now().astimezone(SHANGHAI).strftime(_MOMENT)


def _said(side: Side, told: Mapping[str, str]) -> Heard:
    fields = {"version": "5.1.0", "signMethod": "01", "certId": side.key_id, **told}
    fields["signature"] = signed(signed_text(fields), side.private)
    return Heard({"content-type": "application/x-www-form-urlencoded"}, urlencode(fields).encode())
