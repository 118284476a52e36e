"""The languages of payment partners: one module each, one interface, no table and no clock of its own."""

from __future__ import annotations

from canbao.payments.partners import alipay, by_hand, signed_push, union_pay, wechat_pay
from canbao.payments.partners.partner import Cashier, Partner

CASHIERS: dict[str, Cashier] = {"wechat_pay": wechat_pay, "alipay": alipay, "union_pay": union_pay}
DEBIT_FILE, COLLECTIVE_LIST = "debit_file", "collective_list"
BY_HAND = frozenset({DEBIT_FILE, COLLECTIVE_LIST})
"""Partners whose files and transfers people hand in and record; no key is agreed with them."""
PARTNERS: dict[str, Partner] = {
    **CASHIERS,
    "signed_push": signed_push,
    DEBIT_FILE: by_hand,
    COLLECTIVE_LIST: by_hand,
}
