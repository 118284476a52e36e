"""The tables of payments."""

from __future__ import annotations

from canbao.payments.models.channels import Alarm, AlarmKind, Attempt, AttemptState, Channel, PaidBy, Shape
from canbao.payments.models.inbox import Capture, Delivery, HeldDecision, Place, Way
from canbao.payments.models.refunds import ApplicationState, Refund, RefundApplication, RefundState
from canbao.payments.models.taken import COUNTER, COUNTER_METHODS, Method, Payment, ReceiptBook

__all__ = [
    "COUNTER",
    "COUNTER_METHODS",
    "Alarm",
    "AlarmKind",
    "ApplicationState",
    "Attempt",
    "AttemptState",
    "Capture",
    "Channel",
    "Delivery",
    "HeldDecision",
    "Method",
    "PaidBy",
    "Payment",
    "Place",
    "ReceiptBook",
    "Refund",
    "RefundApplication",
    "RefundState",
    "Shape",
    "Way",
]
