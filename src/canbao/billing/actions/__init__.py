"""The only writers of bills."""

from __future__ import annotations

from canbao.billing.actions.approving import approve_application
from canbao.billing.actions.runs import continue_run, issue_bills, start_run
from canbao.billing.actions.settling import Settled as Settled
from canbao.billing.actions.settling import settle_bills
from canbao.billing.actions.single import (
    change_tier,
    issue_bill,
    refund_bill,
    reissue_bill,
    settle_bill,
    void_bill,
)
from canbao.billing.actions.stopping import stop_enrolment, undo_batch
from canbao.billing.actions.taking_back import take_back_category

__all__ = [
    "approve_application",
    "change_tier",
    "continue_run",
    "issue_bill",
    "issue_bills",
    "refund_bill",
    "reissue_bill",
    "settle_bill",
    "settle_bills",
    "start_run",
    "stop_enrolment",
    "take_back_category",
    "undo_batch",
    "void_bill",
]
