"""Who keeps a login: whoever keeps logins in its own area and wherever it holds a role."""

from __future__ import annotations

from datetime import date

from django.db.models import Q

from canbao.kernel.capabilities import Capability
from canbao.kernel.scope import Scope
from canbao.staff.models import Grant, Login


def require_keeper(actor: Scope, login: Login, today: date) -> None:
    """Refuses `not_permitted`, and `outside_your_area` where the login holds or will hold a role outside the actor's.

    Otherwise a county could reset the password of somebody who works for the province as well.
    """
    actor.require(Capability.MANAGE_STAFF)
    not_ended = Grant.objects.filter(Q(until_on=None) | Q(until_on__gt=today), login=login)
    areas = {*not_ended.values_list("area_code", flat=True), *([login.area_code] if login.area_code else [])}
    for area_code in sorted(areas):
        actor.require(Capability.MANAGE_STAFF, area_code)
