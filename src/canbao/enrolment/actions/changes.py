"""An approved change, as the register keeps it: each fact that differs holds from the day of the approval on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from canbao.enrolment import queries
from canbao.enrolment.models import Application
from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope
from canbao.registry import actions as registry_actions
from canbao.registry import queries as registry
from canbao.registry.codes import FactKind, Source

Facts = dict[str, Any]
# What the columns of a kind are called in a fact; a kind that the applicant says nothing of is left as it is.
_FACTS: dict[FactKind, Callable[[Facts], Facts]] = {
    FactKind.HUKOU: lambda said: {"area_code": said.get("hukou_area"), "code": said.get("hukou_kind")},
    FactKind.RESIDENCE: lambda said: {"area_code": said.get("residence_area")},
    FactKind.PERMIT: lambda said: {
        "code": said.get("residence_permit"), "detail": said.get("permit_relation") or "holder",
    },
    FactKind.STUDENT: lambda said: {"code": said.get("student"), "area_code": said.get("school_area")},
}  # fmt: skip


def write_permit(actor: Scope, row: Application, resident_id: int, clock: Clock) -> None:
    """Let the permit that was shown hold from today until its last day; nothing where a valid one is on file."""
    person, today = registry.resident(actor, resident_id), clock.today()
    code = row.facts.get("residence_permit")
    dated = any(fact.kind == FactKind.PERMIT for fact in registry.facts_of(actor, resident_id))
    valid = dated and registry.facts_on(person, today).get("residence_permit") == code
    if row.permit_until is None or code in queries.NOTHING or valid:
        return
    fact = registry_actions.NewFact(
        kind=FactKind.PERMIT, from_on=today, until_on=row.permit_until + timedelta(days=1), code=str(code),
        detail=row.facts.get("permit_relation") or "holder", source=Source.RESIDENT, evidence=f"申请 {row.number}",
    )  # fmt: skip
    registry_actions.begin_fact(actor=actor, resident_id=resident_id, fact=fact, clock=clock)


def write_changes(actor: Scope, row: Application, resident_id: int, clock: Clock) -> None:
    """Write what the applicant says otherwise than the register: village, phone, facts about place, permit and school,
    and what is over.

    What registry refuses is refused: HeadMoves, OutsideArea, BadContact, FactOverlaps, EndBeforeBegin.
    """
    person, today = registry.resident(actor, resident_id), clock.today()
    if person.village_code != row.village_code:
        person = registry_actions.move_resident(
            actor=actor, resident_id=resident_id, village_code=row.village_code, household_id=None, kinship=None,
            from_on=today, clock=clock,
        )  # fmt: skip
    if person.phone is None or person.phone.unmasked != row.phone.unmasked:
        card = person.bank_card.unmasked if person.bank_card else None
        registry_actions.record_contact(actor=actor, resident_id=resident_id, phone=row.phone.unmasked, bank_card=card)
    known = registry.facts_on(person, today)
    for kind in queries.CHANGED_BY_APPLICATION:
        if not queries.changes(row, known, kind) or (kind == FactKind.PERMIT and row.permit_until is not None):
            continue
        said = queries.stated_of(row, kind)
        fact = registry_actions.NewFact(
            kind=kind,
            from_on=today,
            source=Source.RESIDENT,
            evidence=f"申请 {row.number}",
            **_FACTS[kind]({**known, **said}),
        )
        registry_actions.begin_fact(actor=actor, resident_id=resident_id, fact=fact, clock=clock)
    for ended in row.ends:
        registry_actions.end_what_holds(
            actor=actor, resident_id=resident_id, kind=FactKind(ended), until_on=today, clock=clock
        )
