"""Personal data has types, not strings: printed or logged, they show a mask."""

from __future__ import annotations

import logging
import re
import unicodedata
from dataclasses import dataclass
from operator import mul
from typing import Any

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK_DIGITS = "10X98765432"
_ZEROS = ord("0") * sum(_ID_WEIGHTS)
_ID_LENGTH = 18
_LONG_NUMBER = re.compile(r"(?<!\d)\d{10,17}[\dXx](?![\dA-Za-z])")
"""An ID number, a phone number or a bank card."""


def id_check_digit(first_17: str) -> str:
    """The 18th character of a resident ID number (GB 11643) for its first 17; ValueError if they are not digits."""
    if len(first_17) != len(_ID_WEIGHTS) or not (first_17.isascii() and first_17.isdigit()):
        raise ValueError("the first part of a resident ID number is 17 digits")
    # Lists of a million people ask this twice for each: the bytes of the digits are multiplied as they are.
    total = sum(map(mul, first_17.encode(), _ID_WEIGHTS)) - _ZEROS
    return _ID_CHECK_DIGITS[total % len(_ID_CHECK_DIGITS)]


def normal_number(text: str) -> str:
    """A number as it is sealed and looked for: letters and digits alone, half-width, capitals."""
    if text.isascii() and text.isalnum():
        return text.upper()
    wide = unicodedata.normalize("NFKC", text).upper()
    return "".join(character for character in wide if unicodedata.category(character)[0] in "LMN")


def mask_id_number(number: str) -> str:
    """First and last four characters, the rest stars; a short document number keeps only its last two."""
    if len(number) >= _ID_LENGTH - 3:
        return number[:4] + "*" * (len(number) - 8) + number[-4:]
    return "*" * max(len(number) - 2, 0) + number[-2:] if len(number) > 4 else "*" * len(number)


@dataclass(frozen=True, repr=False)
class Personal:
    """A number that prints as a mask; to show it unmasked is `registry.actions.reveal`, which is logged."""

    unmasked: str

    @property
    def mask(self) -> str:
        return "*" * max(len(self.unmasked) - 4, 0) + self.unmasked[-4:]

    def __str__(self) -> str:
        return self.mask

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.mask!r})"

    def __format__(self, spec: str) -> str:
        return format(self.mask, spec)


class IdNumber(Personal):
    """A resident ID number or other document number."""

    @property
    def mask(self) -> str:
        return mask_id_number(self.unmasked)


class Phone(Personal):
    """A mobile or landline number; a mask keeps the first three and the last four digits of a mobile one."""

    @property
    def mask(self) -> str:
        number = self.unmasked
        return number[:3] + "*" * (len(number) - 7) + number[-4:] if len(number) > 9 else super().mask


class BankCard(Personal):
    """The number of a bank card or account; a mask keeps its last four digits."""


_QUOTED_VALUE = re.compile(r'((?:invalid|malformed|out of range)[^:"\n]*: )".*"')
"""What PostgreSQL quotes of a value that it cannot read."""


class RedactingFormatter(logging.Formatter):
    """Log lines without what a database error quotes of a row or a value, without addresses, and with every long number
    masked.

    An address may hold what was sought or the code of a certificate: the line names the pattern that it fits instead.
    """

    def format(self, record: logging.LogRecord) -> str:
        lines = _without_address(record, super().format(record)).splitlines()
        kept = [line for line in lines if not line.lstrip().startswith(("DETAIL:", "CONTEXT:", "LINE "))]
        text = _QUOTED_VALUE.sub(r"\1(a value)", "\n".join(kept))
        return _LONG_NUMBER.sub(lambda found: f"{found[0][:4]}{'*' * (len(found[0]) - 4)}", text)


def _without_address(record: logging.LogRecord, text: str) -> str:
    """`Not Found: /verify/<str:code>` for a record about a request, as the web framework logs it."""
    request: Any = getattr(record, "request", None)
    if not getattr(request, "path", "").strip("/"):
        return text
    match = getattr(request, "resolver_match", None)
    pattern = f"/{match.route}" if match is not None else "(no address of ours)"
    return text.replace(request.get_full_path(), pattern).replace(request.path, pattern)
