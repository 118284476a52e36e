"""Rows that may be one person, side by side: merge them by two people's decision, or say that they are two."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from canbao.faces.console.people import gone_is_404
from canbao.faces.led_back import only_posted
from canbao.faces.typed import key_typed
from canbao.faces.visit import clock, for_staff, show
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.registry import actions, queries
from canbao.staff.capabilities import Capability

REASONS = {
    "former_number": _("一人现在的号码是另一人以前的号码"),
    "same_name": _("同名、同生日"),
    "same_phone": _("同电话、同生日"),
    "same_sound": _("同音、同生日、同村"),
}
PAIRS = "console:pairs"


@require_safe
@for_staff(Capability.KEEP_REGISTER)
def pairs(request: HttpRequest, scope: Scope) -> HttpResponse:
    return _page(request, scope)


def _page(request: HttpRequest, scope: Scope, refusal: Refusal | None = None) -> HttpResponse:
    found = [(pair, REASONS[pair.reason]) for pair in queries.suspicious_pairs(scope)]
    context = {"pairs": found, "refusal": refusal}
    return show(request, "faces/console/pairs.html", "people", context, status=422 if refusal else 200)


@only_posted(PAIRS)
@for_staff(Capability.KEEP_REGISTER)
@gone_is_404
def decide(request: HttpRequest, scope: Scope) -> HttpResponse:
    first, second = (_id(request, name) for name in ("first", "second"))
    choice = request.POST.get("choice", "")
    try:
        if choice == "two":
            actions.say_not_same(actor=scope, first_id=first, second_id=second, clock=clock())
            messages.success(request, gettext("已记下是两个人，不再提示这一对。"))
        elif choice in ("keep-first", "keep-second"):
            kept, merged = (first, second) if choice == "keep-first" else (second, first)
            reason = " ".join(request.POST.get("reason", "").split())[:200]
            actions.ask_to_merge(
                actor=scope, kept_id=kept, merged_id=merged, reason=reason, page=reverse(PAIRS), clock=clock()
            )
            messages.success(request, gettext("已提交，等另一位有审批权的人同意后生效。"))
        else:
            raise Http404
    except Refusal as refusal:
        if refusal.code == "resident_not_found":
            raise
        return _page(request, scope, refusal)
    return redirect(PAIRS)


def _id(request: HttpRequest, name: str) -> int:
    found = key_typed(request.POST.get(name, ""))
    if found is None:
        raise Http404
    return found
