"""What can be right about a document's number before anybody looks it up."""

from __future__ import annotations

import re
from datetime import date

from canbao.kernel.personal import id_check_digit, normal_number
from canbao.registry.codes import DocumentKind
from canbao.registry.refusals import BadContact, BadIdNumber


def checked(kind: str, number: str | None, birth_on: date) -> str | None:
    """The number as it is kept, None for a newborn without one. BadIdNumber if it cannot be that person's."""
    if not number:
        if kind != DocumentKind.RESIDENT_ID:
            raise BadIdNumber
        return None
    normal = normal_number(number)
    if kind == DocumentKind.RESIDENT_ID and not (
        re.fullmatch(r"[1-9][0-9]{16}[0-9X]", normal)
        and id_check_digit(normal[:17]) == normal[17]
        and normal[6:14] == f"{birth_on:%Y%m%d}"
    ):
        raise BadIdNumber
    if not normal:
        raise BadIdNumber
    return normal


def checked_phone(number: str | None) -> str | None:
    """Digits alone, 7 to 12; BadContact otherwise."""
    normal = normal_number(number or "").removeprefix("86" if len(normal_number(number or "")) == 13 else "")
    if normal and not re.fullmatch(r"[0-9]{7,12}", normal):
        raise BadContact
    return normal or None


def checked_card(number: str | None) -> str | None:
    """Digits alone, 12 to 19, the last a right check digit (Luhn, GB/T 15694); BadContact otherwise."""
    normal = normal_number(number or "")
    if normal and not (re.fullmatch(r"[0-9]{12,19}", normal) and _luhn(normal)):
        raise BadContact
    return normal or None


def _luhn(digits: str) -> bool:
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
