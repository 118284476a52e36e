"""Undoing a list that was applied: asked by one person, agreed to by another, then put back by the worker."""

from __future__ import annotations

from django.db import transaction

from canbao.areas import queries as areas
from canbao.intake import jobs, refusals
from canbao.intake.models import Batch, State
from canbao.intake.queries.batches import batch_in_hand
from canbao.intake.sources import source
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope
from canbao.staff import actions as staff
from canbao.staff.models import Approval

APPROVAL = "intake.undo"


def ask_undo(*, actor: Scope, batch_id: int, clock: Clock, page: str = "") -> Approval:
    """Ask a second person to let it be undone. Refuses `wrong_step` before it is applied, `rows_removed` too late."""
    actor.require(Capability.IMPORT_LISTS)
    with transaction.atomic():
        found = Batch.objects.select_for_update().get(pk=batch_in_hand(actor, batch_id).pk)
        if found.state != State.APPLIED:
            raise refusals.wrong_step()
        if found.removed_at is not None:
            raise refusals.rows_removed()
        where = areas.names([found.area_code]).get(found.area_code, found.area_code)
        approval = staff.ask_approval(
            actor=actor,
            kind=APPROVAL,
            area_code=found.area_code,
            key=f"undo:{found.pk}",
            subject={"batch": found.pk},
            summary=(
                f"撤销{where}的{source(found.source).name}：新增 {found.new}，变更 {found.changed}",
                f"Undo of {found.source} for {where}: {found.new} new, {found.changed} changed",
            ),
            clock=clock,
            page=page,
        )
        found.state, found.approval_id = State.UNDO_ASKED, approval.pk
        found.fault = found.fault_zh = found.fault_en = ""
        found.save(update_fields=("state", "approval_id", "fault", "fault_zh", "fault_en"))
    return approval


def approved(actor: Scope, approval: Approval, clock: Clock) -> None:
    """What a yes means: the list is undone in the background."""
    moved = Batch.objects.filter(pk=approval.subject["batch"], state=State.UNDO_ASKED).update(state=State.UNDOING)
    if not moved:
        raise refusals.wrong_step()
    jobs.undo.defer(batch_id=approval.subject["batch"])


def let_go(actor: Scope, approval: Approval, clock: Clock) -> None:
    """What a no means: the list stays as it was written."""
    Batch.objects.filter(pk=approval.subject["batch"], state=State.UNDO_ASKED).update(
        state=State.APPLIED, approval_id=None
    )
