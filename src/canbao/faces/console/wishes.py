"""Whom a wish is about: the people named in it, for who decides to look at before he says yes."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from canbao.faces.console.pairs import side_by_side
from canbao.faces.visit import clock, login_of
from canbao.kernel.binding import bound
from canbao.registry import queries
from canbao.registry.refusals import ResidentNotFound
from canbao.staff import queries as staff
from canbao.staff.capabilities import Capability
from canbao.staff.models import Approval


def people_of(request: HttpRequest, wish: Approval) -> dict[str, Any]:
    """`lines` of two people side by side, or the one `card`; `hidden` where the visitor may see them nowhere."""
    ids = [wish.subject[key] for key in ("kept", "merged", "resident") if key in wish.subject]
    if not ids:
        return {}
    scope = staff.scope_of(login_of(request), Capability.SEE_PERSON, clock())
    try:
        with bound(scope):
            if len(ids) > 1:
                pair = queries.compared(scope, *ids)
                return {"pair": pair, "lines": side_by_side(pair)}
            return {"card": queries.card(scope, *ids)}
    except ResidentNotFound:
        return {"hidden": True}
