"""Why somebody is not enrolled: taken down by whoever asked the person, taken back when it was wrong."""

from __future__ import annotations

from datetime import date

from canbao.enrolment import queries
from canbao.enrolment.models import EXCUSED, UnenrolledReason, WhyNot
from canbao.enrolment.refusals import AlreadyEnrolled, EvidenceMissing, NumberInEvidence, ReasonExpired
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope
from canbao.registry import queries as registry
from canbao.registry.proof import holds_whole_number


def record_reason(
    *, actor: Scope, resident_id: int, benefit_year: int, reason: WhyNot, evidence: str, expires_on: date | None,
    clock: Clock,
) -> UnenrolledReason:  # fmt: skip
    """Take down the reason, in place of an earlier one. `expires_on` is the first day on which it no longer holds.

    Refuses `resident_not_found`, `already_enrolled`, `evidence_missing` for an excuse without any,
    `number_in_evidence`, `reason_expired`.
    """
    actor.require(Capability.KEEP_REASONS)
    person = registry.resident(actor, resident_id)
    if queries.enrolment_of(actor, resident_id, benefit_year) is not None:
        raise AlreadyEnrolled(benefit_year)
    evidence = " ".join(evidence.split())[:200]
    if reason in EXCUSED and not evidence:
        raise EvidenceMissing
    if holds_whole_number(evidence):
        raise NumberInEvidence
    if expires_on is not None and expires_on <= clock.today():
        raise ReasonExpired(clock.today())
    return UnenrolledReason.objects.update_or_create(
        pooling_area=person.pooling_area,
        resident=person,
        benefit_year=benefit_year,
        defaults={
            "reason": reason, "evidence": evidence, "expires_on": expires_on, "recorded_at": clock.now(),
            "actor_id": actor.actor_id, "actor_name": actor.actor_name,
        },
    )[0]  # fmt: skip


def withdraw_reason(*, actor: Scope, resident_id: int, benefit_year: int) -> None:
    """Take it back; its history is kept. Nothing happens where none was taken down. Refuses `resident_not_found`."""
    actor.require(Capability.KEEP_REASONS)
    person = registry.resident(actor, resident_id)
    UnenrolledReason.objects.filter(
        pooling_area=person.pooling_area, resident=person, benefit_year=benefit_year
    ).delete()
