"""The tables of payments."""

from __future__ import annotations

from canbao.payments.models.channels import Alarm, AlarmKind, Attempt, AttemptState, Channel, PaidBy, Shape
from canbao.payments.models.inbox import Capture, Delivery, HeldDecision, Place, Refund, RefundState, Way
from canbao.payments.models.taken import COUNTER, COUNTER_METHODS, Method, Payment, ReceiptBook

__all__ = [
    "COUNTER",
    "COUNTER_METHODS",
    "Alarm",
    "AlarmKind",
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
    "RefundState",
    "Shape",
    "Way",
]
