"""The only readers of enrolments and what goes with them, and of the facts of a resident as the policy takes them."""

from __future__ import annotations

from canbao.enrolment.queries.applications import (
    REGISTER_COLUMNS,
    application,
    application_numbered,
    application_of,
    applications,
    applications_waiting,
    enrolled_elsewhere,
    enrolment_made,
    files,
    past,
)
from canbao.enrolment.queries.facts import (
    BATCH_SIZE,
    Facts,
    FactsRow,
    count_enrolled,
    enrolment_of,
    enrolments_of,
    facts,
    facts_batches,
    facts_of,
    locked_enrolment,
    payable_from,
    payable_later,
    standing_of,
    visible,
)
from canbao.enrolment.queries.windows import Windows, extensions, policy_at, policy_pinned

__all__ = [
    "BATCH_SIZE",
    "REGISTER_COLUMNS",
    "Facts",
    "FactsRow",
    "Windows",
    "application",
    "application_numbered",
    "application_of",
    "applications",
    "applications_waiting",
    "count_enrolled",
    "enrolled_elsewhere",
    "enrolment_made",
    "enrolment_of",
    "enrolments_of",
    "extensions",
    "facts",
    "facts_batches",
    "facts_of",
    "files",
    "locked_enrolment",
    "past",
    "payable_from",
    "payable_later",
    "policy_at",
    "policy_pinned",
    "standing_of",
    "visible",
]
