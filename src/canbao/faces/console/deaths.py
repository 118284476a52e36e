"""A death on the record: asked for with its proof, corrected and taken back; a second person decides."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from canbao.faces.console.people import gone_is_404
from canbao.faces.console.record import RECORD, day_sent, done, must
from canbao.faces.led_back import only_posted
from canbao.faces.visit import clock, for_staff
from canbao.kernel.scope import Scope
from canbao.registry import actions
from canbao.staff.capabilities import Capability


@only_posted(RECORD)
@for_staff(Capability.KEEP_REGISTER)
@gone_is_404
def death(request: HttpRequest, scope: Scope, resident_id: int) -> HttpResponse:
    """Ask that a death be recorded or its day corrected; with `never`, that it be taken back."""
    sent, page = request.POST, reverse(RECORD, args=[resident_id])
    proof, reason = sent.get("proof", ""), sent.get("reason", "")

    def work() -> None:
        if "never" in sent:
            actions.ask_to_take_back_death(
                actor=scope, resident_id=resident_id, reason=reason, proof=proof, page=page, clock=clock()
            )
        else:
            died_on = must(day_sent(request, "died_on"))
            actions.ask_to_record_death(
                actor=scope, resident_id=resident_id, died_on=died_on, proof=proof, reason=reason, page=page,
                clock=clock(),
            )  # fmt: skip

    return done(request, scope, resident_id, gettext("已提交，等另一位有审批权的人同意后生效。"), work)
