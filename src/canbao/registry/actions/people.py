"""One person at a time: registered; and a number shown."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction

from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.personal import Personal
from canbao.kernel.scope import Scope
from canbao.registry import documents, plausible, queries
from canbao.registry.actions import numbers
from canbao.registry.actions.households import pooling_area_for
from canbao.registry.actions.refused import constraint_of
from canbao.registry.codes import DocumentKind, NumberKind, Purpose
from canbao.registry.models import Resident
from canbao.registry.names import checked_name
from canbao.registry.pinyin import name_reading
from canbao.registry.refusals import (
    NotKnown,
    NumberTaken,
)
from canbao.staff.actions.trail import record_access


@dataclass(frozen=True, kw_only=True)
class NewResident:
    """A person as the counter takes one down; `facts` are further columns of `Resident`."""

    name: str
    birth_on: date
    sex: str
    village_code: str
    id_number: str | None = None
    household_id: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)


def register_resident(*, actor: Scope, person: NewResident) -> Resident:
    """OutsideArea, BadName and its like, BadIdNumber, SexDiffers or NumberTaken if it cannot take the person."""
    actor.require(Capability.KEEP_REGISTER)
    name = checked_name(person.name)
    pinyin, initials = name_reading(name)
    facts = dict(person.facts)
    kind = facts.pop("document_kind", DocumentKind.RESIDENT_ID)
    row = Resident(
        pooling_area=pooling_area_for(actor, person.village_code),
        village_code=person.village_code,
        household_id=person.household_id,
        name=name,
        pinyin=pinyin,
        initials=initials,
        document_kind=kind,
        birth_on=person.birth_on,
        sex=person.sex,
        **facts,
    )
    row.id_number = documents.checked(kind, person.id_number, person.birth_on)
    plausible.require_sex(kind, person.id_number, person.sex)
    try:
        with transaction.atomic():
            numbers.claim(actor, row.pooling_area, [row.id_number.unmasked] if row.id_number else [])
            row.save(force_insert=True)
    except IntegrityError as error:
        raise (NumberTaken() if constraint_of(error) == "registry_one_live_resident_per_number" else error) from error
    return row


def reveal(
    *, actor: Scope, resident_id: int, kind: NumberKind, purpose: Purpose, screen: str, clock: Clock
) -> Personal:
    """The number for somebody to see, logged with who asks, what for and on which screen. NotKnown if there is none."""
    actor.require(Capability.REVEAL_NUMBERS)
    return _shown(actor, resident_id, kind, purpose, screen, clock)


def phone_to_call(*, actor: Scope, resident_id: int, screen: str, clock: Clock) -> Personal:
    """The phone of somebody whom the actor has to reach, logged as `reveal` is: who visits people sees no other number.

    NotKnown if there is none.
    """
    actor.require(Capability.KEEP_REASONS)
    return _shown(actor, resident_id, NumberKind.PHONE, Purpose.CALL, screen, clock)


def _shown(actor: Scope, resident_id: int, kind: NumberKind, purpose: Purpose, screen: str, clock: Clock) -> Personal:
    person = queries.resident(actor, resident_id)
    known = {
        NumberKind.NUMBER: person.id_number,
        NumberKind.PHONE: person.phone,
        NumberKind.BANK_CARD: person.bank_card,
    }
    if (number := known[kind]) is None:
        raise NotKnown
    record_access(
        actor=replace(actor, purpose=purpose),
        screen=screen,
        what=kind,
        clock=clock,
        pooling_area=person.pooling_area,
        village_code=person.village_code,
        resident_id=person.pk,
    )
    return number


@transaction.atomic
def record_contact(*, actor: Scope, resident_id: int, phone: str | None, bank_card: str | None) -> Resident:
    """The phone and the card for refunds; None or empty takes one away. BadContact for what cannot be such a number."""
    actor.require(Capability.KEEP_REGISTER)
    person = queries.locked_resident(actor, resident_id)
    person.phone = documents.checked_phone(phone)
    person.bank_card = documents.checked_card(bank_card)
    person.save(update_fields=["phone_sealed", "phone_index", "bank_card_sealed"])
    return person
