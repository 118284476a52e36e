"""A death and its correction: asked by one person, decided by another. A list of deaths has its own second person."""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError, transaction

from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock, day_en, day_zh
from canbao.kernel.scope import Scope
from canbao.registry import queries
from canbao.registry.actions import numbers
from canbao.registry.actions.refused import constraint_of
from canbao.registry.models import Resident
from canbao.registry.proof import proof_of, reason_of
from canbao.registry.refusals import DeathAhead, DeathBeforeBirth, MergedRow, NumberTaken
from canbao.registry.refused_corrections import NoDeath, SameDeath
from canbao.staff.actions import ask_approval
from canbao.staff.models import Approval

DEATH = "registry.death"


def ask_to_record_death(
    *, actor: Scope, resident_id: int, died_on: date, proof: str, reason: str = "", page: str, clock: Clock
) -> Approval:
    """A wish that somebody else decides; of who is recorded as dead already another day, with a reason.

    DeathAhead, DeathBeforeBirth, SameDeath, MergedRow, ProofMissing, ProofHoldsNumber, ReasonMissing.
    """
    actor.require(Capability.KEEP_REGISTER)
    person = _counted(actor, resident_id)
    _require_possible(person, died_on)
    if died_on > clock.today():
        raise DeathAhead
    said: dict[str, str | None] = {"died_on": died_on.isoformat(), "proof": proof_of(proof)}
    name = queries.masked_name(person.name)
    zh, en = f"登记{name}于{day_zh(died_on)}去世", f"Record that {name} died on {day_en(died_on)}"
    if person.died_on is not None:
        said["reason"] = reason_of(reason)
        zh = f"更正{name}的死亡日期：{day_zh(person.died_on)}改为{day_zh(died_on)}"
        en = f"Correct the day of death of {name}: {day_en(died_on)} instead of {day_en(person.died_on)}"
    return _ask(actor, person, said, (zh, en), page, clock)


def ask_to_take_back_death(
    *, actor: Scope, resident_id: int, reason: str, proof: str, page: str, clock: Clock
) -> Approval:
    """A wish that somebody recorded as dead be living again. NoDeath, MergedRow, and as `ask_to_record_death`."""
    actor.require(Capability.KEEP_REGISTER)
    person = _counted(actor, resident_id)
    if person.died_on is None:
        raise NoDeath
    said: dict[str, str | None] = {"died_on": None, "reason": reason_of(reason), "proof": proof_of(proof)}
    name = queries.masked_name(person.name)
    summary = (
        f"撤销{name}的死亡登记（{day_zh(person.died_on)}）",
        f"Take back the death of {name} ({day_en(person.died_on)})",
    )
    return _ask(actor, person, said, summary, page, clock)


@transaction.atomic
def record_death(*, actor: Scope, resident_id: int, died_on: date) -> Resident:
    """From now on nothing is billed to or taken for the person; what was paid stays. DeathBeforeBirth."""
    actor.require(Capability.KEEP_REGISTER)
    person = queries.locked_resident(actor, resident_id)
    _require_possible(person, died_on)
    person.died_on = died_on
    person.save(update_fields=["died_on"])
    return person


@transaction.atomic
def take_back_death(*, actor: Scope, resident_id: int) -> Resident:
    """The person lives: open bills may be paid and new ones issued again. NoDeath; NumberTaken if somebody living has
    been registered with the number meanwhile.
    """
    actor.require(Capability.KEEP_REGISTER)
    person = queries.locked_resident(actor, resident_id)
    if person.died_on is None:
        raise NoDeath
    person.died_on = None
    numbers.claim(actor, person.pooling_area, [person.id_number.unmasked] if person.id_number else [])
    try:
        with transaction.atomic():
            person.save(update_fields=["died_on"])
    except IntegrityError as error:
        raise (NumberTaken() if constraint_of(error) == "registry_one_live_resident_per_number" else error) from error
    return person


def carry_out(actor: Scope, approval: Approval, clock: Clock) -> object:
    """What the second person said yes to."""
    wish = approval.subject
    if wish["died_on"] is None:
        return take_back_death(actor=actor, resident_id=wish["resident"])
    return record_death(actor=actor, resident_id=wish["resident"], died_on=date.fromisoformat(wish["died_on"]))


def _counted(actor: Scope, resident_id: int) -> Resident:
    person = queries.resident(actor, resident_id)
    if person.merged_into_id is not None:
        raise MergedRow
    return person


def _require_possible(person: Resident, died_on: date) -> None:
    if died_on < person.birth_on:
        raise DeathBeforeBirth(person.birth_on)
    if person.died_on == died_on:
        raise SameDeath(died_on)


def _ask(
    actor: Scope, person: Resident, said: dict[str, str | None], summary: tuple[str, str], page: str, clock: Clock
) -> Approval:
    words = [said[key] for key in ("reason", "proof") if said.get(key)]
    return ask_approval(
        actor=actor,
        kind=DEATH,
        area_code=person.village_code,
        key=f"{person.pk}",
        subject={"resident": person.pk, **said},
        summary=(f"{summary[0]}。{'；'.join(map(str, words))}", f"{summary[1]}. {'; '.join(map(str, words))}"),
        page=page,
        clock=clock,
    )
