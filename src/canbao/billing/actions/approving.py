"""Applications approved with what follows for bills: another tier that somebody applied for."""

from __future__ import annotations

from django.db import transaction

from canbao.billing.actions.single import change_tier
from canbao.enrolment import actions as enrolments
from canbao.enrolment import queries as enrolment
from canbao.enrolment.models import Application, ApplicationKind
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope


@transaction.atomic
def approve_application(*, actor: Scope, application_id: int, clock: Clock) -> Application:
    """As `enrolment.actions.approve_application`; a change of the tier is made too, and an open bill follows it.

    Refuses `paid_for_tier` besides, and then nothing is approved.
    """
    actor.require(Capability.REVIEW_APPLICATIONS)
    row = enrolments.approve_application(actor=actor, application_id=application_id, clock=clock)
    made, wanted = enrolment.enrolment_made(row), row.facts.get("tier")
    if row.kind == ApplicationKind.CHANGE and made is not None and wanted not in (None, made.tier):
        inside = actor.deputed(Capability.ENROL, row.village_code)
        change_tier(
            actor=inside, resident_id=made.resident_id, benefit_year=row.benefit_year, tier=str(wanted), clock=clock
        )
    return row
