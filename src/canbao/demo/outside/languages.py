"""The languages that simulated partners speak."""

from __future__ import annotations

from canbao.demo.outside import alipay_side, push_side, union_side, wechat_side
from canbao.demo.outside.side import Answering, Language

LANGUAGES: dict[str, Language] = {"wechat_pay": wechat_side, "alipay": alipay_side, "union_pay": union_side}
"""Those with a cashier page."""
PUSH = "signed_push"
ANSWERING: dict[str, Answering] = {**LANGUAGES, PUSH: push_side}
