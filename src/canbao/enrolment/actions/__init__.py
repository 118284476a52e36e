"""The only writers of enrolments and of what goes with them."""

from __future__ import annotations

from canbao.enrolment.actions.applications import STANDINGS_OF as STANDINGS_OF
from canbao.enrolment.actions.applications import NewApplication as NewApplication
from canbao.enrolment.actions.applications import (
    add_evidence,
    begin_application,
    count_public_attempt,
    open_application,
    submit_application,
    withdraw_application,
)
from canbao.enrolment.actions.applications import applicant as applicant
from canbao.enrolment.actions.desk import take_application
from canbao.enrolment.actions.extensions import ask_extension
from canbao.enrolment.actions.many import Outcome as Outcome
from canbao.enrolment.actions.many import end_batch, enrol_many
from canbao.enrolment.actions.newcomers import Proposed as Proposed
from canbao.enrolment.actions.newcomers import (
    dismiss_newcomer,
    propose_newcomers,
    register_newcomer,
    withdraw_newcomers,
)
from canbao.enrolment.actions.reasons import record_reason, withdraw_reason
from canbao.enrolment.actions.reviews import (
    approve_application,
    read_evidence,
    refuse_application,
    return_application,
)
from canbao.enrolment.actions.single import (
    change_tier,
    copy_enrolments,
    enrol,
    maintain_for_late_payment,
    restart,
    stop,
)

__all__ = [
    "add_evidence",
    "approve_application",
    "ask_extension",
    "begin_application",
    "change_tier",
    "copy_enrolments",
    "count_public_attempt",
    "dismiss_newcomer",
    "end_batch",
    "enrol",
    "enrol_many",
    "maintain_for_late_payment",
    "open_application",
    "propose_newcomers",
    "read_evidence",
    "record_reason",
    "refuse_application",
    "register_newcomer",
    "restart",
    "return_application",
    "stop",
    "submit_application",
    "take_application",
    "withdraw_application",
    "withdraw_newcomers",
    "withdraw_reason",
]
