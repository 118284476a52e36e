"""The record of a person: identity, household, facts with days, history; numbers are shown one at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from canbao.areas import queries as areas
from canbao.faces import words
from canbao.faces.console.people import gone_is_404
from canbao.faces.console.villages import villages_to_choose
from canbao.faces.led_back import only_posted
from canbao.faces.typed import day_typed
from canbao.faces.visit import clock, for_staff, login_of, show
from canbao.kernel.clock import SHANGHAI
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.registry import actions, queries
from canbao.registry.codes import (
    Department,
    DocumentChange,
    DocumentKind,
    FactKind,
    HukouKind,
    NumberKind,
    PermitRelation,
    Purpose,
    ResidencePermit,
    Sex,
    Source,
    Student,
)
from canbao.staff import queries as staff
from canbao.staff.capabilities import Capability
from canbao.staff.models import Approval, ApprovalState

SCREENS = ("person", "record", "household")
RECORD = "console:record"
EVENTS_MAX, REASON_MAX = 50, 200


@only_posted("console:person", None)
@for_staff(Capability.REVEAL_NUMBERS)
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


@require_safe
@for_staff(Capability.SEE_PERSON)
@gone_is_404
def record(request: HttpRequest, scope: Scope, resident_id: int) -> HttpResponse:
    return record_page(request, scope, resident_id)


def record_page(request: HttpRequest, scope: Scope, resident_id: int, refusal: Refusal | None = None) -> HttpResponse:
    person = queries.resident(scope, resident_id)
    keeper, certifier = (
        staff.scope_of(login_of(request), capability, clock())
        for capability in (Capability.KEEP_REGISTER, Capability.CERTIFY_CATEGORY)
    )
    counts, keeps = person.merged_into_id is None, keeper.covers(person.village_code)
    wanted = day_typed(request.GET.get("known", ""))
    known = queries.as_known(scope, resident_id, _end_of(wanted)) if wanted else None
    context = {
        "resident": person,
        "place": areas.full_name(person.village_code),
        "keeps": keeps and counts,
        "certifies": counts and certifier.covers(person.village_code),
        "parts": keeps and not counts,
        "villages": villages_to_choose(request, keeper, person.village_code)
        if keeps and not person.household_id
        else None,
        "categories_known": words.CATEGORIES.items(),
        "departments": Department.choices,
        "facts": queries.facts_of(scope, resident_id),
        "categories": queries.categories_of(scope, resident_id),
        "members": queries.household_members(scope, person.household_id) if person.household_id else [],
        "taken_back": queries.categories_taken_back(scope, resident_id),
        "merged": queries.merged_rows(scope, resident_id),
        "apart": queries.said_apart(scope, resident_id),
        "deaths_asked": deaths_asked(scope, resident_id),
        "me": scope.actor_id,
        "events": queries.events(scope, resident_id)[:EVENTS_MAX],
        "known_on": wanted,
        "known": known,
        "today": clock().today(),
        "kinds": FactKind.choices,
        "codes": [*HukouKind.choices, *ResidencePermit.choices[1:], *Student.choices[1:]],
        "relations": PermitRelation.choices,
        "sources": [choice for choice in Source.choices if choice[0] != Source.REGISTER],
        "documents": DocumentKind.choices,
        "changes": DocumentChange.choices,
        "refusal": refusal,
        "filled": request.POST,
    }
    return show(request, "faces/console/record.html", "people", context, status=422 if refusal else 200)


def deaths_asked(scope: Scope, resident_id: int) -> list[Approval]:
    """Wishes to record a death, correct or take it back: what waits, and what a second person said yes to."""
    about = staff.approvals_about(scope, actions.DEATH, f"{resident_id}")
    return [wish for wish in about if wish.state in (ApprovalState.WAITING, ApprovalState.APPROVED)]


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time.max, tzinfo=SHANGHAI)


def done(request: HttpRequest, scope: Scope, resident_id: int, said: str, work: Callable[[], object]) -> HttpResponse:
    queries.resident(scope, resident_id)
    try:
        work()
    except Refusal as refusal:
        if refusal.code == "resident_not_found":
            raise
        return record_page(request, scope, resident_id, refusal)
    messages.success(request, said)
    return redirect(RECORD, resident_id=resident_id)


def day_sent(request: HttpRequest, name: str) -> date | None:
    text = request.POST.get(name, "").strip()
    day = day_typed(text)
    if text and day is None:
        raise Http404
    return day


def must(day: date | None) -> date:
    if day is None:
        raise Refusal(
            "day_missing",
            "没有填日期，没有保存。",
            "A day is missing; nothing was saved.",
            ("请填日期。", "Fill in the day."),
        )
    return day


@only_posted(RECORD)
@for_staff(Capability.KEEP_REGISTER)
@gone_is_404
def begin_fact(request: HttpRequest, scope: Scope, resident_id: int) -> HttpResponse:
    sent = request.POST
    if sent.get("kind") not in FactKind.values or sent.get("source") not in Source.values:
        raise Http404
    kind = FactKind(sent["kind"])
    grade = sent.get("grade", "").strip()

    def work() -> None:
        fact = actions.NewFact(
            kind=kind,
            from_on=must(day_sent(request, "from_on")),
            until_on=day_sent(request, "until_on"),
            code=sent.get("code") or None,
            area_code=sent.get("area_code", "").strip() or None,
            grade=int(grade) if grade.isascii() and grade.isdigit() and len(grade) == 1 else None,
            detail=_detail(kind, sent.get("relation", ""), sent.get("detail", "").strip()),
            source=Source(sent["source"]),
            evidence=" ".join(sent.get("evidence", "").split())[:100],
        )
        actions.begin_fact(actor=scope, resident_id=resident_id, fact=fact, clock=clock())

    return done(request, scope, resident_id, gettext("已登记。"), work)


def _detail(kind: FactKind, relation: str, detail: str) -> str | None:
    """Whose permit it is, the holder's unless another is named; the name of a school."""
    if kind == FactKind.PERMIT:
        return relation or PermitRelation.HOLDER.value
    return detail[:60] or None


