"""The only writers of payments, channels, attempts and what is decided about money that settled nothing."""

from __future__ import annotations

from canbao.payments.actions.agreeing import Agreement as Agreement
from canbao.payments.actions.agreeing import agree_channel
from canbao.payments.actions.asking import ask_attempt, ask_refund
from canbao.payments.actions.attempts import begin_attempt, look_again, send_attempt
from canbao.payments.actions.attempts import is_open as is_open
from canbao.payments.actions.attempts import payer as payer
from canbao.payments.actions.counter import take_counter_payment
from canbao.payments.actions.hearing import ear as ear
from canbao.payments.actions.hearing import hear as hear
from canbao.payments.actions.hearing import judge_left_over, take_report
from canbao.payments.actions.held import propose, resend_refund
from canbao.payments.actions.looking import find_bill
from canbao.payments.actions.looking import pull_bill as pull_bill
from canbao.payments.actions.refunding import Asked as Asked
from canbao.payments.actions.refunding import (
    check_refund_application,
    refund_arrived,
    refund_came_back,
    refuse_refund_application,
    send_by_hand,
    send_refund_again,
    take_refund_application,
    withdraw_refund_application,
)

__all__ = [
    "agree_channel",
    "ask_attempt",
    "ask_refund",
    "begin_attempt",
    "check_refund_application",
    "find_bill",
    "judge_left_over",
    "look_again",
    "propose",
    "refund_arrived",
    "refund_came_back",
    "refuse_refund_application",
    "resend_refund",
    "send_attempt",
    "send_by_hand",
    "send_refund_again",
    "take_counter_payment",
    "take_refund_application",
    "take_report",
    "withdraw_refund_application",
]
