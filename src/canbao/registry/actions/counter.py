"""Somebody taken down at a counter, where a slip of the pen would make a person nobody can be."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.personal import normal_number
from canbao.kernel.scope import Scope
from canbao.registry import plausible
from canbao.registry.actions.people import NewResident, register_resident
from canbao.registry.models import Resident
from canbao.registry.refusals import NumberMissing

NEWBORN = timedelta(days=366)


def register_at_counter(*, actor: Scope, person: NewResident, clock: Clock) -> Resident:
    """Living in the village, unless `facts` name another `residence_area`.

    BirthAhead or BirthTooEarly for a day on which nobody living was born, NumberMissing for whoever is no newborn; and
    what `register_resident` refuses.
    """
    actor.require(Capability.KEEP_REGISTER)
    plausible.require_birth(person.birth_on, clock.today())
    if not normal_number(person.id_number or "") and person.birth_on < clock.today() - NEWBORN:
        raise NumberMissing
    settled = replace(person, facts={"residence_area": person.village_code} | person.facts)
    return register_resident(actor=actor, person=settled)
