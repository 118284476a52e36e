"""What the auditor reads of enrolments and applications: who did what to whose, latest first."""

from __future__ import annotations

from django.db.models import QuerySet

from canbao.areas import queries as areas
from canbao.enrolment.models import ApplicationEvent, EnrolmentChange
from canbao.kernel.capabilities import Capability
from canbao.kernel.scope import Scope
from canbao.staff.queries.audit import Wanted, narrowed


def enrolment_changes(scope: Scope, wanted: Wanted) -> QuerySet[EnrolmentChange]:
    """Enrolments made, changed and stopped inside the scope. Asks the capability `see_audit`."""
    scope.require(Capability.SEE_AUDIT)
    rows = EnrolmentChange.objects.filter(
        scope.q("enrolment__resident__village_code"), pooling_area__in=areas.pooling_codes(scope)
    ).select_related("enrolment__resident")
    found = narrowed(rows, wanted, in_order_made=True)
    if wanted.what:
        found = found.filter(kind=wanted.what)
    return found if wanted.resident is None else found.filter(enrolment__resident_id=wanted.resident)


def application_events(scope: Scope, wanted: Wanted) -> QuerySet[ApplicationEvent]:
    """What became of applications inside the scope, step by step. Asks the capability `see_audit`."""
    scope.require(Capability.SEE_AUDIT)
    rows = ApplicationEvent.objects.filter(
        scope.q("application__village_code"), pooling_area__in=areas.pooling_codes(scope)
    ).select_related("application")
    found = narrowed(rows, wanted, in_order_made=True)
    if wanted.what:
        found = found.filter(state=wanted.what)
    return found if wanted.resident is None else found.filter(application__resident_id=wanted.resident)
