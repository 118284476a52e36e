"""What the office does with an application: return, refuse, approve. A yes registers the person if new, and enrols."""

from __future__ import annotations

from django.db import connection, transaction

from canbao.enrolment import queries, refusals
from canbao.enrolment.actions.applications import note
from canbao.enrolment.actions.changes import write_changes, write_permit
from canbao.enrolment.actions.single import enrol
from canbao.enrolment.evidence import opened
from canbao.enrolment.models import Application, ApplicationKind, ApplicationState, Evidence
from canbao.kernel.binding import bound
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope
from canbao.registry import actions as registry_actions
from canbao.registry import queries as registry
from canbao.registry.codes import Sex
from canbao.registry.models import Resident
from canbao.staff import actions as staff

_S = ApplicationState
# First key of the advisory lock of a pooling area under which births are approved one after the other.
_BIRTHS = int.from_bytes(b"bir")


def return_application(*, actor: Scope, application_id: int, reason: str, clock: Clock) -> Application:
    """Ask the applicant for more. Refuses `application_not_found`, `not_open`, `reason_missing`."""
    return _answer(actor, application_id, _S.RETURNED, reason, clock)


def refuse_application(*, actor: Scope, application_id: int, reason: str, clock: Clock) -> Application:
    """Say no and why. Refuses as `return_application` does."""
    return _answer(actor, application_id, _S.REFUSED, reason, clock)


def _answer(actor: Scope, application_id: int, state: ApplicationState, reason: str, clock: Clock) -> Application:
    actor.require(Capability.REVIEW_APPLICATIONS)
    with transaction.atomic():
        row = _waiting(actor, application_id)
        reason = " ".join(reason.split())[:300]
        if not reason:
            raise refusals.ReviewReasonMissing
        row.reason = reason
        _decide(actor, row, state, clock, reason)
    return row


def approve_application(*, actor: Scope, application_id: int, clock: Clock) -> Application:
    """Register the person if the pooling area does not know the number yet, and enrol by the route applied for.

    A change is written into the register first; whoever is enrolled already stays so, with the tier of before
    (`billing.actions.approve_application` changes that too). One transaction; whatever registry or `enrol` refuses
    leaves the application waiting. Refuses `application_not_found`, `not_open`, `looked_after_elsewhere`,
    `number_unknown`, `person_differs` from whom the register knows by the number, `child_known`, `mother_not_female`,
    `taken_by_reviewer`, `not_enrolled` for a restart of what was never stopped.
    """
    actor.require(Capability.REVIEW_APPLICATIONS)
    with transaction.atomic():
        row = _waiting(actor, application_id)
        if row.taken_by_id is not None and row.taken_by_id == actor.actor_id:
            raise refusals.TakenByReviewer
        resident_id = _resident(actor, row, clock)
        inside = actor.deputed(Capability.ENROL, row.village_code)
        write_permit(actor.deputed(Capability.KEEP_REGISTER, row.pooling_area), row, resident_id, clock)
        if row.kind == ApplicationKind.RESTART:
            person = registry.resident(inside, resident_id)
            if queries.standing_of(inside, person, row.benefit_year) != "stopped":
                raise refusals.NotStopped(row.benefit_year)
        if row.kind == ApplicationKind.CHANGE:
            keeper = actor.deputed(Capability.KEEP_REGISTER, row.pooling_area)
            with bound(keeper):
                write_changes(keeper, row, resident_id, clock)
        made = queries.enrolment_of(inside, resident_id, row.benefit_year)
        if made is None or row.kind != ApplicationKind.CHANGE:
            made = enrol(
                actor=inside, resident_id=resident_id, benefit_year=row.benefit_year, policy_id=row.policy_id,
                tier=row.facts.get("tier"), registered_on=clock.today(), clock=clock, route=row.route,
            )  # fmt: skip
        row.resident_id, row.enrolment_id = resident_id, made.pk
        _decide(actor, row, _S.APPROVED, clock)
    return row


def read_evidence(*, actor: Scope, evidence_id: int, clock: Clock) -> tuple[Evidence, bytes]:
    """A file and its content, for who may review the application; written down. Refuses `application_not_found`."""
    actor.require(Capability.REVIEW_APPLICATIONS)
    file = Evidence.objects.filter(pk=evidence_id, application__in=queries.applications(actor)).first()
    if file is None:
        raise refusals.ApplicationNotFound
    row = file.application
    staff.record_access(
        actor=actor, screen="application", what="evidence", clock=clock, pooling_area=row.pooling_area,
        village_code=row.village_code, resident_id=row.resident_id,
    )  # fmt: skip
    return file, opened(file.stored_as)


def _waiting(actor: Scope, application_id: int) -> Application:
    seen = queries.application(actor, application_id)
    row = Application.objects.select_for_update().get(pk=seen.pk)
    if row.state != _S.SUBMITTED:
        raise refusals.ApplicationNotOpen(str(row.get_state_display()))
    return row


def _decide(actor: Scope, row: Application, state: ApplicationState, clock: Clock, detail: str = "") -> None:
    row.state, row.decided_at = state, clock.now()
    row.reviewer_id, row.reviewer_name = actor.actor_id, actor.actor_name
    row.save()
    note(actor, row, clock, detail)


def _resident(actor: Scope, row: Application, clock: Clock) -> int:
    """The person of the register, made if there is none: a newborn joins the mother's household."""
    keeper = actor.deputed(Capability.KEEP_REGISTER, row.village_code)
    everywhere = actor.deputed(Capability.KEEP_REGISTER, row.pooling_area)
    # Whoever has the number may be looked after where the reviewer sees nobody.
    with bound(everywhere):
        known = [card for card in registry.with_number(everywhere, row.id_number.unmasked) if card.died_on is None]
        mother = registry.resident(everywhere, known[0].resident_id) if row.newborn and known else None
        if row.newborn:
            _refuse_second_birth(everywhere, row, mother)
        elif known:
            differing = queries.differing(row, known[0])
            if differing:
                raise refusals.PersonDiffers(differing, registry.masked_name(known[0].name))
    if row.kind != ApplicationKind.ENROL and not known:
        raise refusals.NumberUnknown
    household_id = None
    if mother is not None:
        if mother.village_code == row.village_code:
            household_id = mother.household_id
    elif known:
        if known[0].village_code != row.village_code and row.kind != ApplicationKind.CHANGE:
            raise refusals.LookedAfterElsewhere(known[0].village_name)
        return known[0].resident_id
    dated = ("residence_permit", "permit_relation") if row.permit_until else ()
    taken = [column for column in queries.REGISTER_COLUMNS if column in row.facts and column not in dated]
    facts = {column: row.facts[column] for column in taken}
    new = registry_actions.NewResident(
        name=row.name, birth_on=row.birth_on, sex=row.sex, village_code=row.village_code, household_id=household_id,
        id_number=None if row.newborn else row.id_number.unmasked, facts=facts,
    )  # fmt: skip
    return registry_actions.register_at_counter(actor=keeper, person=new, clock=clock).pk


def _refuse_second_birth(everywhere: Scope, row: Application, mother: Resident | None) -> None:
    """A newborn has no number that would be unique: two who approve the same birth wait for each other here."""
    if mother is not None and mother.sex != Sex.FEMALE:
        raise refusals.MotherNotFemale(registry.masked_name(mother.name))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_BIRTHS, int(row.pooling_area)])
    villages = {row.village_code} | ({mother.village_code} if mother is not None else set())
    child = registry.born_already(everywhere, mother, villages, row.name, row.birth_on)
    if child is not None:
        raise refusals.ChildKnown(child.name)
