"""Readers of supervision: progress against the targets, who is not enrolled and why, and out of how many people."""

from __future__ import annotations

from canbao.supervision.queries.filters import saved_filters
from canbao.supervision.queries.progress import (
    Counts,
    Progress,
    ProgressRow,
    TargetProgress,
    people_missing,
    percent_of,
    progress,
)
from canbao.supervision.queries.roll import (
    NO_REASON,
    Listed,
    Narrowing,
    Roll,
    Step,
    next_unenrolled,
    without_reason,
)
from canbao.supervision.queries.tally import Tally, TallyRow, tally
from canbao.supervision.queries.waiting import Waiting, waiting

__all__ = [
    "NO_REASON",
    "Counts",
    "Listed",
    "Narrowing",
    "Progress",
    "ProgressRow",
    "Roll",
    "Step",
    "Tally",
    "TallyRow",
    "TargetProgress",
    "Waiting",
    "next_unenrolled",
    "people_missing",
    "percent_of",
    "progress",
    "saved_filters",
    "tally",
    "waiting",
    "without_reason",
]
