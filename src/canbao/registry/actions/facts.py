"""What is true of a person for some days: begun, ended, taken back.

The columns of a resident that facts of a kind derive are written here alone. What was registered without dates counts
as true on any day; the first dated fact of its kind makes a period of it that ends where the new one begins.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction

from canbao.areas import queries as areas
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope, lies_in
from canbao.registry import plausible, queries
from canbao.registry.actions.refused import constraint_of
from canbao.registry.codes import FACT_COLUMNS, FactKind, Source
from canbao.registry.impossible import UnknownArea
from canbao.registry.models import Resident, ResidentFact
from canbao.registry.refusals import (
    BadFact,
    EndBeforeBegin,
    FactBeforeBirth,
    FactNotFound,
    FactOverlaps,
)

_WITHOUT = {"residence_permit": "none", "student": "none", "employee_insured": False, "insured_elsewhere": False}
_LONGEST = {
    field.name: field.max_length
    for field in ResidentFact._meta.fields
    if field.name in ("code", "detail", "evidence") and field.max_length
}
_AREA = re.compile(r"[0-9]{6,12}")


@dataclass(frozen=True, kw_only=True)
class NewFact:
    """A fact as the counter takes it down; the columns are those of ResidentFact."""

    kind: FactKind
    from_on: date
    until_on: date | None = None
    code: str | None = None
    area_code: str | None = None
    grade: int | None = None
    detail: str | None = None
    source: Source = Source.RESIDENT
    evidence: str = ""


@transaction.atomic
def begin_fact(*, actor: Scope, resident_id: int, fact: NewFact, clock: Clock) -> ResidentFact:
    """The open fact of the same kind, if there is one, ends on the day this one begins.

    BadFact, UnknownArea, FactBeforeBirth, FactFarAhead, EndBeforeBegin or FactOverlaps if it cannot be true.
    """
    actor.require(Capability.KEEP_REGISTER)
    person = queries.locked_resident(actor, resident_id)
    _check_words(fact)
    plausible.require_foreseen(fact.from_on, clock.today())
    if fact.from_on < person.birth_on:
        raise FactBeforeBirth(person.birth_on)
    if fact.until_on is not None and fact.until_on <= fact.from_on:
        raise EndBeforeBegin
    own = ResidentFact.objects.filter(pooling_area=person.pooling_area, resident_id=person.pk, kind=fact.kind)
    if not own.exists():
        _date_what_was_undated(person, fact)
    before = own.filter(from_on__lt=fact.from_on, until_on=None).first()
    if before is not None:
        before.until_on = fact.from_on
        before.save(update_fields=["until_on"])
    row = ResidentFact(pooling_area=person.pooling_area, resident=person, since_on=_since(person, fact, before))
    for column, value in vars(fact).items():
        setattr(row, column, value)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        name = constraint_of(error)
        if name == "registry_fact_once_a_day":
            raise FactOverlaps from error
        raise (BadFact() if name in ("registry_fact_value", "registry_fact_area") else error) from error
    _refresh(person, clock.today())
    return row


@transaction.atomic
def end_fact(*, actor: Scope, fact_id: int, until_on: date, clock: Clock) -> ResidentFact:
    """The first day on which it is no longer true. EndBeforeBegin if that is not after its first day."""
    actor.require(Capability.KEEP_REGISTER)
    row, person = _locked_fact(actor, fact_id)
    if until_on <= row.from_on:
        raise EndBeforeBegin
    row.until_on = until_on
    try:
        with transaction.atomic():
            row.save(update_fields=["until_on"])
    except IntegrityError as error:
        raise (FactOverlaps() if constraint_of(error) == "registry_fact_once_a_day" else error) from error
    _refresh(person, clock.today())
    return row


@transaction.atomic
def end_what_holds(*, actor: Scope, resident_id: int, kind: FactKind, until_on: date, clock: Clock) -> None:
    """End what is true of a person on the day before, dated or not. Nothing happens where nothing of the kind is.

    EndBeforeBegin for what began on that day.
    """
    actor.require(Capability.KEEP_REGISTER)
    person = queries.locked_resident(actor, resident_id)
    own = ResidentFact.objects.filter(pooling_area=person.pooling_area, resident_id=person.pk, kind=kind)
    if not own.exists():
        _date_what_was_undated(person, NewFact(kind=kind, from_on=until_on))
    else:
        holding = own.filter(from_on__lte=until_on).exclude(until_on__lte=until_on).first()
        if holding is not None:
            end_fact(actor=actor, fact_id=holding.pk, until_on=until_on, clock=clock)
            return
    _refresh(person, clock.today())


@transaction.atomic
def take_back_fact(*, actor: Scope, fact_id: int, clock: Clock) -> None:
    """Remove what was never true; the history of the register keeps that it stood there."""
    actor.require(Capability.KEEP_REGISTER)
    row, person = _locked_fact(actor, fact_id)
    others = ResidentFact.objects.filter(pooling_area=row.pooling_area, resident_id=row.resident_id, kind=row.kind)
    row.delete()
    if not others.exists():
        _write(person, row.kind, dict.fromkeys(FACT_COLUMNS[row.kind]))
    _refresh(person, clock.today())


def _check_words(fact: NewFact) -> None:
    """BadFact for what no column could hold, UnknownArea for a code of no place."""
    if any(len(getattr(fact, column) or "") > longest for column, longest in _LONGEST.items()):
        raise BadFact
    if fact.area_code is not None:
        if not _AREA.fullmatch(fact.area_code):
            raise BadFact
        if areas.area(fact.area_code) is None and fact.area_code[:6] not in areas.division_codes():
            raise UnknownArea(fact.area_code)


def _locked_fact(actor: Scope, fact_id: int) -> tuple[ResidentFact, Resident]:
    row = ResidentFact.objects.filter(id=fact_id).first()
    if row is None or not queries.visible(actor).filter(id=row.resident_id).exists():
        raise FactNotFound
    person = queries.locked_resident(actor, row.resident_id)
    return ResidentFact.objects.get(id=fact_id), person


def _date_what_was_undated(person: Resident, fact: NewFact) -> None:
    """What the resident's columns say becomes a period from birth, up to the new fact."""
    values = _undated(person, fact.kind)
    if values is not None and fact.from_on > person.birth_on:
        ResidentFact.objects.create(
            pooling_area=person.pooling_area,
            resident=person,
            kind=fact.kind,
            from_on=person.birth_on,
            until_on=fact.from_on,
            source=Source.REGISTER,
            **values,
        )


