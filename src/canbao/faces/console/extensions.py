"""Extensions of a window that closes in principle: what holds where, and asking for one that another decides."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from canbao.areas import queries as areas
from canbao.enrolment import actions as enrolment_actions
from canbao.enrolment import queries as enrolment
from canbao.faces.console.places import Chosen, chosen
from canbao.faces.led_back import only_posted
from canbao.faces.typed import day_typed
from canbao.faces.visit import clock, for_staff, show
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.staff.capabilities import Capability


@require_safe
@for_staff(Capability.EXTEND_WINDOW)
def extensions(request: HttpRequest, scope: Scope) -> HttpResponse:
    return _page(request, scope, chosen(request, scope))


def _page(request: HttpRequest, scope: Scope, place: Chosen, refusal: Refusal | None = None) -> HttpResponse:
    rows = enrolment.extensions(scope, place.policy.id)
    names = areas.names({row.area_code for row in rows})
    context = {
        "place": place,
        "policy_here": enrolment.policy_at(place.policy.id, place.area.code),
        "rows": [(row, names.get(row.area_code, row.area_code)) for row in rows],
        "refusal": refusal,
        "filled": {name: request.POST.get(name, "") for name in ("closes", "document", "reason")},
    }
    return show(request, "faces/console/extensions.html", "home", context, status=422 if refusal else 200)


@only_posted("console:extensions")
@for_staff(Capability.EXTEND_WINDOW)
def ask(request: HttpRequest, scope: Scope) -> HttpResponse:
    place = chosen(request, scope)
    closes = day_typed(request.POST.get("closes", ""))
    if closes is None:
        raise Http404
    page = f"{reverse('console:extensions')}?{place.query}"
    try:
        enrolment_actions.ask_extension(
            actor=scope,
            policy_id=place.policy.id,
            area_code=place.area.code,
            closes=closes,
            document=request.POST.get("document", ""),
            reason=request.POST.get("reason", ""),
            clock=clock(),
            page=page,
        )
    except Refusal as refusal:
        return _page(request, scope, place, refusal)
    messages.success(request, gettext("已提交，等另一位有审批权的人同意后生效。"))
    return redirect(page)
