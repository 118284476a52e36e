"""What two people decide about the register: merging two rows that are one person, parting them, a death."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope
from canbao.registry.actions import deaths, merges
from canbao.staff import approvals
from canbao.staff.models import Approval


def attach() -> None:
    """Called once, when the room is set up."""
    asks = Capability.KEEP_REGISTER
    approvals.attach(approvals.Kind(merges.MERGE, _("合并重复登记"), asks, _merge))
    approvals.attach(approvals.Kind(merges.PART, _("撤销合并"), asks, _part))
    approvals.attach(approvals.Kind(deaths.DEATH, _("死亡登记"), asks, deaths.carry_out))


def _merge(actor: Scope, approval: Approval, clock: Clock) -> object:
    wish = approval.subject
    return merges.merge_residents(
        actor=actor, kept_id=wish["kept"], merged_id=wish["merged"], reason=wish["reason"], clock=clock,
        differs_because=wish.get("differs_because", ""),
    )  # fmt: skip


def _part(actor: Scope, approval: Approval, clock: Clock) -> object:
    wish = approval.subject
    return merges.part_residents(actor=actor, merged_id=wish["merged"], reason=wish["reason"], clock=clock)
