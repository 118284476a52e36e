"""The only writers of enrolments and of what goes with them."""

from __future__ import annotations

from canbao.enrolment.actions.extensions import ask_extension
from canbao.enrolment.actions.reasons import record_reason, withdraw_reason
from canbao.enrolment.actions.single import change_tier, copy_enrolments, enrol, stop

__all__ = ["ask_extension", "change_tier", "copy_enrolments", "enrol", "record_reason", "stop", "withdraw_reason"]
