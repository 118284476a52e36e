"""What an applicant does: begin, add evidence, submit, withdraw. No login stands behind it, so attempts are counted."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction

from canbao.areas import queries as areas
from canbao.areas.refusals import CalendarMissing
from canbao.enrolment import evidence, queries, refusals
from canbao.enrolment.models import (
    Application,
    ApplicationEvent,
    ApplicationKind,
    ApplicationState,
    Evidence,
    PublicAttempt,
)
from canbao.enrolment.newborns import require_newborn
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.personal import normal_number
from canbao.kernel.scope import Scope, lies_in, program
from canbao.kernel.vault import ring
from canbao.policy import BadPerson, Policy, policies, quote, routes
from canbao.policy.notice import Standing
from canbao.policy.routes import Offer
from canbao.registry.codes import FactKind
from canbao.registry.impossible import NoSuchVillage
from canbao.registry.names import checked_name

NUMBER_DIGITS = 12
BEGUN_MAX, BEGUN_FOR_ONE_MAX, BEGUN_TIME = 300, 20, timedelta(hours=1)
"""From one network address, which a village hall or a whole carrier may share; and for one person."""
ASKED_MAX, ASKED_TIME = 5, timedelta(minutes=15)
_NO_OBSTACLE = frozenset({None, "tier_missing"})
STANDINGS_OF: dict[ApplicationKind, tuple[Standing, ...]] = {
    ApplicationKind.ENROL: ("first", "known", "renewing"),
    ApplicationKind.RESTART: ("stopped",),
    ApplicationKind.CHANGE: ("known", "renewing", "stopped", "first"),
}
_S = ApplicationState
_LOCK = int.from_bytes(b"app")


def applicant() -> Scope:
    """Whoever stands before the public form."""
    return program("居民网上申请", Capability.APPLY)


@dataclass(frozen=True, kw_only=True)
class NewApplication:
    """What the form asks; `ends` is what a change says is over.

    `facts` are columns of contract.md; `id_number` is the mother's for a newborn without one.
    """

    policy_id: str
    route: str
    village_code: str
    name: str
    birth_on: date
    sex: str
    id_number: str
    phone: str
    applicant_name: str
    relation: str
    newborn: bool = False
    kind: ApplicationKind = ApplicationKind.ENROL
    permit_until: date | None = None
    ends: tuple[FactKind, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)


def begin_application(*, actor: Scope, asked: NewApplication, client: str, clock: Clock) -> Application:
    """A draft with its confirmation number. `client` tells one sender from another, to count attempts by.

    Refuses `too_many_attempts`, `no_such_village`, `bad_name` and its like, what no newborn can be,
    `other_pooling_area`, `not_eligible`, `wrong_route`, `bad_facts`, `ends_without_change`, `ends_what_is_stated`.
    """
    actor.require(Capability.APPLY)
    count_public_attempt("begin", client, BEGUN_MAX, BEGUN_TIME, clock)
    row = drafted(asked, clock)
    count_public_attempt("person", bytes(row.id_number_index).hex(), BEGUN_FOR_ONE_MAX, BEGUN_TIME, clock)
    with transaction.atomic():
        row.save(force_insert=True)
        note(actor, row, clock)
    return row


def drafted(asked: NewApplication, clock: Clock) -> Application:
    """The application as a row that is not written yet. Refuses as `begin_application` does, but for its attempts."""
    policy = policies.get(asked.policy_id)
    if not lies_in(asked.village_code, policy.area):
        raise refusals.OtherPoolingArea(policy.id)
    if not areas.is_village(asked.village_code):
        raise NoSuchVillage
    if asked.newborn:
        require_newborn(
            birth_on=asked.birth_on, kind=asked.kind, relation=asked.relation, facts=frozenset(asked.facts),
            mother_number=asked.id_number, today=clock.today(),
        )  # fmt: skip
    name, applicant = checked_name(asked.name), checked_name(asked.applicant_name)
    known = {"birth_date": asked.birth_on.isoformat(), "sex": asked.sex, **asked.facts}
    if not asked.newborn:
        known["id_number"] = normal_number(asked.id_number)
    try:
        answer = quote(policy, {**known, "registered_on": clock.today().isoformat()}, on=clock.today())
        offered = _offered(policy, known, asked.kind, clock.today())
        rule = routes.sent_elsewhere(policy, known, clock.today())
    except BadPerson as bad:
        zh = "；".join(fault.zh for fault in bad.faults)
        raise refusals.BadFacts(zh, "; ".join(fault.en for fault in bad.faults)) from bad
    if asked.permit_until is not None and asked.permit_until < clock.today():
        raise refusals.PermitExpired(asked.permit_until)
    if answer.reason not in _NO_OBSTACLE:
        raise refusals.NotEligible(str(answer.reason), answer.steps[-1].text_zh, answer.steps[-1].text_en)
    if rule is not None and rule.elsewhere == "must":
        raise refusals.EnrolsElsewhere(rule)
    tried = offered.get(asked.route)
    if tried is None or not tried.open:
        raise refusals.WrongRoute(tried, routes.best(list(offered.values())))
    if asked.ends and asked.kind != ApplicationKind.CHANGE:
        raise refusals.EndsWithoutChange
    row = Application(
        pooling_area=policy.pooling_area,
        number=_number(),
        policy_id=policy.id,
        kind=asked.kind,
        benefit_year=policy.benefit_year,
        route=asked.route,
        village_code=asked.village_code,
        name=name,
        birth_on=asked.birth_on,
        sex=asked.sex,
        newborn=asked.newborn,
        applicant_name=applicant,
        relation=asked.relation,
        facts=asked.facts,
        ends=[kind.value for kind in asked.ends],
        permit_until=asked.permit_until,
        begun_at=clock.now(),
    )
    if any(queries.stated_of(row, kind) for kind in asked.ends):
        raise refusals.EndsWhatIsStated
    row.seal(asked.id_number, asked.phone)
    return row


def _offered(policy: Policy, known: dict[str, Any], kind: ApplicationKind, on: date) -> dict[str, Offer]:
    """Each route as it stands for the person; nobody is asked for earlier years, so any that he may have will do."""
    found: dict[str, Offer] = {}
    for standing in STANDINGS_OF[kind]:
        for offer in routes.offers(policy, known, standing, on):
            if offer.open or offer.key not in found:
                found[offer.key] = offer
    return found


def add_evidence(*, actor: Scope, number: str, content: bytes, name: str, clock: Clock) -> Evidence:
    """Keep one file with a draft or a returned application. Refuses `file_refused` with the reason, `not_open`."""
    actor.require(Capability.APPLY)
    with transaction.atomic():
        row = _locked(number)
        if row.state not in (_S.DRAFT, _S.RETURNED):
            raise refusals.ApplicationNotOpen(str(row.get_state_display()))
        kind = evidence.media_type(content)
        if len(content) > evidence.BYTES_MAX:
            raise refusals.FileTooBig(evidence.BYTES_MAX)
        if kind is None:
            raise refusals.FileOfAnotherKind
        if row.evidence.count() >= evidence.FILES_MAX:
            raise refusals.TooManyFiles(evidence.FILES_MAX)
        digest = hashlib.sha256(content).hexdigest()
        known = row.evidence.filter(sha256=digest).first()
        if known is not None:
            return known
        return Evidence.objects.create(
            pooling_area=row.pooling_area, application=row, name=_shown(name), media_type=kind,
            size_bytes=len(content), sha256=digest, stored_as=evidence.keep(content), sent_at=clock.now(),
        )  # fmt: skip


def submit_application(*, actor: Scope, number: str, clock: Clock) -> Application:
    """Hand it in. Refuses `not_open`, `already_applied` while another one for the person waits."""
    actor.require(Capability.APPLY)
    with transaction.atomic():
        row = _locked(number)
        if row.state not in (_S.DRAFT, _S.RETURNED):
            raise refusals.ApplicationNotOpen(str(row.get_state_display()))
        hand_in(actor, row, clock)
    return row


def hand_in(actor: Scope, row: Application, clock: Clock) -> None:
    """Let the row wait for the office. Refuses `already_applied`."""
    row.state, row.submitted_at, row.due_on, row.reason = _S.SUBMITTED, clock.now(), _due(row, clock), ""
    _refuse_same_under_another_key(row)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as fault:
        if "enrolment_application_once_waiting" in str(fault):
            raise refusals.AlreadyApplied from None
        raise
    note(actor, row, clock)


def _refuse_same_under_another_key(row: Application) -> None:
    """While keys are rotated, indexes of two stand side by side, and the unique key cannot see that they are of one
    number: then whoever applies in an area waits for the other, and looks under every key.
    """
    if not ring().is_rotating:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, int(row.pooling_area)])
    waiting = Application.objects.filter(
        pooling_area=row.pooling_area, id_number_index__in=row.number_indexes(), name=row.name,
        benefit_year=row.benefit_year, state__in=(_S.SUBMITTED, _S.RETURNED),
    )  # fmt: skip
    if waiting.exclude(pk=row.pk).exists():
        raise refusals.AlreadyApplied


def withdraw_application(*, actor: Scope, number: str, clock: Clock) -> Application:
    """Take it back, as long as nothing was decided. Refuses `not_open`."""
    actor.require(Capability.APPLY)
    with transaction.atomic():
        row = _locked(number)
        if row.state not in (_S.DRAFT, _S.SUBMITTED, _S.RETURNED):
            raise refusals.ApplicationNotOpen(str(row.get_state_display()))
        row.state = _S.WITHDRAWN
        row.save()
        note(actor, row, clock)
    return row


def open_application(*, actor: Scope, number: str, id_number: str, clock: Clock) -> Application:
    """The application of that number, for whoever knows the ID number too. Refuses `no_such_application` for both.

    Five failures for one number lock it for a quarter of an hour: `too_many_attempts`.
    """
    actor.require(Capability.APPLY)
    subject = number[:40]
    _refuse_many("look", subject, ASKED_MAX, ASKED_TIME, clock.now())
    row = Application.objects.filter(number=number).first()
    if row is None or not row.opened_by(id_number):
        PublicAttempt.objects.create(what="look", subject=subject, at=clock.now())
        raise refusals.NoSuchApplication
    return row


def note(actor: Scope, row: Application, clock: Clock, detail: str = "") -> None:
    """Add the application's new state to its past."""
    ApplicationEvent.objects.create(
        pooling_area=row.pooling_area, application=row, state=row.state, at=clock.now(), actor_id=actor.actor_id,
        actor_name=actor.actor_name, detail=detail,
    )  # fmt: skip


