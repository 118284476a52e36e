"""What a department certified of a person: begun, ended, taken back."""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError, transaction

from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope
from canbao.registry import plausible, queries
from canbao.registry.actions.departments import require_department, require_own_department
from canbao.registry.actions.refused import constraint_of
from canbao.registry.codes import Department
from canbao.registry.models import CategoryTakenBack, ResidentCategory
from canbao.registry.proof import reason_of
from canbao.registry.refusals import (
    CategoryNotFound,
    CategoryOverlaps,
    EndBeforeBegin,
    FactBeforeBirth,
    MergedRow,
)
from canbao.registry.refused_corrections import CategoryAfterDeath, CategoryOfAnotherAge


def certify_category(
    *, actor: Scope, resident_id: int, code: str, certified_by: Department, from_on: date,
    until_on: date | None = None, clock: Clock,
) -> ResidentCategory:  # fmt: skip
    """For the days [from_on, until_on). CategoryOverlaps if some of them are certified already; FactBeforeBirth,
    FactFarAhead, EndBeforeBegin, CategoryAfterDeath, CategoryOfAnotherAge, or MergedRow for a row that is kept under
    another one; `not_certified_here` and `not_of_your_department` as the policy of the person's place says who
    certifies what.
    """
    actor.require(Capability.CERTIFY_CATEGORY)
    person = queries.resident(actor, resident_id)
    require_department(actor, code, certified_by, person.village_code)
    if person.merged_into_id is not None:
        raise MergedRow
    if from_on < person.birth_on:
        raise FactBeforeBirth(person.birth_on)
    plausible.require_foreseen(from_on, clock.today())
    if person.died_on is not None and from_on >= person.died_on:
        raise CategoryAfterDeath(person.died_on)
    if not plausible.may_be(code, person.birth_on, from_on):
        raise CategoryOfAnotherAge(plausible.years_old(person.birth_on, from_on))
    if until_on is not None and until_on <= from_on:
        raise EndBeforeBegin
    try:
        with transaction.atomic():
            return ResidentCategory.objects.create(
                pooling_area=person.pooling_area,
                resident=person,
                code=code,
                certified_by=certified_by,
                from_on=from_on,
                until_on=until_on,
            )
    except IntegrityError as error:
        raise (CategoryOverlaps() if constraint_of(error) == "registry_category_once_a_day" else error) from error


@transaction.atomic
def end_category(*, actor: Scope, category_id: int, until_on: date) -> ResidentCategory:
    """The first day without the category. CategoryNotFound outside the scope, EndBeforeBegin for a day too early,
    CategoryOverlaps for a day that lies in a later certification.
    """
    actor.require(Capability.CERTIFY_CATEGORY)
    row = _locked(actor, category_id)
    if until_on <= row.from_on:
        raise EndBeforeBegin
    row.until_on = until_on
    try:
        with transaction.atomic():
            row.save(update_fields=["until_on"])
    except IntegrityError as error:
        raise (CategoryOverlaps() if constraint_of(error) == "registry_category_once_a_day" else error) from error
    return row


@transaction.atomic
def take_back_category(*, actor: Scope, category_id: int, reason: str, clock: Clock) -> CategoryTakenBack:
    """Remove a certification that was never true, and say why. CategoryNotFound, ReasonMissing, ProofHoldsNumber,
    `not_of_your_department`.

    Where a bill rests on it, `billing.actions.take_back_category` asks a second person and lets the bill follow.
    """
    actor.require(Capability.CERTIFY_CATEGORY)
    row = _locked(actor, category_id)
    gone = CategoryTakenBack.objects.create(
        pooling_area=row.pooling_area, resident_id=row.resident_id, code=row.code, certified_by=row.certified_by,
        from_on=row.from_on, until_on=row.until_on, reason=reason_of(reason), at=clock.now(), by=actor.actor_name,
    )  # fmt: skip
    row.delete()
    return gone


def _locked(actor: Scope, category_id: int) -> ResidentCategory:
    row = ResidentCategory.objects.select_for_update(of=("self",)).filter(id=category_id).first()
    if row is None or not queries.visible(actor).filter(id=row.resident_id).exists():
        raise CategoryNotFound
    require_own_department(actor, row.certified_by)
    return row
