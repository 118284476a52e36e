"""The logins that somebody keeps or may see, and what each was granted, by whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.staff.actions.keepers import require_keeper
from canbao.staff.models import Grant, Login, Role
from canbao.staff.refusals import LoginNotFound

LATER, NOW, ENDED = "later", "now", "ended"


@dataclass(frozen=True)
class Held:
    """A grant as it stands on a day: `later`, `now` or `ended`."""

    grant: Grant
    state: str

    @property
    def role_name(self) -> str:
        return str(Role(self.grant.role).label)


def logins(scope: Scope, sought: str = "") -> QuerySet[Login]:
    """The logins of offices in the scope, and those with a role there at any time; by user name.

    `sought` is part of a user name or of a name.
    """
    granted = Grant.objects.filter(scope.q("area_code"), login=OuterRef("pk"))
    found = Login.objects.filter(scope.q("area_code") | Exists(granted))
    if sought:
        found = found.filter(Q(username__icontains=sought) | Q(display_name__icontains=sought))
    return found.order_by("username")


def login(scope: Scope, login_id: int) -> Login:
    """One of them. LoginNotFound."""
    found = logins(scope).filter(pk=login_id).first()
    if found is None:
        raise LoginNotFound
    return found


def held_by(login: Login, today: date) -> list[Held]:
    """Everything the login was ever granted, what holds first, then the latest first."""
    order = {NOW: 0, LATER: 1, ENDED: 2}
    found = [Held(grant, _state(grant, today)) for grant in login.grants.order_by("-from_on", "-pk")]
    return sorted(found, key=lambda held: order[held.state])


def _state(grant: Grant, today: date) -> str:
    if grant.until_on is not None and (grant.until_on <= today or grant.until_on <= grant.from_on):
        return ENDED
    return LATER if grant.from_on > today else NOW


def keeps(scope: Scope, login: Login, today: date) -> bool:
    """Whether this scope may reset, disable and enable the login."""
    try:
        require_keeper(scope, login, today)
    except Refusal:
        return False
    return True
