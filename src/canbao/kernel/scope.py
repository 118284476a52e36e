"""Who asks, in which roles, for which areas and for what purpose: a required argument of every query."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from canbao.kernel.refusals import Refusal

if TYPE_CHECKING:
    from django.db.models import Q

_COUNTY_DIGITS = 6


def area_prefix(code: str) -> str:
    """The digits that every area inside `code` begins with.

    Up to the county, trailing zero pairs are cut (370400 → 3704). Below it the code grows by three digits for the
    township and three for the village, so only whole groups are cut: 370481100 is a township and stays as it is.
    """
    county, below = code[:_COUNTY_DIGITS], code[_COUNTY_DIGITS:]
    while below.endswith("000"):
        below = below[:-3]
    if below:
        return county + below
    while len(county) > 2 and county.endswith("00"):
        county = county[:-2]
    return county


def lies_in(code: str, area: str) -> bool:
    """Whether the area `code` is `area` or lies inside it."""
    return bool(code) and area_prefix(code).startswith(area_prefix(area))


@dataclass(frozen=True)
class Scope:
    """What a caller may see. `prefixes` are area prefixes as `area_prefix` gives them; an empty tuple sees nothing.

    `capabilities` are those that hold in every one of the areas, so a caller may rely on `can` and `covers` together.
    """

    actor_id: int | None
    actor_name: str
    roles: frozenset[str] = field(default_factory=frozenset)
    prefixes: tuple[str, ...] = ()
    purpose: str = ""
    capabilities: frozenset[str] = field(default_factory=frozenset)

    def can(self, capability: str) -> bool:
        """Whether this caller may do that in every area of this scope."""
        return capability in self.capabilities

    def require(self, capability: str, area_code: str | None = None) -> None:
        """Every action begins with this. Refuses `not_permitted`, and with an area `outside_your_area`."""
        if not self.can(capability):
            raise Refusal(
                "not_permitted",
                "您没有办理这件事的权限，未办理。",
                "You may not do this, so nothing was done.",
                ("请由有权限的人员办理，或联系系统管理员。", "Ask somebody who may, or the system administrator."),
            )
        if area_code is not None and not self.covers(area_code):
            raise Refusal(
                "outside_your_area",
                f"地区 {area_code} 不在您的管理范围内，未办理。",
                f"The area {area_code} is outside yours, so nothing was done.",
                ("请选择您管理的地区，或请上级办理。", "Choose an area of yours, or ask the office above."),
            )

    def deputed(self, capability: str, area_code: str) -> Scope:
        """The same actor for one kind of work that follows from his own: the entry and the cover of a payment he took.

        Such work concerns the whole pooling area, which he does not hold; he gets that one capability there, no other.
        """
        return Scope(
            actor_id=self.actor_id,
            actor_name=self.actor_name,
            prefixes=(area_prefix(area_code),),
            purpose=capability,
            capabilities=frozenset({capability}),
        )

    def covers(self, area_code: str) -> bool:
        """Whether the whole of the area lies inside this scope."""
        prefix = area_prefix(area_code)
        return bool(area_code) and any(prefix.startswith(own) for own in self.prefixes)

    def q(self, field_name: str) -> Q:
        """A Django condition that keeps the rows whose area code in `field_name` lies inside this scope."""
        from django.db.models import Q

        condition = Q(pk__in=())
        for prefix in self.prefixes:
            condition |= Q(**{f"{field_name}__startswith": prefix})
        return condition


def program(name: str, *capabilities: str) -> Scope:
    """The program itself at work, for nobody who signed in: everywhere, with the capabilities that the caller names."""
    return Scope(
        actor_id=None, actor_name=name, prefixes=("",), purpose="program", capabilities=frozenset(capabilities)
    )
