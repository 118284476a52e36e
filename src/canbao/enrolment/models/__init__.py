"""The tables of enrolment."""

from __future__ import annotations

from canbao.enrolment.models.applications import (
    Application,
    ApplicationEvent,
    ApplicationKind,
    ApplicationState,
    Evidence,
    PublicAttempt,
    Relation,
)
from canbao.enrolment.models.enrolments import (
    EXCUSED,
    ChangeKind,
    Enrolment,
    EnrolmentBatch,
    EnrolmentChange,
    EnrolmentState,
    Tier,
    UnenrolledReason,
    WhyNot,
    WindowExtension,
)
from canbao.enrolment.models.newcomers import Newcomer, NewcomerState

__all__ = [
    "EXCUSED",
    "Application",
    "ApplicationEvent",
    "ApplicationKind",
    "ApplicationState",
    "ChangeKind",
    "Enrolment",
    "EnrolmentBatch",
    "EnrolmentChange",
    "EnrolmentState",
    "Evidence",
    "Newcomer",
    "NewcomerState",
    "PublicAttempt",
    "Relation",
    "Tier",
    "UnenrolledReason",
    "WhyNot",
    "WindowExtension",
]
