"""Finding people, and the page of one person and year with what can be done there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from canbao.billing import actions as billing
from canbao.billing import queries as bills
from canbao.billing.models import BillState
from canbao.enrolment import queries as enrolled
from canbao.faces.console.accounts import lines_of
from canbao.faces.console.counter import counter_of, methods_for
from canbao.faces.console.paging import COUNTED_MAX, Total
from canbao.faces.console.person_year import PersonYear, person_year, village_path
from canbao.faces.led_back import NOT_TAKEN, only_posted
from canbao.faces.templatetags.kit import money
from canbao.faces.typed import key_typed
from canbao.faces.visit import clock, for_staff, login_of, show
from canbao.kernel.binding import bound
from canbao.kernel.clock import unique_key
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.payments import actions as payments
from canbao.payments import queries as paid
from canbao.payments.queries import collectors, debits
from canbao.policy import policies
from canbao.policy.codes import CHOICES
from canbao.policy.notice import Route
from canbao.registry import queries as registry
from canbao.staff import queries as staff
from canbao.staff.capabilities import Capability

P = ParamSpec("P")
FOUND_MAX = 30
SOUGHT, SOUGHT_MAX = "people_sought", 100
# Who was shown for those words, so that the next page leaves nobody out and shows nobody twice.
SHOWN, SHOWN_MAX = "people_shown", 300
YEAR_PAGE = "console:person-year"
REASON_MAX = 200


def gone_is_404(view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """What is not there and what lies outside the scope are the same to the visitor."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(*args, **kwargs)
        except Refusal as refusal:
            if refusal.code.endswith("_not_found"):
                raise Http404 from refusal
            raise

    return guarded


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(Capability.FIND_PEOPLE)
def people(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The words are sent in a body, for an address would keep names and numbers in histories and logs.

    The session holds the last ones until the visitor signs out, so that "back" finds the list again.
    """
    more = request.method == "POST" and "more" in request.POST
    if request.method == "POST" and not more:
        request.session[SOUGHT] = request.POST.get("q", "").strip()[:SOUGHT_MAX]
        if not request.headers.get("HX-Request"):
            return redirect("console:people")
    text = request.session.get(SOUGHT, "")
    before = request.session.get(SHOWN, []) if more else []
    found = registry.find_residents(scope, text, FOUND_MAX, but_not=before) if text else []
    request.session[SHOWN] = shown = [*before, *(card.resident_id for card in found)]
    context = {"text": text, "found": found, "full": len(found) == FOUND_MAX, "further": bool(before)}
    context["may_go_on"] = len(found) == FOUND_MAX and len(shown) < SHOWN_MAX
    held = staff.capabilities_of(login_of(request), clock())
    context |= {"may_keep": Capability.KEEP_REGISTER in held, "may_export": Capability.EXPORT_PEOPLE in held}
    if request.headers.get("HX-Request"):
        return render(request, "faces/console/found.html", context)
    return show(request, "faces/console/people.html", "people", context)


@require_safe
@for_staff(Capability.FIND_PEOPLE)
def how_many(request: HttpRequest, scope: Scope) -> HttpResponse:
    """How many people the last words fit: counted apart, since the first of them are there sooner."""
    text = request.session.get(SOUGHT, "")
    people = registry.count_residents(scope, text, COUNTED_MAX + 1)
    total = None if people is None else Total.of(lambda _: people)
    return render(request, "faces/console/how_many.html", {"total": total})


@dataclass(frozen=True)
class Allowed:
    """What the visitor may do for this person."""

    enrol: bool
    issue: bool
    take_payment: bool
    see_ledger: bool
    certify: bool


def _allowed(request: HttpRequest, village_code: str) -> Allowed:
    def may(capability: Capability) -> bool:
        return staff.scope_of(login_of(request), capability, clock()).covers(village_code)

    collecting = staff.scope_of(login_of(request), Capability.TAKE_PAYMENT, clock())
    return Allowed(
        may(Capability.ENROL),
        may(Capability.ISSUE_BILLS),
        collectors.may_collect(collecting, village_code, clock().today()),
        may(Capability.SEE_LEDGER),
        may(Capability.ISSUE_CERTIFICATES),
    )


@require_safe
@for_staff(Capability.SEE_PERSON)
@gone_is_404
def person(request: HttpRequest, scope: Scope, resident_id: int, benefit_year: int | None = None) -> HttpResponse:
    return _page(request, scope, resident_id, benefit_year)


def _page(
    request: HttpRequest, scope: Scope, resident_id: int, benefit_year: int | None, refusal: Refusal | None = None
) -> HttpResponse:
    py = person_year(scope, resident_id, benefit_year, clock())
    allowed = _allowed(request, py.resident.village_code)
    household_id = py.resident.household_id
    context = {
        "py": py,
        "allowed": allowed,
        "refusal": refusal,
        "id_number": py.resident.id_number,
        "place": village_path(py.resident),
        "age": age_of(py),
        "members": registry.household_members(scope, household_id) if household_id else [],
        "categories": registry.categories_on(scope, [resident_id], clock().today()).get(resident_id, []),
        "ledger_lines": lines_of(py.entry) if allowed.see_ledger else [],
        "tiers": _tiers(py),
        "stopped": enrolled.latest_stopped(scope, resident_id, py.benefit_year),
        "application": enrolled.application_of(scope, resident_id, py.benefit_year),
        "route": _route(py),
        "why_not": None if py.enrolment else enrolled.reason_of(scope, resident_id, py.benefit_year),
        "counter": counter_of(scope, py) if allowed.enrol else None,
        "methods": methods_for(py.resident.village_code),
        "key": unique_key(),
        "back": paid.latest_refund(scope, resident_id, py.benefit_year),
        "banks": debits.bank_channels(py.resident.pooling_area) if allowed.take_payment else [],
        "debit": debits.debit_of(py.resident.pk),
        "debit_failed": debits.last_failure(py.bill.pk) if py.bill and py.bill.state == BillState.ISSUED else None,
        "today": clock().today().isoformat(),
        "message": collectors.message_of(py.payment.pk) if py.payment else None,
        # A refusal answers a POST: the page is found again by the address of the person and year.
        "address": reverse(YEAR_PAGE, args=[resident_id, py.benefit_year]) if refusal else "",
    }
    return show(request, "faces/console/person.html", "people", context, status=422 if refusal else 200)


def age_of(py: PersonYear) -> int:
    today, born = clock().today(), py.resident.birth_on
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _tiers(py: PersonYear) -> tuple[str, ...]:
    """The tiers to choose from, if the policy waits for one or the one chosen may still be changed."""
    waits = py.answer is not None and py.answer.reason == "tier_missing"
    chosen = py.enrolment is not None and bool(py.enrolment.tier)
    settled = py.bill is not None and py.bill.state == BillState.SETTLED
    return CHOICES["tier"] if waits or (chosen and not settled) else ()


def _route(py: PersonYear) -> Route | None:
    """The route of the notice by which the person enrolled."""
    if py.enrolment is None or py.enrolment.route is None:
        return None
    return policies.get(py.enrolment.policy_id).notice.routes.get(py.enrolment.route)


def shown_with(request: HttpRequest, resident_id: int, benefit_year: int, work: Callable[[], str]) -> HttpResponse:
    """Do something for a person; a refusal is shown on the page, success leads back to it with a sentence."""
    try:
        said = work()
    except Refusal as refusal:
        if refusal.code.endswith("_not_found"):
            raise Http404 from refusal
        scope = staff.scope_of(login_of(request), Capability.SEE_PERSON, clock())
        with bound(scope):
            return _page(request, scope, resident_id, benefit_year, refusal)
    messages.success(request, said)
    return redirect(YEAR_PAGE, resident_id=resident_id, benefit_year=benefit_year)


@only_posted(YEAR_PAGE)
@for_staff(Capability.ISSUE_BILLS)
@gone_is_404
def issue(request: HttpRequest, scope: Scope, resident_id: int, benefit_year: int) -> HttpResponse:
    def work() -> str:
        bill = billing.issue_bill(actor=scope, resident_id=resident_id, benefit_year=benefit_year, clock=clock())
        return gettext("应缴单已开出：%(amount)s。") % {"amount": money(bill.payable_fen)}

    return shown_with(request, resident_id, benefit_year, work)


@only_posted(YEAR_PAGE, NOT_TAKEN)
@for_staff(Capability.TAKE_PAYMENT)
@gone_is_404
def pay(request: HttpRequest, scope: Scope, resident_id: int, benefit_year: int) -> HttpResponse:
    bill = bills.bill(scope, _number(request, "bill"))
    if (bill.resident_id, bill.benefit_year) != (resident_id, benefit_year):
        raise Http404

    method, _, code = request.POST.get("method", "").partition(" ")

    def work() -> str:
        payment = payments.take_counter_payment(
            actor=scope,
            bill_id=bill.pk,
            amount_fen=_number(request, "amount_fen"),
            key=request.POST.get("key", ""),
            clock=clock(),
            method=method,
            code_id=key_typed(code),
        )
        return gettext("已收 %(amount)s，收据号 %(number)s。") % {
            "amount": money(payment.amount_fen),
            "number": payment.receipt_no,
        }

    return shown_with(request, resident_id, benefit_year, work)


@only_posted(YEAR_PAGE)
@for_staff(Capability.ISSUE_BILLS)
@gone_is_404
def void(request: HttpRequest, scope: Scope, resident_id: int, benefit_year: int) -> HttpResponse:
    """Take back a bill that nobody has paid."""
    bill = bills.bill(scope, _number(request, "bill"))
    if (bill.resident_id, bill.benefit_year) != (resident_id, benefit_year):
        raise Http404
    reason = " ".join(request.POST.get("reason", "").split())[:REASON_MAX]

    def work() -> str:
        if not reason:
            raise Refusal(
                "reason_missing",
                "没有写作废的原因，应缴单没有作废。",
                "No reason was given; the bill was not voided.",
                ("请写明原因再作废。", "Say why, then void it."),
            )
        billing.void_bill(actor=scope, bill_id=bill.pk, reason=reason, clock=clock())
        return gettext("应缴单已作废。")

    return shown_with(request, resident_id, benefit_year, work)


def _number(request: HttpRequest, name: str) -> int:
    """A whole number that our own form sent. Http404 for anything else."""
    found = key_typed(request.POST.get(name, ""))
    if found is None:
        raise Http404
    return found
