"""Asking for a second person's yes, and giving it, refusing it, taking the wish back."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction

from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope
from canbao.staff.approvals import Kind, kind_of
from canbao.staff.models import Approval, ApprovalState
from canbao.staff.refusals import (
    AlreadyAsked,
    AlreadyDecided,
    ApprovalNotFound,
    NeedsAPerson,
    NotByYourself,
    ReasonMissing,
)

_WAITING = ApprovalState.WAITING


def ask_approval(
    *, actor: Scope, kind: str, area_code: str, key: str, subject: dict[str, Any], summary: tuple[str, str],
    clock: Clock, page: str = "",
) -> Approval:  # fmt: skip
    """A wish that waits for another person who may decide it for the area; `summary` says it in Chinese and English.

    Refuses `already_asked` while the same wish (kind and key) waits, `needs_a_person` for the program itself.
    """
    wanted = kind_of(kind)
    actor.require(wanted.asks, area_code)
    if actor.actor_id is None:
        raise NeedsAPerson
    try:
        with transaction.atomic():
            return Approval.objects.create(
                area_code=area_code, kind=kind, key=key, subject=subject, page=page,
                summary_zh=summary[0][:300], summary_en=summary[1][:300],
                asked_by_id=actor.actor_id, asked_by=actor.actor_name, asked_at=clock.now(),
            )  # fmt: skip
    except IntegrityError as fault:
        if "staff_approval_once_waiting" in str(fault):
            raise AlreadyAsked from None
        raise


def approve(*, actor: Scope, approval_id: int, clock: Clock, reason: str = "") -> Approval:
    """Say yes, and carry it out in the same transaction.

    Refuses `approval_not_found`, `already_decided`, `not_by_yourself`, and whatever the thing itself refuses: then it
    waits on.
    """
    with transaction.atomic():
        approval, kind = _waiting(actor, approval_id)
        _decide(approval, actor, ApprovalState.APPROVED, reason, clock)
        kind.carry_out(actor.deputed(kind.asks, approval.area_code), approval, clock)
    return approval


def refuse(*, actor: Scope, approval_id: int, reason: str, clock: Clock) -> Approval:
    """Say no and why. Refuses as `approve` does, and `reason_missing`."""
    with transaction.atomic():
        approval, kind = _waiting(actor, approval_id)
        if not reason.strip():
            raise ReasonMissing
        _decide(approval, actor, ApprovalState.REFUSED, reason, clock)
        _let_go(kind, actor, approval, clock)
    return approval


def withdraw(*, actor: Scope, approval_id: int, clock: Clock, owner_id: int | None = None) -> Approval:
    """Take back one's own wish. Refuses `approval_not_found` for another's, `already_decided`.

    `owner_id` is whose the thing itself is: he may take it back though a colleague asked, who then reads why not.
    """
    with transaction.atomic():
        approval = _locked(approval_id)
        if actor.actor_id is None or actor.actor_id not in (approval.asked_by_id, owner_id):
            raise ApprovalNotFound
        kind = kind_of(approval.kind)
        actor.require(kind.asks, approval.area_code)
        _require_waiting(approval)
        if approval.asked_by_id == actor.actor_id:
            _decide(approval, actor, ApprovalState.WITHDRAWN, "", clock)
        else:
            _decide(approval, actor, ApprovalState.REFUSED, "由原提交人收回 Taken back by its owner", clock)
        _let_go(kind, actor, approval, clock)
    return approval


def _waiting(actor: Scope, approval_id: int) -> tuple[Approval, Kind]:
    approval = _locked(approval_id)
    kind = kind_of(approval.kind)
    actor.require(kind.decides)
    if not actor.covers(approval.area_code):
        raise ApprovalNotFound
    if actor.actor_id is None:
        raise NeedsAPerson
    _require_waiting(approval)
    if approval.asked_by_id == actor.actor_id:
        raise NotByYourself
    return approval, kind


def _locked(approval_id: int) -> Approval:
    found = Approval.objects.select_for_update().filter(pk=approval_id).first()
    if found is None:
        raise ApprovalNotFound
    return found


def _require_waiting(approval: Approval) -> None:
    if approval.state != _WAITING:
        raise AlreadyDecided(approval.decided_by)


def _decide(approval: Approval, actor: Scope, state: ApprovalState, reason: str, clock: Clock) -> None:
    approval.state, approval.reason = state, reason.strip()[:300]
    approval.decided_by_id, approval.decided_by, approval.decided_at = actor.actor_id, actor.actor_name, clock.now()
    approval.save(update_fields=("state", "reason", "decided_by_id", "decided_by", "decided_at"))


def _let_go(kind: Kind, actor: Scope, approval: Approval, clock: Clock) -> None:
    if kind.let_go is not None:
        kind.let_go(actor.deputed(kind.asks, approval.area_code), approval, clock)
