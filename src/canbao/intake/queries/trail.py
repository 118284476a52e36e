"""What the auditor reads of lists: who handed in which, who let it in, and what came of it."""

from __future__ import annotations

from django.db.models import QuerySet

from canbao.intake.models import Batch
from canbao.intake.queries.batches import visible
from canbao.kernel.capabilities import Capability
from canbao.kernel.scope import Scope
from canbao.staff.queries.audit import Wanted, narrowed


def lists_handed_in(scope: Scope, wanted: Wanted) -> QuerySet[Batch]:
    """Lists of the scope's areas, the latest first. Asks the capability `see_audit`."""
    scope.require(Capability.SEE_AUDIT)
    found = narrowed(visible(scope), wanted, at="handed_in_at")
    if wanted.what:
        found = found.filter(source=wanted.what)
    return found.none() if wanted.resident is not None else found
