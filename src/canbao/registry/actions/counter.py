"""Somebody taken down at a counter, where a slip of the pen would make a person nobody can be."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.personal import normal_number
from canbao.kernel.scope import Scope
from canbao.registry.actions.people import NewResident, register_resident
from canbao.registry.codes import DocumentKind, Sex
from canbao.registry.impossible import BirthAhead, BirthTooEarly, SexDiffers
from canbao.registry.models import Resident
from canbao.registry.refusals import NumberMissing

OLDEST_YEARS = 130
NEWBORN = timedelta(days=366)
_SAYS_THE_SEX = frozenset({DocumentKind.RESIDENT_ID, DocumentKind.HMT_PERMIT})


def register_at_counter(*, actor: Scope, person: NewResident, clock: Clock) -> Resident:
    """Living in the village, unless `facts` name another `residence_area`.

    BirthAhead or BirthTooEarly for a day on which nobody living was born, NumberMissing for whoever is no newborn,
    SexDiffers where the number says another sex; and what `register_resident` refuses.
    """
    actor.require(Capability.KEEP_REGISTER)
    today = clock.today()
    if person.birth_on > today:
        raise BirthAhead
    if person.birth_on.year < today.year - OLDEST_YEARS:
        raise BirthTooEarly(date(today.year - OLDEST_YEARS, 1, 1))
    number = normal_number(person.id_number or "")
    if not number and person.birth_on < today - NEWBORN:
        raise NumberMissing
    settled = replace(person, facts={"residence_area": person.village_code} | person.facts)
    if _says_another_sex(settled, number):
        raise SexDiffers
    return register_resident(actor=actor, person=settled)


def _says_another_sex(person: NewResident, number: str) -> bool:
    kind = person.facts.get("document_kind", DocumentKind.RESIDENT_ID)
    # Whether the number is right at all, the register says itself.
    if kind not in _SAYS_THE_SEX or len(number) != 18 or not number[16].isdecimal():
        return False
    return person.sex != (Sex.MALE if int(number[16]) % 2 else Sex.FEMALE)
