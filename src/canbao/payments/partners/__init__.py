"""The languages of payment partners: one module each, one interface, no table and no clock of its own."""

from __future__ import annotations

from canbao.payments.partners import alipay, signed_push, union_pay, wechat_pay
from canbao.payments.partners.partner import Cashier, Partner

CASHIERS: dict[str, Cashier] = {"wechat_pay": wechat_pay, "alipay": alipay, "union_pay": union_pay}
PARTNERS: dict[str, Partner] = {**CASHIERS, "signed_push": signed_push}
