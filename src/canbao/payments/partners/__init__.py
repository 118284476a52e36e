"""The languages of payment partners: one module each, one interface, no table and no clock of its own."""

from __future__ import annotations

from canbao.payments.partners import alipay, by_hand, signed_push, union_pay, wechat_pay
from canbao.payments.partners.partner import Cashier, Partner

CASHIERS: dict[str, Cashier] = {"wechat_pay": wechat_pay, "alipay": alipay, "union_pay": union_pay}
DEBIT_FILE, COLLECTIVE_LIST, COUNTER_BANK = "debit_file", "collective_list", "counter_bank"
PERSONAL_ACCOUNT = "personal_account"
"""Whose money goes back at once, by the room that keeps the accounts."""
SM2_TOO = frozenset({"signed_push"})
"""Partners who may sign with SM2 instead of RSA, as their channel's agreement says."""
BY_HAND = frozenset({DEBIT_FILE, COLLECTIVE_LIST, COUNTER_BANK, PERSONAL_ACCOUNT})
"""Partners whose files and transfers people hand in and record, the bank of the counters among them; no key is agreed
with them."""
PARTNERS: dict[str, Partner] = {
    **CASHIERS,
    "signed_push": signed_push,
    DEBIT_FILE: by_hand,
    COLLECTIVE_LIST: by_hand,
    COUNTER_BANK: by_hand,
    PERSONAL_ACCOUNT: by_hand,
}
