"""The page of a household: who lives there, who is the head, where; people come and go, or all of them move."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from canbao.areas import queries as areas
from canbao.faces.console.people import gone_is_404
from canbao.faces.console.record import RECORD, day_sent, must, record_page
from canbao.faces.console.villages import villages_to_choose
from canbao.faces.led_back import only_posted
from canbao.faces.templatetags.register import village_field
from canbao.faces.visit import clock, for_staff, login_of, show
from canbao.kernel.binding import bound
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.registry import actions, queries
from canbao.registry.codes import Kinship
from canbao.registry.refusals import ResidentNotFound
from canbao.staff import queries as staff
from canbao.staff.capabilities import Capability

HOUSEHOLD = "console:household"
EVENTS_MAX = 50


@require_safe
@for_staff(Capability.SEE_PERSON)
@gone_is_404
def household(request: HttpRequest, scope: Scope, household_id: int) -> HttpResponse:
    return _page(request, scope, household_id)


def _page(request: HttpRequest, scope: Scope, household_id: int, refusal: Refusal | None = None) -> HttpResponse:
    found = queries.household(scope, household_id)
    if found is None:
        raise Http404
    keeper = staff.scope_of(login_of(request), Capability.KEEP_REGISTER, clock())
    members = queries.household_members(scope, household_id)
    living = [member for member in members if member.died_on is None and member.merged_into_id is None]
    context = {
        "household": found,
        "place": areas.full_name(found.village_code),
        "members": members,
        "living": living,
        "head": next((member for member in living if member.kinship == Kinship.HEAD), None),
        "keeps": keeper.covers(found.village_code),
        "kinships": [choice for choice in Kinship.choices if choice[0] != Kinship.HEAD],
        "villages": villages_to_choose(request, keeper, found.village_code) if keeper.prefixes else None,
        "village_fields": ",".join(["#village", *(f"#{village_field(member.pk)}" for member in living)]),
        "events": queries.household_events(scope, household_id)[:EVENTS_MAX],
        "today": clock().today(),
        "refusal": refusal,
        "filled": request.POST,
    }
    return show(request, "faces/console/household.html", "people", context, status=422 if refusal else 200)


def _do(request: HttpRequest, household_id: int, said: str, work: Callable[[], object]) -> HttpResponse:
    try:
        work()
    except Refusal as refusal:
        if refusal.code == "household_not_found":
            raise
        sees = staff.scope_of(login_of(request), Capability.SEE_PERSON, clock())
        with bound(sees):
            return _page(request, sees, household_id, refusal)
    messages.success(request, said)
    return redirect(HOUSEHOLD, household_id=household_id)


def _member(request: HttpRequest, scope: Scope, household_id: int) -> int:
    """The member that our own form names. Http404 for anybody else."""
    number = request.POST.get("resident", "")
    if number not in {str(member.pk) for member in queries.household_members(scope, household_id)}:
        raise Http404
    return int(number)


def _kinship(request: HttpRequest) -> Kinship | None:
    word = request.POST.get("kinship", "")
    return Kinship(word) if word in Kinship.values else None


@only_posted(HOUSEHOLD)
@for_staff(Capability.KEEP_REGISTER)
@gone_is_404
def head(request: HttpRequest, scope: Scope, household_id: int) -> HttpResponse:
    member = _member(request, scope, household_id)
    return _do(
        request,
        household_id,
        gettext("户主已变更。其他人与新户主的关系请逐一核对。"),
        lambda: actions.name_head(actor=scope, household_id=household_id, resident_id=member),
    )


@only_posted(HOUSEHOLD)
@for_staff(Capability.KEEP_REGISTER)
@gone_is_404
def kinship(request: HttpRequest, scope: Scope, household_id: int) -> HttpResponse:
    member, word = _member(request, scope, household_id), _kinship(request)
    if word is None:
        raise Http404
    return _do(
        request,
        household_id,
        gettext("已保存。"),
        lambda: actions.say_kinship(actor=scope, resident_id=member, kinship=word),
    )


@only_posted(HOUSEHOLD)
@for_staff(Capability.KEEP_REGISTER)
@gone_is_404
def move_in(request: HttpRequest, scope: Scope, household_id: int) -> HttpResponse:
    """Somebody of the register, named by his document number, becomes a member."""
    found = queries.household(scope, household_id)
    if found is None:
        raise Http404
    village, number = found.village_code, request.POST.get("number", "")

    def work() -> None:
        person = next((card for card in queries.with_number(scope, number) if card.died_on is None), None)
        if person is None:
            raise ResidentNotFound
        actions.move_resident(
            actor=scope,
            resident_id=person.resident_id,
            village_code=village,
            household_id=household_id,
            kinship=_kinship(request),
            from_on=must(day_sent(request, "from_on")),
            clock=clock(),
        )

    return _do(request, household_id, gettext("已迁入。"), work)


@only_posted(HOUSEHOLD)
@for_staff(Capability.KEEP_REGISTER)
@gone_is_404
def move_out(request: HttpRequest, scope: Scope, household_id: int) -> HttpResponse:
    """A member leaves, to a household of his own here or in another village."""
    member = _member(request, scope, household_id)
    return _do(request, household_id, gettext("已迁出，单独立户。"), lambda: _alone(request, scope, member))


def _alone(request: HttpRequest, scope: Scope, resident_id: int) -> Any:
    return actions.move_resident(
        actor=scope,
        resident_id=resident_id,
        village_code=request.POST.get("village", "").strip(),
        household_id=None,
        kinship=None,
        from_on=must(day_sent(request, "from_on")),
        clock=clock(),
    )


@only_posted(HOUSEHOLD)
@for_staff(Capability.KEEP_REGISTER)
@gone_is_404
def move(request: HttpRequest, scope: Scope, household_id: int) -> HttpResponse:
    """All of them, to another village of the pooling area."""

    def work() -> None:
        actions.move_household(
            actor=scope,
            household_id=household_id,
            village_code=request.POST.get("village", "").strip(),
            address=request.POST.get("address", ""),
            from_on=must(day_sent(request, "from_on")),
            clock=clock(),
        )

    return _do(request, household_id, gettext("全户已迁移，居住地从填写的日期起变更。"), work)


@only_posted(HOUSEHOLD)
@for_staff(Capability.KEEP_REGISTER)
@gone_is_404
def address(request: HttpRequest, scope: Scope, household_id: int) -> HttpResponse:
    return _do(
        request,
        household_id,
        gettext("已保存。"),
        lambda: actions.record_address(actor=scope, household_id=household_id, address=request.POST.get("address", "")),
    )


@only_posted(RECORD)
@for_staff(Capability.KEEP_REGISTER)
@gone_is_404
def settle(request: HttpRequest, scope: Scope, resident_id: int) -> HttpResponse:
    """Somebody without a household gets one of his own."""
    person = queries.resident(scope, resident_id)
    if person.household_id is not None:
        return redirect(HOUSEHOLD, household_id=person.household_id)
    try:
        moved = _alone(request, scope, resident_id)
    except Refusal as refusal:
        return record_page(request, scope, resident_id, refusal)
    messages.success(request, gettext("已单独立户。"))
    return redirect(HOUSEHOLD, household_id=moved.household_id)
