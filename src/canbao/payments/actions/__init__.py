"""The only writers of payments, channels, attempts and what is decided about money that settled nothing."""

from __future__ import annotations

from canbao.payments.actions.agreeing import Agreement as Agreement
from canbao.payments.actions.agreeing import agree_channel
from canbao.payments.actions.asking import ask_attempt, ask_refund
from canbao.payments.actions.attempts import begin_attempt, look_again, send_attempt
from canbao.payments.actions.attempts import is_open as is_open
from canbao.payments.actions.attempts import payer as payer
from canbao.payments.actions.codes import ask_code, unlist_code
from canbao.payments.actions.counter import take_counter_payment
from canbao.payments.actions.debits import end_debit, make_run, sign_debit, take_answer
from canbao.payments.actions.deposits import Slip as Slip
from canbao.payments.actions.deposits import ask_give_back, hand_in
from canbao.payments.actions.gathering import hear as hear
from canbao.payments.actions.handing_back import refund_arrived, refund_came_back, send_by_hand
from canbao.payments.actions.hearing import ear as ear
from canbao.payments.actions.hearing import judge_left_over, take_report
from canbao.payments.actions.held import propose, record_returned, resend_refund
from canbao.payments.actions.lists import drop_list, make_list, record_transfer
from canbao.payments.actions.looking import find_bill
from canbao.payments.actions.looking import pull_bill as pull_bill
from canbao.payments.actions.mandates import ask_mandate, end_mandate, give_mandate
from canbao.payments.actions.messages import send_message
from canbao.payments.actions.refunding import Asked as Asked
from canbao.payments.actions.refunding import (
    apply_for_refund,
    check_refund_application,
    refuse_refund_application,
    send_refund_again,
    take_own_refund_back,
    take_refund_application,
    withdraw_refund_application,
)

__all__ = [
    "agree_channel",
    "apply_for_refund",
    "ask_attempt",
    "ask_code",
    "ask_give_back",
    "ask_mandate",
    "ask_refund",
    "begin_attempt",
    "check_refund_application",
    "drop_list",
    "end_debit",
    "end_mandate",
    "find_bill",
    "give_mandate",
    "hand_in",
    "judge_left_over",
    "look_again",
    "make_list",
    "make_run",
    "propose",
    "record_returned",
    "record_transfer",
    "refund_arrived",
    "refund_came_back",
    "refuse_refund_application",
    "resend_refund",
    "send_attempt",
    "send_by_hand",
    "send_message",
    "send_refund_again",
    "sign_debit",
    "take_answer",
    "take_counter_payment",
    "take_own_refund_back",
    "take_refund_application",
    "take_report",
    "unlist_code",
    "withdraw_refund_application",
]
