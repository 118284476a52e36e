"""A second opinion on WeChat Pay's and Alipay's languages: their maintained SDKs read what our partners' simulations
say, and sign what our simulations must understand, offline and with keys made here.

    PYTHONPATH=FOLDER python -m tests.payments.by_the_sdks

FOLDER holds the SDKs (docs: connect a channel). Not part of `make test`: they are no dependency of ours.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

from canbao.demo.outside import alipay_side, wechat_side
from canbao.demo.outside.side import Side, Trade
from canbao.payments.partners import alipay, rsa, wechat_pay
from canbao.payments.partners.partner import Called, Heard, Order, Return, Setup

NOW = datetime.now(UTC).replace(microsecond=0)
OURS, THEIRS = rsa.new_pair(), rsa.new_pair()
ORDER = Order(
    trade_no="0123456789abcdef0123456789abcdef", amount_fen=40000, title="城乡居民基本医疗保险费 2025",
    expires_at=NOW + timedelta(minutes=30), report_url="https://canbao.test/told", return_url="https://canbao.test/back",
)  # fmt: skip


def both(kind: str, address: str) -> tuple[Setup, Side]:
    """What we know of the partner, and the partner."""
    setup = Setup("1600000000", "wx1", address, THEIRS[1], "PUB_KEY_ID_1", OURS[0], "5F01", "0" * 32)
    side = Side(
        kind=kind, name=kind, merchant_id=setup.merchant_id, app_id=setup.app_id, private=THEIRS[0],
        key_id=setup.partner_key_id, theirs=OURS[1], theirs_id=setup.own_key_id, seal_key=setup.seal_key,
        address=address, now=lambda: NOW,
    )  # fmt: skip
    return setup, side


def wechat() -> None:
    from wechatpayv3 import WeChatPay, WeChatPayType
    from wechatpayv3.utils import build_authorization, load_private_key

    setup, side = both("wechat_pay", "https://api.mch.weixin.qq.com")
    sdk = WeChatPay(
        wechatpay_type=WeChatPayType.H5, mchid=setup.merchant_id, private_key=OURS[0], cert_serial_no=setup.own_key_id,
        apiv3_key=setup.seal_key, appid=setup.app_id, notify_url="https://canbao.test/told", public_key=THEIRS[1],
        public_key_id=setup.partner_key_id,
    )  # fmt: skip
    wechat_pay.order(setup, ORDER, lambda called: wechat_side.answer(side, called), NOW)
    trade = side.trades[ORDER.trade_no]
    side.pay(trade)
    told = wechat_side.telling(side, trade, "event-1")
    headers = {name.title(): value for name, value in told.headers.items()}
    read = sdk.callback(headers, told.body.decode())["resource"]
    ours = wechat_pay.read(setup, told, NOW)
    assert read["out_trade_no"] == ours.trade_no and read["amount"]["total"] == ours.amount_fen, read
    print("WeChat Pay: the SDK reads the simulated telling as we do")
    assert sdk.callback(headers, told.body.decode().replace("event-1", "event-2")) is None
    print("WeChat Pay: both refuse one whose body was changed")
    for path, method, body in (
        (f"/v3/pay/transactions/out-trade-no/{ORDER.trade_no}?mchid={setup.merchant_id}", "GET", ""),
        ("/v3/refund/domestic/refunds", "POST", json.dumps(
            {"transaction_id": trade.transaction_id, "out_refund_no": "r101", "amount": {"refund": 40000}}
        )),
    ):  # fmt: skip
        words = build_authorization(
            path, method, setup.merchant_id, setup.own_key_id, load_private_key(OURS[0]), data=body
        )
        answer = wechat_side.answer(
            side, Called(method, f"{setup.address}{path}", {"authorization": words}, body.encode())
        )
        assert answer.status == 200, answer
    print("WeChat Pay: the simulation understands what the SDK signs, a query and a refund")


def ali() -> None:
    from alipay import AliPay

    setup, side = both("alipay", "https://openapi.alipay.com/gateway.do")
    sdk = AliPay(
        appid=setup.app_id, app_notify_url="https://canbao.test/told", app_private_key_string=OURS[0],
        alipay_public_key_string=THEIRS[1], sign_type="RSA2",
    )  # fmt: skip
    address = alipay.order(setup, ORDER, lambda called: Heard({}, b"", 500), NOW)
    trade = alipay_side.ordered(side, dict(parse_qsl(urlsplit(address).query)))
    assert isinstance(trade, Trade)
    side.pay(trade)
    told = dict(parse_qsl(alipay_side.telling(side, trade, "event-1").body.decode()))
    seal = told.pop("sign")
    assert sdk.verify(dict(told), seal) and not sdk.verify({**told, "total_amount": "1.00"}, seal)
    print("Alipay: the SDK takes the simulated telling, and refuses one with another sum")
    for method, content in (
        ("alipay.trade.query", {"out_trade_no": ORDER.trade_no}),
        ("alipay.trade.refund", {"trade_no": trade.transaction_id, "refund_amount": "400.00", "out_request_no": "r1"}),
    ):
        signed = sdk.client_api(method, content)
        answer = alipay_side.answer(side, Called("POST", setup.address, {}, signed.encode()))
        body = sdk._verify_and_return_sync_response(answer.body.decode(), method.replace(".", "_") + "_response")
        assert answer.status == 200 and body["code"] == "10000", answer
    print("Alipay: the simulation understands what the SDK signs, and the SDK its answers")
    wish = Return(number="r2", trade_no=ORDER.trade_no, transaction_id=trade.transaction_id, amount_fen=40000)
    back = alipay.give_back(setup, wish, lambda called: alipay_side.answer(side, called), NOW)
    assert back is not None and urlencode({"a": back[0].refund_number}) == "a=r2"


if __name__ == "__main__":
    wechat()
    ali()
    sys.exit(0)
