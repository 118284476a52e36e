"""What the auditor reads: who changed, made, saw, asked and entered what; a page at a time, the latest first.

Nothing here counts a table to its end: it holds millions of rows. Other rooms narrow what is theirs by `narrowed`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import SHANGHAI
from canbao.kernel.scope import Scope
from canbao.staff.models import Access, Addition, Approval, Change, Login, LoginEvent, SignInAttempt
from canbao.staff.queries import history, keeping

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Wanted:
    """Filters. `who` is a user name or part of a name, `what` a code of what the trail is about, such as a table,
    `resident` the number of a resident's row, days are inclusive; `before` is (`at`, id) of the last row seen.
    """

    who: str = ""
    what: str = ""
    resident: int | None = None
    first: date | None = None
    last: date | None = None
    before: tuple[datetime, int] | None = None


def changes(scope: Scope, wanted: Wanted) -> QuerySet[Change]:
    """Changes inside the scope. Asks the capability `see_audit`."""
    scope.require(Capability.SEE_AUDIT)
    found = narrowed(Change.objects.filter(_place(scope)), wanted)
    if wanted.what:
        found = found.filter(table_name=wanted.what)
    return found if wanted.resident is None else found.filter(_of_resident(wanted.resident))


def additions(scope: Scope, wanted: Wanted) -> QuerySet[Addition]:
    """Rows that were made one by one inside the scope. Asks the capability `see_audit`."""
    scope.require(Capability.SEE_AUDIT)
    found = narrowed(Addition.objects.filter(_place(scope)), wanted)
    if wanted.what:
        found = found.filter(table_name=wanted.what)
    return found if wanted.resident is None else found.filter(_of_resident(wanted.resident))


def accesses(scope: Scope, wanted: Wanted) -> QuerySet[Access]:
    """Looks at people inside the scope. Asks the capability `see_audit`."""
    scope.require(Capability.SEE_AUDIT)
    found = narrowed(Access.objects.filter(_place(scope)), wanted)
    if wanted.what:
        found = found.filter(what=wanted.what)
    return found if wanted.resident is None else found.filter(resident_id=wanted.resident)


def approvals(scope: Scope, wanted: Wanted) -> QuerySet[Approval]:
    """What was asked of a second person inside the scope, by when it was asked. Asks the capability `see_audit`."""
    scope.require(Capability.SEE_AUDIT)
    rows = Approval.objects.filter(scope.q("area_code"))
    found = narrowed(rows, wanted, at="asked_at", actors=("asked_by_id", "decided_by_id"))
    return found.filter(kind=wanted.what) if wanted.what else found


def login_events(scope: Scope, wanted: Wanted) -> QuerySet[LoginEvent]:
    """What became of the logins of the scope: made, signed in, locked out. Asks the capability `see_audit`."""
    scope.require(Capability.SEE_AUDIT)
    rows = LoginEvent.objects.filter(login__in=keeping.logins(scope)).select_related("login")
    found = narrowed(rows, wanted, actors=("actor_id", "login_id"))
    return found.filter(kind=wanted.what) if wanted.what else found


def failed_sign_ins(scope: Scope, wanted: Wanted) -> QuerySet[SignInAttempt]:
    """Attempts at logins of the scope that failed, at the password or the code. Asks the capability `see_audit`."""
    scope.require(Capability.SEE_AUDIT)
    rows = SignInAttempt.objects.filter(succeeded=False, username__in=keeping.logins(scope).values("username"))
    found = narrowed(rows, replace(wanted, who=""))
    if wanted.who:
        named = Login.objects.filter(display_name__contains=wanted.who).values("username")
        found = found.filter(Q(username=wanted.who) | Q(username__in=named))
    return found.filter(stage=wanted.what) if wanted.what else found


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


def narrowed(
    rows: QuerySet[Row], wanted: Wanted, *, at: str = "at", actors: Sequence[str] = ("actor_id",),
    in_order_made: bool = False,
) -> QuerySet[Row]:  # fmt: skip
    """Rows by who did it and when, the latest first, after the last one seen. `at` and `actors` name their columns.

    `in_order_made`: of a large table that has no index by time; then the latest is the one that was made last.
    """
    if wanted.who:
        named = Login.objects.filter(Q(username=wanted.who) | Q(display_name__contains=wanted.who))
        keys = list(named.values_list("pk", flat=True)[:50])
        by = Q(pk__in=())
        for actor in actors:
            by |= Q(**{f"{actor}__in": keys})
        rows = rows.filter(by)
    if wanted.first is not None:
        rows = rows.filter(**{f"{at}__gte": _midnight(wanted.first)})
    # Nothing is later than the last day that a date can be.
    if wanted.last is not None and wanted.last < date.max:
        rows = rows.filter(**{f"{at}__lt": _midnight(wanted.last + timedelta(days=1))})
    if wanted.before is not None:
        moment, key = wanted.before
        earlier = Q(**{f"{at}__lt": moment}) | Q(**{at: moment, "pk__lt": key})
        rows = rows.filter(pk__lt=key) if in_order_made else rows.filter(earlier, **{f"{at}__lte": moment})
    return rows.order_by("-pk") if in_order_made else rows.order_by(f"-{at}", "-pk")


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
