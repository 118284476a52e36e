"""The only writers of mutual aid."""

from __future__ import annotations

from canbao.mutual_aid.actions.balances import Taken as Taken
from canbao.mutual_aid.actions.balances import take_balances
from canbao.mutual_aid.actions.deducting import deduct
from canbao.mutual_aid.actions.holding import confirm, group_of, revoke
from canbao.mutual_aid.actions.messages import send_message
from canbao.mutual_aid.actions.network import (
    agree_at_counter,
    agree_by_code,
    find_person,
    leave,
    propose,
    record_both,
    refuse,
    visitor,
)
from canbao.mutual_aid.actions.runs import ask_run, continue_run, start_run
from canbao.mutual_aid.actions.sweeping import pay_for_approved, sweep

__all__ = [
    "agree_at_counter",
    "agree_by_code",
    "ask_run",
    "confirm",
    "continue_run",
    "deduct",
    "find_person",
    "group_of",
    "leave",
    "pay_for_approved",
    "propose",
    "record_both",
    "refuse",
    "revoke",
    "send_message",
    "start_run",
    "sweep",
    "take_balances",
    "visitor",
]
