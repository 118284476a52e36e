"""One person's facts, read and checked as contract.md says ("A person")."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from .codes import CATEGORIES, CHOICES, EARLIEST_YEAR, LATEST_YEAR, PERSON_COLUMNS

DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
TIMESTAMP = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}")
RESIDENT_NUMBER = re.compile(r"[0-9]{17}[0-9Xx]")
AREA = re.compile(r"[0-9]{6,12}")
HALF_A_SIGN = re.compile("[\ud800-\udfff]")
WHOLE = re.compile(r"-?[0-9]{1,9}")
CHECK_WEIGHTS = tuple(2 ** (17 - i) % 11 for i in range(17))
CHECK_DIGITS = "10X98765432"


@dataclass(frozen=True, slots=True)
class Fault:
    """One bad value of a person: its column, the value as given, and why it is bad in Chinese and English."""

    column: str
    value: str
    zh: str
    en: str

    @property
    def reason(self) -> str:
        return f"{self.zh} {self.en}"


class BadPerson(Exception):
    """The facts cannot be used; `faults` says which and why."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("；".join(f"{fault.column}: {fault.reason}" for fault in faults))


class _Bad(Exception):
    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en


@dataclass(frozen=True, slots=True)
class Person:
    """Facts of one person; `born` is the birth date or, for a child not born yet, the expected one."""

    born: date
    person_id: str | None = None
    id_number: str | None = None
    sex: str | None = None
    hukou_area: str | None = None
    hukou_kind: str | None = None
    hukou_since: date | None = None
    residence_area: str | None = None
    residence_permit: str = "none"
    permit_relation: str = "holder"
    student: str = "none"
    school_area: str | None = None
    categories: tuple[str, ...] = ()
    disability_grade: int | None = None
    tier: str | None = None
    employee_insured: bool = False
    insured_elsewhere: bool = False
    covered_years: frozenset[int] = frozenset()
    last_cover_end: date | None = None
    repair_years: int = 0
    registered_on: date | None = None
    paid_at: datetime | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def parse(cls, data: Mapping[str, Any], *, categories: Collection[str] = (), text: bool = False) -> Person:
        """Read a person. `data` has the contract's keys (absent = null); with `text` every value is CSV text.

        `categories` are further category codes that the policy names. Raises BadPerson with every fault found.
        """
        values: dict[str, Any] = {}
        faults: list[Fault] = []
        readers = _TEXT_READERS if text else _JSON_READERS
        for column, kind in PERSON_COLUMNS.items():
            value = data.get(column)
            if value is None or (text and value == ""):
                continue
            try:
                values[column] = readers[kind](value)
                if column in _CHECKS:
                    values[column] = _CHECKS[column](values[column], categories)
            except _Bad as bad:
                faults.append(Fault(column, _shown(value), bad.zh, bad.en))
        try:
            values["born"] = _born(values)
        except _Bad as bad:
            if not any(fault.column in ("birth_date", "id_number", "attributes") for fault in faults):
                faults.append(Fault("birth_date", _shown(data.get("birth_date")), bad.zh, bad.en))
        if faults:
            raise BadPerson(faults)
        values.pop("birth_date", None)
        return cls(**values)


def birth_of_number(number: str) -> date | None:
    """The birth date in an 18-character resident ID number; None for another document. Raises _Bad if it is wrong."""
    if not RESIDENT_NUMBER.fullmatch(number):
        return None
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise _Bad(
            "身份证号码中的出生日期不存在，请核对第7至14位。",
            "The birth date in the ID number does not exist; check digits 7 to 14.",
        ) from None
    _year_in_range(born)
    total = sum(int(digit) * weight for digit, weight in zip(number, CHECK_WEIGHTS, strict=False))
    if CHECK_DIGITS[total % 11] != number[17].upper():
        raise _Bad("身份证号码校验码不符，请核对号码。", "The ID number fails its check digit; check the number.")
    return born


def _born(values: Mapping[str, Any]) -> date:
    given: date | None = values.get("birth_date")
    number: str | None = values.get("id_number")
    read = birth_of_number(number) if number else None
    if given and read and given != read:
        raise _Bad(
            f"出生日期与身份证号码（{read}）不一致，请核对其中一项。",
            f"The birth date differs from the one in the ID number ({read}); correct one of them.",
        )
    if born := given or read:
        return born
    expected = values.get("attributes", {}).get("expected_birth")
    if expected is not None:
        return _date(expected)
    raise _Bad(
        "缺少出生日期：请填写出生日期或18位身份证号码；未出生的，在attributes中填写expected_birth。",
        "No birth date: give one, or an 18-character ID number; for an unborn child, expected_birth in attributes.",
    )


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _year_in_range(day: date) -> None:
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise _Bad(
            f"年份应在{EARLIEST_YEAR}至{LATEST_YEAR}之间。",
            f"The year must lie between {EARLIEST_YEAR} and {LATEST_YEAR}.",
        )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _Bad("应为文本（加引号）。", "Must be text (in quotes).")
    if not value.isascii() and HALF_A_SIGN.search(value):
        zh = "含有不成对的代理码（\\ud800至\\udfff），不是文字，请更正。"
        raise _Bad(zh, "Holds half of a surrogate pair (\\ud800 to \\udfff), which is no letter; correct it.")
    return value


