"""What the auditor reads: who changed what, and who looked at whom; a page at a time, the latest first.

Nothing here counts a table to its end: it holds millions of rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import SHANGHAI
from canbao.kernel.scope import Scope
from canbao.staff.models import Access, Change, Login
from canbao.staff.queries import history

Row = TypeVar("Row", Change, Access)


@dataclass(frozen=True)
class Wanted:
    """Filters. `who` is a user name or part of a name, `resident` the number of a resident's row, days are inclusive;
    `before` is the place (`at`, id) of the last row seen.
    """

    who: str = ""
    table: str = ""
    what: str = ""
    resident: int | None = None
    first: date | None = None
    last: date | None = None
    before: tuple[datetime, int] | None = None


def changes(scope: Scope, wanted: Wanted) -> QuerySet[Change]:
    """Changes inside the scope. Asks the capability `see_audit`."""
    scope.require(Capability.SEE_AUDIT)
    found = _within(Change.objects.all(), scope, wanted)
    if wanted.table:
        found = found.filter(table_name=wanted.table)
    if wanted.resident is not None:
        found = found.filter(_of_resident(wanted.resident))
    return found


def accesses(scope: Scope, wanted: Wanted) -> QuerySet[Access]:
    """Looks at people inside the scope. Asks the capability `see_audit`."""
    scope.require(Capability.SEE_AUDIT)
    found = _within(Access.objects.all(), scope, wanted)
    if wanted.what:
        found = found.filter(what=wanted.what)
    if wanted.resident is not None:
        found = found.filter(resident_id=wanted.resident)
    return found


def change(scope: Scope, change_id: int) -> Change | None:
    scope.require(Capability.SEE_AUDIT)
    return Change.objects.filter(_place(scope), pk=change_id).first()


def after(scope: Scope, change: Change) -> dict[str, Any] | None:
    """What the changed columns held afterwards; None for a row that was deleted."""
    for version in history.versions(scope, change.table_name, change.row_id):
        if version.known_from == change.at and set(version.changed) == set(change.changed):
            return {column: version.values.get(column) for column in change.changed}
    return None


def whats() -> Sequence[str]:
    """How much of a person was shown, as the access log names it."""
    return ("person", "number", "phone", "bank_card", "list", "evidence")


def _within(rows: QuerySet[Row], scope: Scope, wanted: Wanted) -> QuerySet[Row]:
    rows = rows.filter(_place(scope))
    if wanted.who:
        named = Login.objects.filter(Q(username=wanted.who) | Q(display_name__contains=wanted.who))
        rows = rows.filter(actor_id__in=list(named.values_list("pk", flat=True)[:50]))
    if wanted.first is not None:
        rows = rows.filter(at__gte=_midnight(wanted.first))
    # Nothing is later than the last day that a date can be.
    if wanted.last is not None and wanted.last < date.max:
        rows = rows.filter(at__lt=_midnight(wanted.last + timedelta(days=1)))
    if wanted.before is not None:
        at, key = wanted.before
        rows = rows.filter(Q(at__lt=at) | Q(at=at, pk__lt=key), at__lte=at)
    return rows.order_by("-at", "-pk")


def _place(scope: Scope) -> Q:
    """Rows of the scope's areas, and those that name no place, as the tables' guards show them: they name nobody."""
    return scope.q("village_code") | scope.q("pooling_area") | Q(village_code=None, pooling_area=None)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


def _of_resident(resident_id: int) -> Q:
    """The resident's own row, and the rows about him as they are now."""
    found = Q(pk__in=())
    for table, model in history.tables().items():
        if table == "registry_resident":
            found |= Q(table_name=table, row_id=str(resident_id))
        elif any(field.name == "resident" for field in model._meta.fields):
            keys = [str(key) for key in _keys_of(model, resident_id)]
            found |= Q(table_name=table, row_id__in=keys)
    return found


def _keys_of(model: type[Model], resident_id: int) -> list[Any]:
    return list(model._default_manager.filter(resident_id=resident_id).values_list("pk", flat=True)[:1000])
