"""Family mutual aid without a login: a member asks a relative to pay, the relative agrees by the code on his phone,
one of them confirms before the deadline, and the result shows from the day of the notice.

The session remembers which people this visitor has named by name and whole number; an address alone opens nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from canbao.billing import queries as bills
from canbao.billing.models import Bill
from canbao.entitlement import queries as covers
from canbao.faces.typed import key_typed
from canbao.faces.visit import address_of, clock, holds_nul
from canbao.kernel.binding import bound
from canbao.kernel.fen import fen_typed
from canbao.kernel.refusals import Refusal
from canbao.mutual_aid import actions, queries, refusals
from canbao.mutual_aid.groups import Days, days_of
from canbao.mutual_aid.models import Hold, HoldState, Relative, RelativeState
from canbao.payments import queries as payments
from canbao.policy import Policy, policies
from canbao.registry import queries as registry
from canbao.registry.models import Resident

PEOPLE, KEPT_MAX, WORDS_MAX = "aid_people", 20, 60
FRAME = {"section": "aid", "room": "portal"}

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def as_relative(view: View[P]) -> View[P]:
    """The database shows guarded rows to whoever is bound: here to the program, for a visitor without a login."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if holds_nul(request):
            raise Http404
        with bound(actions.visitor()):
            return view(request, *args, **kwargs)

    return guarded


@require_http_methods(["GET", "HEAD", "POST"])
@as_relative
def find(request: HttpRequest) -> HttpResponse:
    """Name and number lead to the person, be he a holder or a member."""
    offered = queries.offered()
    wanted = request.POST.get("policy", "")
    policy = next((each for each in offered if each.id == wanted), offered[0])
    refusal: Refusal | None = None
    if request.method == "POST":
        try:
            person = actions.find_person(
                actor=actions.visitor(), policy_id=policy.id, name=_typed(request, "name"),
                id_number=_typed(request, "id_number"), client=address_of(request), clock=clock(),
            )  # fmt: skip
        except Refusal as refused:
            refusal = refused
        else:
            known = [each for each in request.session.get(PEOPLE, []) if each != [person.pk, policy.id]]
            request.session[PEOPLE] = [*known, [person.pk, policy.id]][-KEPT_MAX:]
            return redirect("portal:aid-person", resident_id=person.pk)
    context = {
        **FRAME, "policy": policy, "policies": offered, "refusal": refusal, "name": _typed(request, "name"),
        "groups": [days_of(policy, key) for key in policy.notice.mutual_aid.groups] if policy.notice.mutual_aid else [],
    }  # fmt: skip
    return render(request, "faces/portal/aid_find.html", context, status=422 if refusal else 200)


@require_safe
@as_relative
def person(request: HttpRequest, resident_id: int) -> HttpResponse:
    return _page(request, *_opened(request, resident_id))


@require_POST
@as_relative
def act(request: HttpRequest, resident_id: int) -> HttpResponse:
    """One step for the person on the page: propose, agree, refuse, confirm, revoke or leave."""
    found, policy = _opened(request, resident_id)
    step = _STEPS.get(request.POST.get("step", ""))
    if step is None:
        raise Http404
    try:
        said = step(request, found, policy)
    except Refusal as refusal:
        if refusal.code in ("relative_not_found", "not_confirmed"):
            raise Http404 from refusal
        return _page(request, found, policy, refusal)
    messages.success(request, said)
    return redirect("portal:aid-person", resident_id=resident_id)


def _propose(request: HttpRequest, found: Resident, policy: Policy) -> str:
    actions.propose(
        actor=actions.visitor(), policy_id=policy.id, member_id=found.pk,
        holder_name=_typed(request, "holder_name"), holder_number=_typed(request, "holder_number"),
        relation=_typed(request, "relation"), kinship_evidence=_typed(request, "kinship"),
        member_evidence="本人在网上凭姓名和证件号码提出", client=address_of(request), clock=clock(),
    )  # fmt: skip
    return gettext("已发短信给对方，请对方凭短信里的同意码同意。")


def _agree(request: HttpRequest, found: Resident, policy: Policy) -> str:
    limit = _typed(request, "limit")
    fen = fen_typed(limit) if limit else None
    if limit and not fen:
        raise refusals.words_missing("正确的限额", "A limit in yuan")
    actions.agree_by_code(
        actor=actions.visitor(), relative_id=_tie(request, found, holder=True).pk, code=_typed(request, "code"),
        limit_fen=fen, clock=clock(),
    )  # fmt: skip
    return gettext("您已同意。家人在截止时间以前确认后，就从您的历年结余扣款。")


def _refuse(request: HttpRequest, found: Resident, policy: Policy) -> str:
    tie = _tie(request, found, holder=True)
    actions.refuse(actor=actions.visitor(), relative_id=tie.pk, because="组建人在网上不同意", clock=clock())
    return gettext("已记下您不同意，不会扣款。")


def _confirm(request: HttpRequest, found: Resident, policy: Policy) -> str:
    hold = actions.confirm(actor=actions.visitor(), relative_id=_tie(request, found).pk, clock=clock())
    if hold.state == HoldState.CAPTURED:
        return gettext("已确认，款项已从家人的历年结余扣缴。")
    return gettext("已确认共济缴费，款项已在家人的历年结余里留出。")


def _revoke(request: HttpRequest, found: Resident, policy: Policy) -> str:
    hold = queries.hold_of(actions.visitor(), found.pk, policy.benefit_year)
    if hold is None:
        raise refusals.not_confirmed()
    actions.revoke(actor=actions.visitor(), hold_id=hold.pk, clock=clock())
    return gettext("已撤回，没有扣款。请记得用别的方式缴费。")


