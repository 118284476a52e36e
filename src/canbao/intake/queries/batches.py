"""Batches and their rows, as a scope may see them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from canbao.areas import queries as areas
from canbao.intake import refusals
from canbao.intake.models import OVER, Batch, Outcome, Progress, Row, State
from canbao.intake.reading.faults import Fault
from canbao.intake.sources import offered
from canbao.intake.sources.periods import PROPOSED
from canbao.kernel.capabilities import Capability
from canbao.kernel.scope import Scope
from canbao.staff import queries as staff
from canbao.staff.models import BUREAU, INSTITUTIONS


def visible(scope: Scope) -> QuerySet[Batch]:
    """The batches of this scope's areas: of lists that its roles give, or all where it approves or audits.

    A school or a hospital sees what it handed in itself, for an area has many of them. So does whoever is that beside
    something else: the scope does not say which of its areas goes with which role.
    """
    inside = Batch.objects.filter(scope.q("area_code"), pooling_area__in=areas.pooling_codes(scope))
    if scope.can(Capability.APPROVE) or scope.can(Capability.SEE_AUDIT):
        return inside
    given = inside.filter(source__in=[each.code for each in offered(scope)])
    return given.filter(actor_id=scope.actor_id or 0) if scope.roles & INSTITUTIONS else given


def in_hand(scope: Scope) -> QuerySet[Batch]:
    """Those of them that this scope may carry on with, and whose rows it may have back whole.

    They are the actor's own and those of colleagues in the same role and area; the bureau may take up every one.
    """
    if not scope.can(Capability.IMPORT_LISTS):
        return Batch.objects.none()
    seen = visible(scope)
    if scope.roles and scope.roles <= BUREAU:
        return seen
    return seen.filter(Q(actor_id=scope.actor_id or 0) | Q(actor_id__in=staff.colleagues_of(scope)))


def batch_in_hand(scope: Scope, batch_id: int) -> Batch:
    """Refuses `batch_not_found` for one that somebody else has to carry on with."""
    return _found(in_hand(scope), batch_id)


def may_withdraw(scope: Scope, found: Batch) -> bool:
    """While it waits for a second person, who handed it in or asked may; before, whoever has it in hand."""
    if not in_hand(scope).filter(pk=found.pk).exists():
        return False
    if found.state != State.WAITING or found.actor_id == scope.actor_id:
        return True
    return staff.approvals_asked_by(scope).filter(pk=found.approval_id or 0).exists()


def batch(scope: Scope, batch_id: int) -> Batch:
    """Refuses `batch_not_found` for one that is not there or not this scope's."""
    return _found(visible(scope), batch_id)


def seen_batch(scopes: Iterable[Scope], batch_id: int) -> Batch:
    """As `batch`, for somebody with several scopes: who hands lists in here and approves them there."""
    return _found(_seen(scopes), batch_id)


def batches(*scopes: Scope, limit: int = 50) -> list[Batch]:
    """What one of the scopes sees, latest first."""
    return list(_seen(scopes).order_by("-id")[:limit])


def _seen(scopes: Iterable[Scope]) -> QuerySet[Batch]:
    seen = Q(pk__in=())
    for scope in scopes:
        seen |= Q(pk__in=visible(scope).values("pk"))
    return Batch.objects.filter(seen)


def _found(rows: QuerySet[Batch], batch_id: int) -> Batch:
    found = rows.filter(pk=batch_id).first()
    if found is None:
        raise refusals.batch_not_found()
    return found


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
    counted = unwritable_of(found).order_by().values("reason").annotate(rows=Count("position"))
    return [ReasonCount(each["reason"], each["rows"]) for each in counted.order_by("-rows", "reason")]


def rows_of(found: Batch, outcome: str = "", reason: str = "") -> QuerySet[Row]:
    """The rows in the order of the file; of one outcome and reason where these are given."""
    rows = _rows(found).order_by("position")
    if outcome:
        rows = rows.filter(outcome=outcome)
    return rows.filter(reason=reason) if reason else rows


def newcomers_of(found: Batch) -> QuerySet[Row]:
    """Rows about people whom the register does not know and whom a roll brings before their township."""
    return rows_of(found, Outcome.REFUSED, PROPOSED)


def newcomer_counts(found: Collection[Batch]) -> dict[int, int]:
    """Batch → how many of its refused rows are newcomers; only those that have any."""
    ids = [batch.pk for batch in found if batch.refused]
    rows = Row.objects.filter(
        pooling_area__in={batch.pooling_area for batch in found}, batch_id__in=ids, outcome=Outcome.REFUSED,
        reason=PROPOSED,
    )  # fmt: skip
    return dict(rows.order_by().values_list("batch_id").annotate(rows=Count("pk")))


def unwritable_of(found: Batch) -> QuerySet[Row]:
    """Rows of which nothing comes: those refused, but for newcomers."""
    return rows_of(found, Outcome.REFUSED).exclude(reason=PROPOSED)


def _rows(found: Batch) -> QuerySet[Row]:
    return Row.objects.filter(pooling_area=found.pooling_area, batch_id=found.pk)


def faults_of(row: Row) -> list[Fault]:
    return [Fault(code, column, said) for code, column, said in row.reasons]


def progress_of(found: Batch) -> tuple[int, int]:
    """Records done, and of how many (0 where that is not known)."""
    told = Progress.objects.filter(batch_id=found.pk).first()
    return (told.done, told.total) if told else (0, found.rows)
