"""What an application for a newborn without a number must say: a recent birth, and a mother's number."""

from __future__ import annotations

import re
from datetime import date, timedelta

from canbao.enrolment.models import ApplicationKind, Relation
from canbao.enrolment.refusals.newborns import (
    BadMotherNumber,
    MotherIsChild,
    MotherIsMan,
    NotForNewborns,
    NotNewborn,
)
from canbao.kernel.personal import id_check_digit, normal_number

NEWBORN_DAYS, MOTHER_YEARS_MIN = timedelta(days=366), 12
NOT_ASKED = frozenset({"student", "school_area", "covered_years", "last_cover_end", "disability_grade"})
"""Columns of contract.md that say nothing of a newborn."""
RELATIONS = (Relation.PARENT, Relation.OTHER)
"""Who may fill in a newborn's application."""
_EIGHTEEN = re.compile(r"[1-9][0-9]{16}[0-9X]")
_OTHER_DOCUMENT = re.compile(r"(?=.*[A-Z])(?=.*[0-9])[A-Z0-9]{5,15}")


def require_newborn(
    *, birth_on: date, kind: str, relation: str, facts: frozenset[str], mother_number: str, today: date
) -> None:
    """NotNewborn, NotForNewborns, BadMotherNumber, MotherIsMan, MotherIsChild."""
    if birth_on < today - NEWBORN_DAYS:
        raise NotNewborn
    if kind != ApplicationKind.ENROL or relation not in RELATIONS or facts & NOT_ASKED:
        raise NotForNewborns
    number = normal_number(mother_number)
    if _EIGHTEEN.fullmatch(number):
        _require_mother(number, birth_on)
    elif not _OTHER_DOCUMENT.fullmatch(number):
        raise BadMotherNumber


def _require_mother(number: str, birth_on: date) -> None:
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise BadMotherNumber from None
    if id_check_digit(number[:17]) != number[17]:
        raise BadMotherNumber
    if int(number[16]) % 2:
        raise MotherIsMan
    if birth_on.year - born.year < MOTHER_YEARS_MIN:
        raise MotherIsChild
