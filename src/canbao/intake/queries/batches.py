"""Batches and their rows, as a scope may see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from canbao.areas import queries as areas
from canbao.intake import refusals
from canbao.intake.models import OVER, Batch, Outcome, Progress, Row
from canbao.intake.reading.faults import Fault
from canbao.intake.sources import offered
from canbao.kernel.capabilities import Capability
from canbao.kernel.scope import Scope


def visible(scope: Scope) -> QuerySet[Batch]:
    """The batches of this scope's areas: of lists that its roles give, or all where it approves or audits."""
    inside = Batch.objects.filter(scope.q("area_code"), pooling_area__in=areas.pooling_codes(scope))
    if scope.can(Capability.APPROVE) or scope.can(Capability.SEE_AUDIT):
        return inside
    return inside.filter(source__in=[each.code for each in offered(scope)])


def batch(scope: Scope, batch_id: int) -> Batch:
    """Refuses `batch_not_found` for one that is not there or not this scope's."""
    found = visible(scope).filter(pk=batch_id).first()
    if found is None:
        raise refusals.batch_not_found()
    return found


def batches(scope: Scope, limit: int = 50) -> list[Batch]:
    """Latest first."""
    return list(visible(scope).order_by("-id")[:limit])


def live_batch(pooling_area: str, area_code: str, source: str, digest: str, options: Mapping[str, str]) -> Batch | None:
    """The batch of exactly this file, unless it is over. For whoever holds the file, so it takes no scope."""
    same = Batch.objects.filter(
        pooling_area=pooling_area, area_code=area_code, source=source, digest=digest, options=dict(options)
    )
    return same.exclude(state__in=OVER).first()


@dataclass(frozen=True)
class ReasonCount:
    code: str
    rows: int


def reasons_of(found: Batch) -> list[ReasonCount]:
    """Why rows are refused, the most frequent first."""
    counted = _rows(found).filter(outcome=Outcome.REFUSED).values("reason").annotate(rows=Count("position"))
    return [ReasonCount(each["reason"], each["rows"]) for each in counted.order_by("-rows", "reason")]


def rows_of(found: Batch, outcome: str = "", reason: str = "") -> QuerySet[Row]:
    """The rows in the order of the file; of one outcome and reason where these are given."""
    rows = _rows(found).order_by("position")
    if outcome:
        rows = rows.filter(outcome=outcome)
    return rows.filter(reason=reason) if reason else rows


def _rows(found: Batch) -> QuerySet[Row]:
    return Row.objects.filter(pooling_area=found.pooling_area, batch_id=found.pk)


def faults_of(row: Row) -> list[Fault]:
    return [Fault(code, column, said) for code, column, said in row.reasons]


def progress_of(found: Batch) -> tuple[int, int]:
    """Records done, and of how many (0 where that is not known)."""
    told = Progress.objects.filter(batch_id=found.pk).first()
    return (told.done, told.total) if told else (0, found.rows)