@only_posted(RECORD)
@for_staff(Capability.KEEP_REGISTER)
@gone_is_404
def end_fact(request: HttpRequest, scope: Scope, resident_id: int) -> HttpResponse:
    """End a fact on a day, or take it back if it was never true."""
    number = request.POST.get("fact", "")
    if number not in {str(fact.pk) for fact in queries.facts_of(scope, resident_id)}:
        raise Http404

    def work() -> None:
        if "never" in request.POST:
            actions.take_back_fact(actor=scope, fact_id=int(number), clock=clock())
        else:
            until_on = must(day_sent(request, "until_on"))
            actions.end_fact(actor=scope, fact_id=int(number), until_on=until_on, clock=clock())

    return done(request, scope, resident_id, gettext("已保存。"), work)


@only_posted(RECORD)
@for_staff(Capability.KEEP_REGISTER)
@gone_is_404
def contact(request: HttpRequest, scope: Scope, resident_id: int) -> HttpResponse:
    """An empty field keeps what is there, for the form shows no number that could be sent back."""
    person = queries.resident(scope, resident_id)

    def work() -> None:
        phone, card = request.POST.get("phone", "").strip(), request.POST.get("bank_card", "").strip()
        actions.record_contact(
            actor=scope,
            resident_id=resident_id,
            phone=phone or (person.phone.unmasked if person.phone else None),
            bank_card=card or (person.bank_card.unmasked if person.bank_card else None),
        )

    return done(request, scope, resident_id, gettext("已保存。"), work)


@only_posted(RECORD)
@for_staff(Capability.KEEP_REGISTER)
@gone_is_404
def document(request: HttpRequest, scope: Scope, resident_id: int) -> HttpResponse:
    kind, reason = request.POST.get("document_kind", ""), request.POST.get("reason", "")
    if kind not in DocumentKind.values or reason not in DocumentChange.values:
        raise Http404

    def work() -> None:
        actions.change_document(
            actor=scope,
            resident_id=resident_id,
            kind=DocumentKind(kind),
            number=request.POST.get("number", "") or " ",
            reason=DocumentChange(reason),
            clock=clock(),
        )

    return done(request, scope, resident_id, gettext("证件已更新，原号码仍可查到。"), work)


@only_posted(RECORD)
@for_staff(Capability.KEEP_REGISTER)
@gone_is_404
def part(request: HttpRequest, scope: Scope, resident_id: int) -> HttpResponse:
    """Ask that a merge be undone; somebody else decides."""
    reason = " ".join(request.POST.get("reason", "").split())[:REASON_MAX]
    return done(
        request,
        scope,
        resident_id,
        gettext("已提交，等另一位有审批权的人同意后生效。"),
        lambda: actions.ask_to_part(
            actor=scope, merged_id=resident_id, reason=reason, page=reverse(RECORD, args=[resident_id]), clock=clock()
        ),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(Capability.KEEP_REGISTER)
def new_person(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Take somebody down; a newborn without a number leaves the number empty."""
    sent, refusal = request.POST, None
    if request.method == "POST":
        if sent.get("sex") not in Sex.values or sent.get("document_kind") not in DocumentKind.values:
            raise Http404
        try:
            person = actions.register_at_counter(
                actor=scope,
                clock=clock(),
                person=actions.NewResident(
                    name=sent.get("name", ""),
                    birth_on=must(day_sent(request, "birth_on")),
                    sex=sent["sex"],
                    village_code=sent.get("village", "").strip(),
                    id_number=sent.get("number", "").strip() or None,
                    facts={"document_kind": sent["document_kind"]},
                ),
            )
        except Refusal as found:
            refusal = found
        else:
            messages.success(request, gettext("已登记。"))
            return redirect(RECORD, resident_id=person.pk)
    context = {
        "refusal": refusal,
        "filled": sent,
        "villages": villages_to_choose(request, scope),
        "sexes": Sex.choices,
        "documents": DocumentKind.choices,
    }
    return show(request, "faces/console/new_person.html", "people", context, status=422 if refusal else 200)
