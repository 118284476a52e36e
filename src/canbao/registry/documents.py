"""What can be right about a document's number before anybody looks it up, and about a phone's or a card's."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date

from canbao.areas import queries as areas
from canbao.kernel.personal import id_check_digit, normal_number
from canbao.registry.codes import DocumentKind
from canbao.registry.refusals import (
    BadContact,
    BadDocument,
    BadIdNumber,
    NumberMissing,
    OldIdNumber,
    UnknownDivision,
)

_EIGHTEEN = re.compile(r"[1-9][0-9]{16}[0-9X]")
_HMT = re.compile(r"8[123]0000")
# Three letters of the country, four digits of the place, birth as YYMMDD, a serial and a check digit.
_FOREIGN_OLD = re.compile(r"[A-Z]{3}[0-9]{4}([0-9]{6})[0-9]{2}")
_PASSPORT = re.compile(r"(?=.*[0-9])[A-Z0-9]{5,15}")


def checked(kind: str, number: str | None, birth_on: date, divisions: Collection[str] | None = None) -> str | None:
    """The number as it is kept, None for a newborn without one.

    `divisions` are the codes that a number may begin with; None asks the areas. NumberMissing, BadIdNumber,
    OldIdNumber, UnknownDivision or BadDocument if it cannot be that person's.
    """
    normal = normal_number(number or "")
    if not normal:
        if number or kind != DocumentKind.RESIDENT_ID:
            raise NumberMissing
        return None
    match kind:
        case DocumentKind.RESIDENT_ID:
            _check_resident_id(normal, birth_on, areas.division_codes() if divisions is None else divisions)
        case DocumentKind.HMT_PERMIT:
            if not (_HMT.match(normal) and _is_eighteen(normal, birth_on)):
                raise BadDocument(kind)
        case DocumentKind.FOREIGN_PERMANENT:
            old = _FOREIGN_OLD.fullmatch(normal)
            if not (old[1] == f"{birth_on:%y%m%d}" if old else normal[0] == "9" and _is_eighteen(normal, birth_on)):
                raise BadDocument(kind)
        case _:
            if not _PASSPORT.fullmatch(normal):
                raise BadDocument(kind)
    return normal


def _check_resident_id(normal: str, birth_on: date, divisions: Collection[str]) -> None:
    if re.fullmatch(r"[1-9][0-9]{14}", normal):
        first_17 = f"{normal[:6]}19{normal[6:]}"
        raise OldIdNumber((first_17 + id_check_digit(first_17))[-4:])
    if not _is_eighteen(normal, birth_on):
        raise BadIdNumber
    if normal[:6] not in divisions:
        raise UnknownDivision(normal[:6])


def _is_eighteen(normal: str, birth_on: date) -> bool:
    """Whether check digit and birth date are right; the same for residents, permits and new foreigners' cards."""
    return bool(
        _EIGHTEEN.fullmatch(normal)
        and id_check_digit(normal[:17]) == normal[17]
        and normal[6:14] == f"{birth_on:%Y%m%d}"
    )


def checked_phone(number: str | None) -> str | None:
    """Digits alone, 7 to 12; BadContact otherwise."""
    normal = normal_number(number or "")
    if len(normal) == 13:
        normal = normal.removeprefix("86")
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
