"""What two people decide about facts that bills rest on."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from canbao.billing.actions import taking_back
from canbao.kernel.capabilities import Capability
from canbao.staff import approvals


def attach() -> None:
    """Called once, when the room is set up."""
    taken_back = approvals.Kind(
        taking_back.TAKEN_BACK, _("撤销类别认定"), Capability.CERTIFY_CATEGORY, taking_back.carry_out
    )
    approvals.attach(taken_back)
