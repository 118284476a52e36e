"""Whether somebody could be so at all: born on a day on which a living person was born, of the sex his number says."""

from __future__ import annotations

from datetime import date, timedelta

from canbao.kernel.personal import normal_number
from canbao.registry.codes import DocumentKind, Sex
from canbao.registry.impossible import BirthAhead, BirthTooEarly, FactFarAhead, SexDiffers

OLDEST_YEARS, FORESEEN = 130, timedelta(days=366)
CHILD_YEARS_MAX, OLD_YEARS_MIN = 30, 60
"""Wider than any policy: a child's category may last as long as school does, and nobody is old before this age."""
_OF_CHILDREN = frozenset({"orphan", "unsupported_child", "key_hardship_child", "hiv_affected_child"})
_OF_THE_OLD = frozenset({"advanced_age"})
_SAYS_THE_SEX = frozenset({DocumentKind.RESIDENT_ID, DocumentKind.HMT_PERMIT})


def earliest_birth(today: date) -> date:
    """The first day on which somebody who lives today may have been born."""
    return date(today.year - OLDEST_YEARS, 1, 1)


def require_birth(birth_on: date, today: date) -> None:
    """BirthAhead, or BirthTooEarly for whoever would be older than anybody was."""
    if birth_on > today:
        raise BirthAhead
    if birth_on < earliest_birth(today):
        raise BirthTooEarly(earliest_birth(today))


def require_foreseen(from_on: date, today: date) -> None:
    """FactFarAhead for what begins so late that it must be a slip of the pen."""
    if from_on > today + FORESEEN:
        raise FactFarAhead(today + FORESEEN)


def require_sex(kind: str, number: str | None, sex: str) -> None:
    """SexDiffers where the number says another sex. Whether the number is right at all, `documents.checked` says."""
    digits = normal_number(number or "")
    if kind not in _SAYS_THE_SEX or len(digits) != 18 or not digits[16].isdecimal():
        return
    if sex != (Sex.MALE if int(digits[16]) % 2 else Sex.FEMALE):
        raise SexDiffers


def years_old(birth_on: date, on: date) -> int:
    """Whole years on that day."""
    return on.year - birth_on.year - ((on.month, on.day) < (birth_on.month, birth_on.day))


def may_be(category: str, birth_on: date, on: date) -> bool:
    """Whether somebody born then can be of the category that day at all; from which age it counts, a policy says."""
    years = years_old(birth_on, on)
    if category in _OF_CHILDREN:
        return years <= CHILD_YEARS_MAX
    return category not in _OF_THE_OLD or years >= OLD_YEARS_MIN