def _locked(number: str) -> Application:
    row = Application.objects.select_for_update().filter(number=number).first()
    if row is None:
        raise refusals.NoSuchApplication
    return row


def _number() -> str:
    """Random, so that no number tells of another."""
    return str(10 ** (NUMBER_DIGITS - 1) + secrets.randbelow(9 * 10 ** (NUMBER_DIGITS - 1)))


def _due(row: Application, clock: Clock) -> date | None:
    """The working day by which the notice lets the person pay: a review must not outlast it. None if it says none."""
    route = policies.get(row.policy_id).notice.routes.get(row.route)
    delay = route.payable_after if route else None
    try:
        return areas.add_working_days(clock.today(), delay.most) if delay else None
    except CalendarMissing:
        return None


def count_public_attempt(what: str, subject: str, most: int, within: timedelta, clock: Clock) -> None:
    """Count one try of somebody without a login. Refuses `too_many_attempts`."""
    _refuse_many(what, subject, most, within, clock.now())
    PublicAttempt.objects.create(what=what, subject=subject[:40], at=clock.now())


def _refuse_many(what: str, subject: str, most: int, within: timedelta, now: datetime) -> None:
    latest = PublicAttempt.objects.filter(what=what, subject=subject[:40], at__gt=now - within)
    if latest.count() >= most:
        raise refusals.TooManyAttempts(within)


def _shown(name: str) -> str:
    """A file's name without a path and without what nobody sees."""
    return "".join(character for character in name.replace("\\", "/").rpartition("/")[2] if character.isprintable())[
        -100:
    ]
