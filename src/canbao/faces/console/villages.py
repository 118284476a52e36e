"""Choosing a village: the township first, then one of its villages, since a city has thousands."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest

from canbao.areas import queries as areas
from canbao.areas.models import Area
from canbao.kernel.scope import Scope


@dataclass(frozen=True)
class Villages:
    """`groups`: the townships by the area they lie in; `inside`: the villages of the one that is chosen."""

    groups: list[tuple[str, list[Area]]]
    township: Area | None
    inside: list[Area]


def villages_to_choose(request: HttpRequest, scope: Scope, known: str = "") -> Villages:
    """The township that the address names, else that of the village which the form sent or which is known."""
    townships = areas.townships(scope)
    wanted = (request.GET.get("township", ""), request.POST.get("village", "")[:9], known[:9])
    by_code = {township.code: township for township in townships}
    chosen = next((by_code[code] for code in wanted if code in by_code), townships[0] if townships else None)
    groups: dict[str, list[Area]] = {}
    for township in townships:
        groups.setdefault(township.parent.name if township.parent else "", []).append(township)
    return Villages(list(groups.items()), chosen, areas.villages_of(scope, chosen.code) if chosen else [])
