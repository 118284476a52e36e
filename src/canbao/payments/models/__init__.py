"""The tables of payments."""

from __future__ import annotations

from canbao.payments.models.channels import Alarm, AlarmKind, Attempt, AttemptState, Channel, PaidBy, Shape
from canbao.payments.models.collectors import (
    CODE_LENGTH,
    CODE_LETTERS,
    Deposit,
    DepositDifference,
    DepositReceipt,
    DifferenceKind,
    ListedCode,
    Mandate,
    MessageState,
    PhoneMessage,
    ReceiptMessage,
)
from canbao.payments.models.debits import DebitLine, DebitMandate, DebitRun
from canbao.payments.models.inbox import Capture, Delivery, HeldDecision, Place, Way
from canbao.payments.models.lists import LIST_MOVES, CollectiveLine, CollectiveList, ListState
from canbao.payments.models.refunds import ApplicationState, Refund, RefundApplication, RefundState
from canbao.payments.models.taken import COUNTER, COUNTER_METHODS, Method, Payment, ReceiptBook

__all__ = [
    "CODE_LENGTH",
    "CODE_LETTERS",
    "COUNTER",
    "COUNTER_METHODS",
    "LIST_MOVES",
    "Alarm",
    "AlarmKind",
    "ApplicationState",
    "Attempt",
    "AttemptState",
    "Capture",
    "Channel",
    "CollectiveLine",
    "CollectiveList",
    "DebitLine",
    "DebitMandate",
    "DebitRun",
    "Delivery",
    "Deposit",
    "DepositDifference",
    "DepositReceipt",
    "DifferenceKind",
    "HeldDecision",
    "ListState",
    "ListedCode",
    "Mandate",
    "MessageState",
    "Method",
    "PaidBy",
    "Payment",
    "PhoneMessage",
    "Place",
    "ReceiptBook",
    "ReceiptMessage",
    "Refund",
    "RefundApplication",
    "RefundState",
    "Shape",
    "Way",
]
