"""Family mutual aid in the bureau: ties that wait, balances handed in, each group's deduction and what came of it."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from canbao.areas import queries as areas
from canbao.faces.console.paging import InOrder, page_of
from canbao.faces.led_back import only_posted
from canbao.faces.visit import clock, for_staff, show
from canbao.kernel.fen import fen_typed
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.mutual_aid import actions, balance_file, queries, refusals
from canbao.mutual_aid.groups import days_of
from canbao.mutual_aid.jobs import launch
from canbao.mutual_aid.models import AidRun, AidRunState, Hold, HoldState, Relative, RelativeState
from canbao.policy import Policy
from canbao.registry import queries as registry
from canbao.staff import queries as staff
from canbao.staff.capabilities import Capability
from canbao.staff.models import ApprovalState

LISTS_SHOWN, WORDS_MAX = 10, 200
_TIE_FIELDS = ("holder_name", "holder_number", "member_number", "member_name", "relation", "kinship", "member_said",
               "holder_said", "limit")  # fmt: skip


def _inside(scope: Scope) -> list[Policy]:
    """The policies with mutual aid whose place the visitor looks after as a whole."""
    return [policy for policy in queries.offered() if scope.covers(policy.area)]


@require_safe
@for_staff(Capability.KEEP_MUTUAL_AID)
def overview(request: HttpRequest, scope: Scope) -> HttpResponse:
    return _overview(request, scope)


def _overview(request: HttpRequest, scope: Scope, refusal: Refusal | None = None) -> HttpResponse:
    inside = _inside(scope)
    context = {
        "places": [(policy, list(queries.groups(scope, policy))) for policy in inside],
        "page": page_of(request, InOrder(queries.waiting(scope), ("member_agreed_at", "pk"))),
        "lists": list(queries.lists(scope)[:LISTS_SHOWN]),
        "head": ",".join(balance_file.HEAD),
        "refusal": refusal,
    }
    return show(request, "faces/console/mutual_aid.html", "mutual-aid", context, status=422 if refusal else 200)


@only_posted("console:mutual-aid")
@for_staff(Capability.KEEP_MUTUAL_AID)
def balances(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Take in a file of balances, whole or not at all."""
    policy = next((each for each in _inside(scope) if each.id == request.POST.get("policy")), None)
    if policy is None:
        raise Http404
    file = request.FILES.get("file")
    content = file.read(balance_file.BYTES_MAX + 1) if file else b""
    try:
        taken = actions.take_balances(actor=scope, pooling_area=policy.pooling_area, content=content, clock=clock())
    except Refusal as refusal:
        return _overview(request, scope, refusal)
    if taken.again:
        messages.info(request, gettext("这份文件以前读入过，没有变化。"))
    else:
        said = gettext(
            "已读入 %(accounts)s 个账户；%(unknown)s 行不是登记的居民；%(let_go)s 个确认因结余不足放开，已发短信。"
        )
        numbers = {"accounts": taken.list.accounts, "unknown": taken.unknown, "let_go": taken.list.let_go}
        messages.success(request, said % numbers)
    return redirect("console:mutual-aid")


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(Capability.KEEP_MUTUAL_AID)
def new_tie(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Both people are at the counter: one form, in force at once."""
    offered = [policy for policy in queries.offered() if any(_reaches(prefix, policy) for prefix in scope.prefixes)]
    policy = next((each for each in offered if each.id == request.POST.get("policy")), offered[0] if offered else None)
    filled = {name: request.POST.get(name, "").strip()[:WORDS_MAX] for name in _TIE_FIELDS}
    refusal: Refusal | None = None
    if request.method == "POST":
        if policy is None:
            raise Http404
        try:
            tie = _recorded(scope, policy, filled)
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, gettext("两人都已同意，共济关系已登记。"))
            return redirect("console:aid-tie", tie.pk)
    context = {"policies": offered, "policy": policy, "filled": filled, "refusal": refusal}
    return show(request, "faces/console/aid_new.html", "mutual-aid", context, status=422 if refusal else 200)


def _reaches(prefix: str, policy: Policy) -> bool:
    own = policy.area.rstrip("0")
    return prefix.startswith(own) or own.startswith(prefix)


def _recorded(scope: Scope, policy: Policy, filled: dict[str, str]) -> Relative:
    fen = fen_typed(filled["limit"]) if filled["limit"] else None
    if filled["limit"] and not fen:
        raise refusals.words_missing("正确的限额", "A limit in yuan")
    member = next(
        (
            card
            for card in registry.with_number(scope, filled["member_number"])
            if registry.same_name(card.name, filled["member_name"])
        ),
        None,
    )
    if member is None:
        raise refusals.nobody_found()
    return actions.record_both(
        actor=scope, policy_id=policy.id, member_id=member.resident_id, holder_name=filled["holder_name"],
        holder_number=filled["holder_number"], relation=filled["relation"], kinship_evidence=filled["kinship"],
        member_evidence=filled["member_said"], holder_evidence=filled["holder_said"], limit_fen=fen, clock=clock(),
    )  # fmt: skip


@require_safe
@for_staff(Capability.KEEP_MUTUAL_AID)
def tie(request: HttpRequest, scope: Scope, tie_id: int) -> HttpResponse:
    return _tie_page(request, scope, tie_id)


def _tie_page(request: HttpRequest, scope: Scope, tie_id: int, refusal: Refusal | None = None) -> HttpResponse:
    row = _found(scope, tie_id)
    policy = next((each for each in queries.offered() if each.id == row.policy_id), None)
    if policy is None:
        raise Http404
    hold = queries.hold_of(scope, row.resident_id, policy.benefit_year)
    own = hold if hold is not None and hold.relative_id == row.pk else None
    days = days_of(policy, own.group) if own else None
    waits = own is not None and own.state in (HoldState.CHOSEN, HoldState.HELD)
    context = {
        "tie": row, "policy": policy, "hold": own, "days": days, "refusal": refusal,
        "village": areas.full_name(row.resident.village_code),
        "messages_sent": _messages(own, row),
        "may_agree": row.state == RelativeState.PROPOSED,
        "may_confirm": row.state == RelativeState.AGREED and (hold is None or hold.state in _OVER),
        "may_leave": row.state in (RelativeState.PROPOSED, RelativeState.AGREED),
        "may_revoke": waits and days is not None and days.may_confirm(clock().now()),
    }  # fmt: skip
    return show(request, "faces/console/aid_tie.html", "mutual-aid", context, status=422 if refusal else 200)


_OVER = (HoldState.RELEASED, HoldState.FAILED, HoldState.RETURNED)


def _messages(hold: Hold | None, tie: Relative) -> list[object]:
    sent = list(tie.messages.order_by("pk"))
    return [*sent, *(hold.messages.order_by("pk") if hold else ())]


def _found(scope: Scope, tie_id: int) -> Relative:
    try:
        return queries.relative(scope, tie_id)
    except Refusal as refusal:
        raise Http404 from refusal


@only_posted("console:aid-tie")
@for_staff(Capability.KEEP_MUTUAL_AID)
def move_tie(request: HttpRequest, scope: Scope, tie_id: int) -> HttpResponse:
    """What a clerk records for one of the two: agreed, refused, confirmed, revoked, left."""
    row, said = _found(scope, tie_id), request.POST.get("said", "")[:WORDS_MAX]
    hold = queries.hold_of(scope, row.resident_id, int(row.policy_id[-4:]))
    own = hold.pk if hold is not None and hold.relative_id == row.pk else 0
    ways: dict[str, tuple[Callable[[], object], str]] = {
        "agree": (
            lambda: actions.agree_at_counter(
                actor=scope, relative_id=tie_id, evidence=said, limit_fen=None, clock=clock()
            ),
            gettext("组建人已同意，记下了依据。"),
        ),
        "refuse": (
            lambda: actions.refuse(actor=scope, relative_id=tie_id, because=said, clock=clock()),
            gettext("已记下组建人不同意。"),
        ),
        "leave": (
            lambda: actions.leave(actor=scope, relative_id=tie_id, because=said, clock=clock()),
            gettext("已退出共济网，留出的钱已放开。"),
        ),
        "confirm": (
            lambda: actions.confirm(actor=scope, relative_id=tie_id, clock=clock()),
            gettext("已确认共济缴费。"),
        ),
        "revoke": (
            lambda: actions.revoke(actor=scope, hold_id=own, clock=clock()),
            gettext("已撤回，没有扣款。"),
        ),
    }  # fmt: skip
    work = ways.get(request.POST.get("way", ""))
    if work is None:
        raise Http404
    try:
        work[0]()
    except Refusal as refusal:
        return _tie_page(request, scope, tie_id, refusal)
    messages.success(request, work[1])
    return redirect("console:aid-tie", tie_id)


@require_safe
@for_staff(Capability.KEEP_MUTUAL_AID)
def group(request: HttpRequest, scope: Scope, policy_id: str, aid_group: str) -> HttpResponse:
    return _group_page(request, scope, policy_id, aid_group)


def _group_page(
    request: HttpRequest, scope: Scope, policy_id: str, aid_group: str, refusal: Refusal | None = None
) -> HttpResponse:
    policy = next((each for each in _inside(scope) if each.id == policy_id), None)
    standing = next(
        (each for each in (queries.groups(scope, policy) if policy else ()) if each.days.key == aid_group), None
    )
    if policy is None or standing is None:
        raise Http404
    wishes = staff.approvals_about(scope, "mutual_aid.run", f"{policy.id} {aid_group}")
    held = queries.holds(scope).filter(
        pooling_area=policy.pooling_area, policy_id=policy.id, group=aid_group, state=HoldState.HELD
    )
    context = {
        "policy": policy, "standing": standing, "days": standing.days, "refusal": refusal,
        "page": page_of(request, InOrder(held, ("pk",))),
        "wish": next((wish for wish in wishes if wish.state == ApprovalState.WAITING), None),
        "runs": list(queries.runs(scope).filter(policy_id=policy.id, group=aid_group)[:LISTS_SHOWN]),
        "may_ask": standing.days.may_deduct(clock().now()) and standing.held > 0
        and standing.days.deducts_on is not None,
    }  # fmt: skip
    return show(request, "faces/console/aid_group.html", "mutual-aid", context, status=422 if refusal else 200)


@only_posted("console:aid-group")
@for_staff(Capability.KEEP_MUTUAL_AID)
def ask(request: HttpRequest, scope: Scope, policy_id: str, aid_group: str) -> HttpResponse:
    """Ask a second person for the deduction of the group."""
    if not any(each.id == policy_id for each in _inside(scope)):
        raise Http404
    try:
        actions.ask_run(actor=scope, policy_id=policy_id, group=aid_group, clock=clock())
    except Refusal as refusal:
        return _group_page(request, scope, policy_id, aid_group, refusal)
    messages.success(request, gettext("已提交，等另一人审批后扣款。"))
    return redirect("console:aid-group", policy_id, aid_group)


@require_safe
@for_staff(Capability.KEEP_MUTUAL_AID)
def run(request: HttpRequest, scope: Scope, aid_run_id: int) -> HttpResponse:
    """How far the deduction is, whom it could not deduct and why, and what they were told."""
    row = _run(scope, aid_run_id)
    wanted = HoldState.CAPTURED if request.GET.get("list") == "captured" else HoldState.FAILED
    rows = queries.results(scope, row, wanted).prefetch_related("messages")
    policy = next(each for each in queries.offered() if each.id == row.policy_id)
    context = {
        "run": row, "policy": policy, "days": days_of(policy, row.group), "which": wanted,
        "page": page_of(request, InOrder(rows, ("pk",))), "query": f"list={wanted.value}",
        "running": row.state == AidRunState.RUNNING, "done": row.captured + row.failed,
    }  # fmt: skip
    return show(request, "faces/console/aid_run.html", "mutual-aid", context)


@only_posted("console:aid-run")
@for_staff(Capability.KEEP_MUTUAL_AID)
def resume(request: HttpRequest, scope: Scope, aid_run_id: int) -> HttpResponse:
    """Let the worker go on with a run that was interrupted; it was approved when it began."""
    row = _run(scope, aid_run_id)
    if row.state != AidRunState.DONE:
        launch(row)
        messages.success(request, gettext("已接着扣款，已扣的不会再扣。"))
    return redirect("console:aid-run", aid_run_id)


def _run(scope: Scope, run_id: int) -> AidRun:
    try:
        return queries.run(scope, run_id)
    except Refusal as refusal:
        raise Http404 from refusal
