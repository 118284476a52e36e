"""What the register holds of a person: numbers shown one at a time, each showing logged."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from canbao.faces.console.people import gone_is_404
from canbao.faces.led_back import only_posted
from canbao.faces.visit import clock, for_staff, show
from canbao.kernel.scope import Scope
from canbao.registry import actions, queries
from canbao.registry.codes import NumberKind, Purpose
from canbao.staff.capabilities import Capability

SCREENS = ("person", "record")


@only_posted("console:person", None)
@for_staff(Capability.SEE_PERSON)
@gone_is_404
def reveal(request: HttpRequest, scope: Scope, resident_id: int) -> HttpResponse:
    """One number unmasked, as a piece of the page that asked, or without scripts as a page of its own."""
    kind, purpose = request.POST.get("kind", ""), request.POST.get("purpose", "")
    screen = request.POST.get("screen", "")
    if kind not in NumberKind.values or purpose not in Purpose.values or screen not in SCREENS:
        raise Http404
    number = actions.reveal(
        actor=scope,
        resident_id=resident_id,
        kind=NumberKind(kind),
        purpose=Purpose(purpose),
        screen=screen,
        clock=clock(),
    )
    if request.headers.get("HX-Request"):
        return render(request, "faces/console/unmasked.html", {"number": number})
    context = {"number": number, "label": NumberKind(kind).label, "resident": queries.resident(scope, resident_id)}
    return show(request, "faces/console/revealed.html", "people", context)