def _undated(person: Resident, kind: FactKind) -> dict[str, Any] | None:
    """The columns of a fact that says what the resident's own columns say of the kind; None if they say nothing."""
    said: dict[FactKind, tuple[object, dict[str, Any]]] = {
        FactKind.HUKOU: (
            person.hukou_area,
            {"area_code": person.hukou_area, "code": person.hukou_kind, "since_on": person.hukou_since},
        ),
        FactKind.RESIDENCE: (person.residence_area, {"area_code": person.residence_area}),
        FactKind.PERMIT: (
            person.residence_permit != "none",
            {"code": person.residence_permit, "detail": person.permit_relation or "holder"},
        ),
        FactKind.STUDENT: (person.student != "none", {"code": person.student, "area_code": person.school_area}),
        FactKind.EMPLOYEE_INSURANCE: (person.employee_insured, {}),
        FactKind.OTHER_INSURANCE: (person.insured_elsewhere, {}),
        FactKind.DISABILITY: (person.disability_grade, {"grade": person.disability_grade}),
        FactKind.PENSION: (False, {}),
    }
    known, values = said[kind]
    return values if known else None


def _since(person: Resident, fact: NewFact, before: ResidentFact | None) -> date | None:
    """A household register that moves inside the pooling area came there when the first one did."""
    if fact.kind != FactKind.HUKOU:
        return None
    inside = lies_in(fact.area_code or "", person.pooling_area)
    last = (
        before
        or ResidentFact.objects.filter(
            pooling_area=person.pooling_area, resident_id=person.pk, kind=FactKind.HUKOU, until_on=fact.from_on
        ).first()
    )
    if inside and last is not None and lies_in(last.area_code or "", person.pooling_area):
        return last.since_on
    return fact.from_on


def _refresh(person: Resident, today: date) -> None:
    """The resident's columns as they stand today, for the kinds that have dated facts."""
    known = queries.dated_facts_on(person, today)
    person.refresh_from_db()
    for column, value in known.items():
        setattr(person, column, _WITHOUT.get(column) if value is None else value)
    if known:
        person.save(update_fields=[*known])


def _write(person: Resident, kind: str, values: dict[str, Any]) -> None:
    for column in FACT_COLUMNS[kind]:
        value = values.get(column)
        setattr(person, column, _WITHOUT.get(column) if value is None else value)
    person.save(update_fields=list(FACT_COLUMNS[kind]))
