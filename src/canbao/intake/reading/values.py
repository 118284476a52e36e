"""One cell into one value. Every reader takes what a spreadsheet gave and answers a value, or raises CellFault."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from canbao.intake.reading.faults import CellFault
from canbao.intake.reading.numerals import in_figures
from canbao.kernel.personal import id_check_digit
from canbao.registry.names import NAME_MAX, is_name, normal_name

Cell = str | int | float | bool | date | datetime | time | timedelta | None

_SERIAL_ZERO = date(1899, 12, 30)
_SERIAL_MAX = 2_958_465
_DIGITS_KEPT = 10**15
_ID_LENGTH = 18
_CERTIFICATE = re.compile(r"[1-9]\d{16}[\dX][1-7][1-4](?:B\d?)?")
_DIGITS = re.compile(r"\d*[\dX]")
_PLAIN_NUMBER = re.compile(r"[0-9]{17}[0-9X]")
_DATE = re.compile(r"(\d{4})(?:年|[-/.])(\d{1,2})(?:月|[-/.])(\d{1,2})日?(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?")
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_MONTH_ONLY = re.compile(r"\d{4}(?:年|[-/.])\d{1,2}月?|\d{4}年?|\d{6}")
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?E\+?\d+", re.IGNORECASE)
_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"})
_QUOTES = "'’‘`＇"
VALUE_SHOWN_MAX = 20


@lru_cache(maxsize=65_536)
def clean(text: str) -> str:
    """Full-width digits and letters made plain, what nobody sees removed, runs of spaces one space."""
    if text.isascii() and text.isalnum():
        return text
    normal = unicodedata.normalize("NFKC", text)
    seen = "".join(" " if (kind := unicodedata.category(c)) == "Cc" or c.isspace() else "" if kind == "Cf" else c
                   for c in normal)  # fmt: skip
    return " ".join(seen.split())


def text_of(cell: Cell) -> str:
    """What a reader sees in the cell; "" for an empty one. A formula without a result is a fault."""
    if isinstance(cell, str):
        found = clean(cell).strip(_QUOTES).strip()
        if found in _ERRORS:
            raise CellFault("formula_error", value=found)
        return found
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time.min else cell.isoformat(" ")
    return str(cell)


def read_text(cell: Cell, length_max: int = 60) -> str:
    found = text_of(cell)
    if len(found) > length_max:
        raise CellFault("too_long", length=str(length_max))
    return found


def read_name(cell: Cell, length_max: int = NAME_MAX) -> str:
    """A person's name, by the rule of the register."""
    found = normal_name(cell if isinstance(cell, str) and cell.strip(_QUOTES) == cell else text_of(cell))
    if found in _ERRORS:
        raise CellFault("formula_error", value=found)
    if len(found) > length_max:
        raise CellFault("too_long", length=str(length_max))
    if found and not is_name(found):
        raise CellFault("name_characters")
    return found


def read_id_number(cell: Cell) -> str:
    """An 18-character resident ID number with its check digit right; "" for an empty cell.

    A disability certificate's number is the ID number with kind and grade behind it, and gives the ID number.
    """
    found = cell if isinstance(cell, str) and _PLAIN_NUMBER.fullmatch(cell) else document_number(cell)
    if not found:
        return ""
    if len(found) in (20, 21, 22) and _CERTIFICATE.fullmatch(found):
        found = found[:_ID_LENGTH]
    if not _DIGITS.fullmatch(found):
        raise CellFault("id_characters")
    if len(found) != _ID_LENGTH:
        raise CellFault("id_length", length=str(len(found)))
    try:
        birth_of(found)
    except ValueError:
        raise CellFault("id_birth") from None
    if id_check_digit(found[:17]) != found[17]:
        raise CellFault("id_check_digit")
    return found


def document_number(cell: Cell) -> str:
    """A document number as it is written, without spaces and dashes, letters large; "" for an empty cell."""
    if isinstance(cell, float | int) and not isinstance(cell, bool):
        if abs(cell) >= _DIGITS_KEPT:
            raise CellFault("digits_lost")
        return text_of(cell)
    found = text_of(cell).replace(" ", "").replace("-", "").upper()
    if _SCIENTIFIC.fullmatch(found) and "E" in found:
        raise CellFault("scientific")
    if found and not (found.isascii() and found.isalnum()):
        raise CellFault("id_characters")
    return found


def birth_of(number: str) -> date:
    """The birth date inside an 18-character resident ID number; ValueError if there is none."""
    return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))


def sex_of(number: str) -> str:
    return "male" if int(number[16]) % 2 else "female"


def read_date(cell: Cell) -> date | None:
    """A day in any of the usual spellings or as a spreadsheet's serial number; None for an empty cell."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, float | int) and not isinstance(cell, bool):
        if cell == int(cell) and 0 < cell <= _SERIAL_MAX and not _is_month(int(cell)):
            return _SERIAL_ZERO + timedelta(days=int(cell))
        return _spelt(text_of(cell))
    return _spelt(text_of(cell))


def _is_month(number: int) -> bool:
    """A six-digit number of a year and a month reads as a day far in the future, which no list means."""
    year, month = divmod(number, 100)
    return 1900 <= year < 2200 and 1 <= month <= 12


@lru_cache(maxsize=65_536)
def _spelt(text: str) -> date | None:
    if not text:
        return None
    squeezed = re.sub(r"\s*(年|月|日|[-/.])\s*", r"\1", text)
    squeezed = in_figures(squeezed)
    found = _DATE.fullmatch(squeezed) or _COMPACT_DATE.fullmatch(squeezed)
    if found is None:
        if squeezed.isdigit() and len(squeezed) == 5:
            return _SERIAL_ZERO + timedelta(days=int(squeezed))
        code = "date_incomplete" if _MONTH_ONLY.fullmatch(squeezed) else "date_unreadable"
        raise CellFault(code, value=text[:VALUE_SHOWN_MAX])
    try:
        return date(*(int(part) for part in found.groups()))
    except ValueError:
        raise CellFault("date_impossible", value=text[:VALUE_SHOWN_MAX]) from None


def read_count(cell: Cell) -> int | None:
    """A whole number from 0 on; None for an empty cell."""
    found = text_of(cell).replace(",", "").removesuffix("人").strip()
    if not found:
        return None
    if not (found.isascii() and found.isdigit()) or len(found) > 12:
        raise CellFault("not_a_whole_number", value=found[:VALUE_SHOWN_MAX])
    return int(found)


def read_choice(cell: Cell, choices: Mapping[str, str]) -> str | None:
    """The code that the words stand for; None for an empty cell."""
    found = text_of(cell)
    if not found:
        return None
    code = choices.get(found) or choices.get(found.replace(" ", "").lower())
    if code is None:
        raise CellFault("not_listed", value=found[:VALUE_SHOWN_MAX], choices="、".join(dict.fromkeys(choices)))
    return code
