"""What waits for a second person, oldest first, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from canbao.kernel.scope import Scope
from canbao.staff.approvals import kind_of, kinds
from canbao.staff.models import Approval, ApprovalState
from canbao.staff.refusals import ApprovalNotFound


def _decidable(scope: Scope) -> QuerySet[Approval]:
    codes = [kind.code for kind in kinds() if scope.can(kind.decides)]
    return Approval.objects.filter(scope.q("area_code"), kind__in=codes)


def approvals_waiting(scope: Scope) -> QuerySet[Approval]:
    """What this person may decide: of his areas, of kinds he decides, asked by somebody else. Oldest first."""
    waiting = _decidable(scope).filter(state=ApprovalState.WAITING)
    return waiting.exclude(Q(asked_by_id=scope.actor_id)).order_by("asked_at", "pk")


def approvals_decided(scope: Scope) -> QuerySet[Approval]:
    """What was decided of that, latest first."""
    return _decidable(scope).exclude(state=ApprovalState.WAITING).order_by("-decided_at", "-pk")


def approvals_asked_by(scope: Scope) -> QuerySet[Approval]:
    """What this person asked, latest first."""
    return Approval.objects.filter(Q(asked_by_id=scope.actor_id)).order_by("-asked_at", "-pk")


def approvals_about(scope: Scope, kind: str, key: str) -> list[Approval]:
    """Every wish about one thing inside the scope, latest first: for the page that shows the thing."""
    rows = Approval.objects.filter(scope.q("area_code"), kind=kind, key=key)
    return list(rows.order_by("-asked_at", "-pk"))


def approvals_of_kind(scope: Scope, kind: str, limit: int | None = 100, *, waiting: bool = False) -> list[Approval]:
    """The latest wishes of one kind inside the scope; with `waiting` only those that nobody has decided."""
    rows = Approval.objects.filter(scope.q("area_code"), kind=kind)
    rows = rows.filter(state=ApprovalState.WAITING) if waiting else rows
    return list(rows.order_by("-asked_at", "-pk")[:limit])


def approval(scopes: Iterable[Scope], approval_id: int) -> Approval:
    """One that a scope may decide, or that its person asked. ApprovalNotFound if there is none."""
    allowed = Q(pk__in=())
    for scope in scopes:
        allowed |= Q(asked_by_id=scope.actor_id)
        allowed |= scope.q("area_code") & Q(kind__in=[kind.code for kind in kinds() if scope.can(kind.decides)])
    found = Approval.objects.filter(allowed, pk=approval_id).first()
    if found is None:
        raise ApprovalNotFound
    return found


def kind_name(approval: Approval) -> str:
    """What its kind is called."""
    return str(kind_of(approval.kind).name)
