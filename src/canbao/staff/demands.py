"""Whom the office's policy asks for a second factor, and which roles are powerful: two people grant them."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from canbao.kernel.scope import area_prefix
from canbao.staff.capabilities import AGENTS, CAPABILITIES, Capability
from canbao.staff.models import Grant, Role

OFF, OFFICE, EVERYBODY = "off", "office", "everybody"
_DECIDES = frozenset(
    {
        Capability.APPROVE,
        Capability.APPROVE_STAFF,
        Capability.MANAGE_STAFF,
        Capability.SEE_AUDIT,
        Capability.EXTEND_WINDOW,
    }
)
_HANDLES = frozenset(
    {
        Capability.REVEAL_NUMBERS,
        Capability.EXPORT_PEOPLE,
        Capability.TAKE_PAYMENT,
        Capability.RESOLVE_MONEY,
        Capability.KEEP_COLLECTION,
    }
)
_SEES_PEOPLE = frozenset({Capability.FIND_PEOPLE, Capability.IMPORT_LISTS})
_COUNTY_DIGITS = 6


def is_powerful(role: Role) -> bool:
    """Whether two people grant the role: it decides, keeps logins, reads the trail, sees whole numbers, takes lists of
    people away, or handles money, but for money taken with a mandate, which two people give anyway.
    """
    mandated = {Capability.TAKE_PAYMENT} if role in AGENTS else set()
    return bool((CAPABILITIES[role] - mandated) & (_DECIDES | _HANDLES))


def demands_second_factor(grants: Iterable[Grant]) -> bool:
    """Whether the setting asks whoever holds these grants for a second factor.

    `office` asks the roles that decide, keep logins or audit, and whoever sees people or hands in lists for a whole
    county or more; the names of roles beside it ask these roles too.
    """
    words: frozenset[str] = settings.SECOND_FACTOR
    if OFF in words:
        return False
    return any(_is_demanded(grant, words) for grant in grants)


def _is_demanded(grant: Grant, words: frozenset[str]) -> bool:
    role = Role(grant.role)
    if EVERYBODY in words or role in words:
        return True
    wide = len(area_prefix(grant.area_code)) <= _COUNTY_DIGITS
    return OFFICE in words and bool(CAPABILITIES[role] & (_DECIDES | (_SEES_PEOPLE if wide else frozenset())))


def refuse_unknown_words() -> None:
    """ImproperlyConfigured for a word of the setting that says nothing."""
    if unknown := sorted(settings.SECOND_FACTOR - {OFF, OFFICE, EVERYBODY, *Role.values}):
        raise ImproperlyConfigured(
            f"CANBAO_SECOND_FACTOR holds {unknown[0]!r}: write office, everybody or off, and roles by their names."
        )
