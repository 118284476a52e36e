"""Batches of people enrolled in one act, and whom they hold."""

from __future__ import annotations

from django.db.models import QuerySet

from canbao.areas import queries as areas
from canbao.enrolment.models import Enrolment, EnrolmentBatch, EnrolmentState
from canbao.enrolment.queries.facts import visible
from canbao.enrolment.refusals import BatchNotFound
from canbao.kernel.scope import Scope


def batches(scope: Scope, policy_id: str) -> QuerySet[EnrolmentBatch]:
    """Those of places inside the scope, latest first."""
    rows = EnrolmentBatch.objects.filter(scope.q("area_code"), pooling_area__in=areas.pooling_codes(scope))
    return rows.filter(policy_id=policy_id).order_by("-id")


def batch(scope: Scope, batch_id: int) -> EnrolmentBatch:
    """BatchNotFound outside the scope."""
    return _inside(scope, EnrolmentBatch.objects.filter(pk=batch_id).first())


def lock_batch(scope: Scope, batch_id: int) -> EnrolmentBatch:
    """As `batch`, and nobody undoes it until the transaction ends."""
    return _inside(scope, EnrolmentBatch.objects.select_for_update(no_key=True).filter(pk=batch_id).first())


def _inside(scope: Scope, row: EnrolmentBatch | None) -> EnrolmentBatch:
    if row is None or not scope.covers(row.area_code):
        raise BatchNotFound
    return row


def people_of(scope: Scope, row: EnrolmentBatch) -> QuerySet[Enrolment]:
    """The enrolments of the batch inside the scope, stopped ones too; `resident` is fetched along."""
    inside = visible(scope).filter(batch=row).select_related("resident")
    return inside.order_by("resident__village_code", "resident_id")


def latest_stopped(scope: Scope, resident_id: int, benefit_year: int) -> Enrolment | None:
    """The latest of the year if it was stopped and not undone with its batch; None while one is live."""
    rows = visible(scope).filter(resident_id=resident_id, benefit_year=benefit_year, batch__undone_at=None)
    latest = rows.order_by("-id").first()
    if latest is None or rows.filter(state=EnrolmentState.LIVE).exists():
        return None
    return latest