def _date(value: Any) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        day = value
    else:
        try:
            if not (isinstance(value, str) and DATE.fullmatch(value)):
                raise ValueError
            day = date.fromisoformat(value)
        except ValueError:
            raise _Bad("不是有效日期，应写作 YYYY-MM-DD。", "Not a date; write YYYY-MM-DD.") from None
    _year_in_range(day)
    return day


def _timestamp(value: Any) -> datetime:
    if isinstance(value, datetime) and value.tzinfo is None:
        moment = value.replace(microsecond=0)
    else:
        try:
            if not (isinstance(value, str) and TIMESTAMP.fullmatch(value)):
                raise ValueError
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise _Bad(
                "不是有效时间，应写作 YYYY-MM-DDTHH:MM:SS（北京时间，不带时区）。",
                "Not a time; write YYYY-MM-DDTHH:MM:SS (Beijing time, no offset).",
            ) from None
    _year_in_range(moment)
    return moment


def _area(value: Any) -> str:
    if not (isinstance(value, str) and AREA.fullmatch(value)):
        raise _Bad("行政区划代码应为6至12位数字文本。", "An area code is text of 6 to 12 digits.")
    return value


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _Bad("应为整数。", "Must be a whole number.")
    return value


def _integer_of_text(value: str) -> int:
    if not WHOLE.fullmatch(value):
        raise _Bad("应为整数。", "Must be a whole number.")
    return int(value)


def _boolean(value: Any) -> bool:
    if value is True or value is False or (isinstance(value, int) and value in (0, 1)):
        return bool(value)
    raise _Bad("应为 true 或 false。", "Must be true or false.")


def _boolean_of_text(value: str) -> bool:
    known = {"true": True, "false": False, "1": True, "0": False}
    if value not in known:
        raise _Bad("应为 true 或 false（也可用 1 或 0）。", "Must be true or false (1 or 0 are read too).")
    return known[value]


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise _Bad("应为文本列表。", "Must be a list of texts.")
    return tuple(value)


def _integers(value: Any) -> frozenset[int]:
    if not isinstance(value, list | tuple):
        raise _Bad("应为整数列表。", "Must be a list of whole numbers.")
    return frozenset(_integer(item) for item in value)


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _Bad("应为JSON对象。", "Must be a JSON object.")
    if (expected := value.get("expected_birth")) is not None:
        _date(expected)
    return value


def _object_of_text(value: Any) -> Mapping[str, Any]:
    try:
        return _object(json.loads(value) if isinstance(value, str) else value)
    except (ValueError, RecursionError):
        raise _Bad("不是有效的JSON文本。", "Not valid JSON text.") from None


def _split(value: str) -> list[str]:
    return [item for item in value.split(";") if item]


_JSON_READERS: dict[str, Callable[[Any], Any]] = {
    "text": _text,
    "date": _date,
    "choice": _text,
    "area": _area,
    "texts": _texts,
    "integer": _integer,
    "boolean": _boolean,
    "integers": _integers,
    "timestamp": _timestamp,
    "object": _object,
}
_TEXT_READERS: dict[str, Callable[[Any], Any]] = {
    **_JSON_READERS,
    "texts": lambda value: tuple(_split(value)),
    "integer": _integer_of_text,
    "boolean": _boolean_of_text,
    "integers": lambda value: frozenset(_integer_of_text(item) for item in _split(value)),
    "object": _object_of_text,
}


def _choice(column: str) -> Callable[[str, Collection[str]], str]:
    allowed = CHOICES[column]

    def check(value: str, _: Collection[str]) -> str:
        if value not in allowed:
            listed = "、".join(allowed)
            raise _Bad(f"代码未知，应为：{listed}。", f"Unknown code; use one of {', '.join(allowed)}.")
        return value

    return check


def _known_categories(value: tuple[str, ...], named: Collection[str]) -> tuple[str, ...]:
    for code in value:
        if code not in CATEGORIES and code not in named:
            raise _Bad(f"身份类别代码“{code}”未知。", f"Unknown category code “{code}”.")
    return value


def _between(lowest: int, highest: int) -> Callable[[int, Collection[str]], int]:
    def check(value: int, _: Collection[str]) -> int:
        if not lowest <= value <= highest:
            raise _Bad(f"应在{lowest}至{highest}之间。", f"Must lie between {lowest} and {highest}.")
        return value

    return check


def _known_years(value: frozenset[int], _: Collection[str]) -> frozenset[int]:
    if any(not EARLIEST_YEAR <= year <= LATEST_YEAR for year in value):
        raise _Bad("参保年度应为四位年份。", "Covered years are years of four digits.")
    return value


def _right_number(value: str, _: Collection[str]) -> str:
    birth_of_number(value)
    return value


_CHECKS: dict[str, Callable[[Any, Collection[str]], Any]] = {
    **{column: _choice(column) for column in CHOICES},
    "id_number": _right_number,
    "categories": _known_categories,
    "disability_grade": _between(1, 4),
    "repair_years": _between(0, 9999),
    "covered_years": _known_years,
}