def _leave(request: HttpRequest, found: Resident, policy: Policy) -> str:
    tie = _tie(request, found, holder=found.employee_insured)
    actions.leave(actor=actions.visitor(), relative_id=tie.pk, because="本人在网上退出", clock=clock())
    return gettext("已退出，以后不再共济。")


_STEPS: dict[str, Callable[[HttpRequest, Resident, Policy], str]] = {
    "propose": _propose, "agree": _agree, "refuse": _refuse, "confirm": _confirm, "revoke": _revoke, "leave": _leave,
}  # fmt: skip


def _tie(request: HttpRequest, found: Resident, *, holder: bool = False) -> Relative:
    """The tie that the form names, if the person on the page is on that side of it."""
    own = (
        queries.relatives_paid_by(actions.visitor(), found.pk)
        if holder
        else queries.relatives_of(actions.visitor(), found.pk)
    )
    key = key_typed(request.POST.get("tie", ""))
    tie = next((each for each in own if each.pk == key), None)
    if tie is None:
        raise refusals.relative_not_found()
    return tie


def _opened(request: HttpRequest, resident_id: int) -> tuple[Resident, Policy]:
    """The person and policy, if this visitor has shown that he knows who it is. Http404 otherwise."""
    policy_id = next((policy for key, policy in request.session.get(PEOPLE, []) if key == resident_id), None)
    if policy_id is None:
        raise Http404
    try:
        return registry.resident(actions.visitor(), resident_id), policies.get(policy_id)
    except Refusal:
        raise Http404 from None


@dataclass(frozen=True, slots=True)
class _TieShown:
    """A tie as one side sees it; `other` is the masked name of the other side, `relation` in the reader's language."""

    tie: Relative
    other: str
    relation: object
    hold: Hold | None
    agreed: bool


@dataclass(frozen=True, slots=True)
class _Result:
    """How the wish of this year stands. `shown` says whether its result may be seen yet."""

    hold: Hold
    days: Days
    shows_on: date | None
    shown: bool
    captured: bool
    may_revoke: bool


def _result(hold: Hold | None, policy: Policy) -> _Result | None:
    if hold is None or hold.state == HoldState.RELEASED:
        return None
    days = days_of(policy, hold.group)
    shows_on = days.shows_on(hold.resolved_at)
    open_still = hold.state in (HoldState.HELD, HoldState.CHOSEN)
    visible = hold.state == HoldState.FAILED or (
        not open_still and shows_on is not None and clock().today() >= shows_on
    )
    return _Result(
        hold, days, shows_on, visible, hold.state == HoldState.CAPTURED,
        open_still and days.may_confirm(clock().now()),
    )  # fmt: skip


def _seen(hold: Hold | None, policy: Policy) -> Hold | None:
    """The hold, but for one whose result is not shown yet."""
    result = _result(hold, policy)
    return hold if result is not None and (result.shown or not result.captured) else None


def _shown(tie: Relative, other: Resident, policy: Policy, hold: Hold | None) -> _TieShown:
    aid = policy.notice.mutual_aid
    words = next((each.name for each in aid.relations if each.name.zh == tie.relation), None) if aid else None
    return _TieShown(
        tie, registry.masked_name(other.name), words or tie.relation, hold, tie.state == RelativeState.AGREED
    )


def _page(request: HttpRequest, found: Resident, policy: Policy, refusal: Refusal | None = None) -> HttpResponse:
    who, year = actions.visitor(), policy.benefit_year
    context: dict[str, Any] = {
        **FRAME, "person": found, "policy": policy, "refusal": refusal, "aid": policy.notice.mutual_aid,
        "filled": {name: _typed(request, name) for name in ("holder_name", "relation", "kinship", "limit")},
        "address": reverse("portal:aid-person", args=[found.pk]),
    }  # fmt: skip
    if found.employee_insured:
        context["ties"] = [
            _shown(tie, tie.resident, policy, _seen(queries.hold_of(who, tie.resident_id, year), policy))
            for tie in queries.relatives_paid_by(who, found.pk)
        ]
        return render(request, "faces/portal/aid_holder.html", context, status=422 if refusal else 200)
    ties = [_shown(tie, tie.account.holder, policy, None) for tie in queries.relatives_of(who, found.pk)]
    result = _result(queries.hold_of(who, found.pk, year), policy)
    bill = bills.live_bill(who, found.pk, year)
    context |= {"ties": ties, "result": result, "bill": bill, "days": _days(ties, policy)}
    context |= {"paid": _paid(bill, result), "at": _at(ties, result)}
    context["steps"] = [gettext("请亲属付"), gettext("亲属同意"), gettext("确认"), gettext("扣款"), gettext("结果")]
    if context["paid"]:
        context["cover"] = covers.cover_of(who, found.pk, year)
    return render(request, "faces/portal/aid_member.html", context, status=422 if refusal else 200)


def _days(ties: list[_TieShown], policy: Policy) -> Days | None:
    """The group of the person, as soon as there is somebody who might pay for him."""
    if not ties:
        return None
    try:
        return actions.group_of(actions.visitor(), ties[0].tie, clock())
    except Refusal:
        return None


def _paid(bill: Bill | None, result: _Result | None) -> Any:
    """The receipt, once it may be seen."""
    if bill is None or bill.state != "settled" or (result is not None and not result.shown):
        return None
    return payments.payment_of_bill(bill.pk)


def _at(ties: list[_TieShown], result: _Result | None) -> int:
    """Which of the five steps is next; 6 when all are done."""
    if result is not None and result.hold.state != HoldState.FAILED:
        if result.shown:
            return 6
        return 5 if result.captured else 4
    if not ties:
        return 1
    return 3 if any(each.agreed for each in ties) else 2


def _typed(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").strip()[:WORDS_MAX]
