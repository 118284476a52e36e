"""Rows that may be one person, side by side: merge them by two people's decision, or say that they are two.

Pairs are proposed by rules; a clerk who knows of another one chooses both persons himself.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from canbao.areas import queries as areas
from canbao.faces.console.people import gone_is_404
from canbao.faces.led_back import only_posted
from canbao.faces.templatetags.kit import day
from canbao.faces.typed import key_typed
from canbao.faces.visit import clock, for_staff, login_of, show
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.registry import actions, queries
from canbao.registry.models import Resident
from canbao.registry.proof import WORDS_MAX
from canbao.registry.queries import Compared
from canbao.staff import queries as staff
from canbao.staff.capabilities import Capability

REASONS = {
    "former_number": _("一人现在的号码是另一人以前的号码"),
    "same_name": _("同名、同生日"),
    "same_phone": _("同电话、同生日"),
    "same_sound": _("同音、同生日、同村"),
}
PAIRS, COMPARE = "console:pairs", "console:compare"
FOUND_MAX = 20


@dataclass(frozen=True)
class SideBySide:
    """A line of the comparison: what both rows say of one thing."""

    label: str | Promise
    first: str
    second: str
    differs: bool


def side_by_side(pair: Compared) -> list[SideBySide]:
    """What two rows say, masked; texts as they are shown."""
    both = (pair.first, pair.second)
    places = areas.names({row.village_code for row in both})

    def line(label: str | Promise, column: str, one: object, other: object) -> SideBySide:
        return SideBySide(label, str(one or "—"), str(other or "—"), column in pair.differs)

    def heads(row: Resident) -> str:
        return row.household.head_name if row.household else ""

    return [
        line(_("姓名"), "name", *(row.name for row in both)),
        line(_("性别"), "sex", *(row.get_sex_display() for row in both)),
        line(_("出生日期"), "birth_on", *(day(row.birth_on) for row in both)),
        line(_("证件类型"), "document_kind", *(row.get_document_kind_display() for row in both)),
        line(_("证件号码"), "number_index", *(row.id_number for row in both)),
        line(_("电话"), "phone_index", *(row.phone for row in both)),
        line(_("村居"), "village_code", *(places.get(row.village_code, row.village_code) for row in both)),
        line(_("户主"), "household_id", *(heads(row) for row in both)),
        line(_("去世"), "died_on", *(day(row.died_on) if row.died_on else "" for row in both)),
    ]


@require_safe
@for_staff(Capability.KEEP_REGISTER)
def pairs(request: HttpRequest, scope: Scope) -> HttpResponse:
    found = [(pair, REASONS[pair.reason]) for pair in queries.suspicious_pairs(scope)]
    return show(request, "faces/console/pairs.html", "people", {"pairs": found})


@require_safe
@for_staff(Capability.KEEP_REGISTER)
@gone_is_404
def choose(request: HttpRequest, scope: Scope, resident_id: int) -> HttpResponse:
    """Find the other entry of somebody."""
    person, text = queries.resident(scope, resident_id), request.GET.get("q", "").strip()[:60]
    found = queries.find_residents(scope, text, FOUND_MAX, but_not=[resident_id]) if text else []
    context = {"resident": person, "q": text, "found": found}
    return show(request, "faces/console/pair_choose.html", "people", context)


@require_safe
@for_staff(Capability.SEE_PERSON)
@gone_is_404
def compare(request: HttpRequest, scope: Scope, first_id: int, second_id: int) -> HttpResponse:
    return _page(request, scope, first_id, second_id)


def _page(
    request: HttpRequest, scope: Scope, first_id: int, second_id: int, refusal: Refusal | None = None
) -> HttpResponse:
    pair = queries.compared(scope, first_id, second_id)
    keeper = staff.scope_of(login_of(request), Capability.KEEP_REGISTER, clock())
    context = {
        "pair": pair,
        "lines": side_by_side(pair),
        "decides": all(
            keeper.covers(row.village_code) and row.merged_into_id is None for row in (pair.first, pair.second)
        ),
        "refusal": refusal,
        "filled": request.POST,
        "words_max": WORDS_MAX,
    }
    return show(request, "faces/console/pair.html", "people", context, status=422 if refusal else 200)


@only_posted(PAIRS)
@for_staff(Capability.KEEP_REGISTER)
@gone_is_404
def decide(request: HttpRequest, scope: Scope) -> HttpResponse:
    first, second = (_id(request, name) for name in ("first", "second"))
    choice, sent = request.POST.get("choice", ""), request.POST
    try:
        if choice == "two":
            actions.say_not_same(
                actor=scope, first_id=first, second_id=second, reason=sent.get("reason", ""), clock=clock()
            )
            messages.success(request, gettext("已记下是两个人，不再提示这一对。"))
        elif choice in ("keep-first", "keep-second"):
            kept, merged = (first, second) if choice == "keep-first" else (second, first)
            actions.ask_to_merge(
                actor=scope, kept_id=kept, merged_id=merged, reason=sent.get("reason", ""),
                differs_because=sent.get("differs_because", ""), page=reverse(COMPARE, args=[kept, merged]),
                clock=clock(),
            )  # fmt: skip
            messages.success(request, gettext("已提交，等另一位有审批权的人同意后生效。"))
        else:
            raise Http404
    except Refusal as refusal:
        if refusal.code == "resident_not_found":
            raise
        return _page(request, scope, first, second, refusal)
    return redirect(PAIRS)


def _id(request: HttpRequest, name: str) -> int:
    found = key_typed(request.POST.get(name, ""))
    if found is None:
        raise Http404
    return found
