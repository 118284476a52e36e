"""The policies as staff read them: the same leaflets as the public ones, inside the console."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from canbao.faces.leaflets import leaflet_of, policy_today
from canbao.faces.visit import clock, for_staff, login_of, show
from canbao.kernel.scope import Scope
from canbao.policy import policies
from canbao.policy.readings import readings_told
from canbao.staff import queries as staff
from canbao.staff.capabilities import Capability


@require_safe
@for_staff(Capability.SEE_POLICIES)
def policies_page(request: HttpRequest, scope: Scope) -> HttpResponse:
    shown = [(policy, sum(told.unsettled for told in readings_told(policy))) for policy in policies.all()]
    may_extend = Capability.EXTEND_WINDOW in staff.capabilities_of(login_of(request), clock())
    return show(request, "faces/console/policies.html", "policies", {"policies": shown, "may_extend": may_extend})


@require_safe
@for_staff(Capability.SEE_POLICIES)
def leaflet(request: HttpRequest, scope: Scope, policy_id: str) -> HttpResponse:
    policy = policy_today(policy_id)
    return show(request, "faces/console/leaflet.html", "policies", {"policy": policy, "leaflet": leaflet_of(policy)})
