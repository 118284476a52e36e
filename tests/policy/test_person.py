"""A person is read as the contract says; each bad value is named with its column, its value and what would be right."""

from __future__ import annotations

import json
from datetime import date, datetime, timezone
from typing import Any

import pytest

from canbao.policy import BadPerson, Person

BORN = {"birth_date": "1980-05-05"}
NUMBER = "11010519491231002X"
"""The example of GB 11643, born 1949-12-31."""


def read(**facts: Any) -> Person:
    return Person.parse({**BORN, **facts})


def read_text(**facts: str) -> Person:
    return Person.parse({**BORN, **facts}, text=True)


def faults(facts: dict[str, Any], **how: Any) -> list[tuple[str, str]]:
    with pytest.raises(BadPerson) as raised:
        Person.parse(facts, **how)
    assert all(fault.zh and fault.en for fault in raised.value.faults)
    assert all(f"{fault.column}: {fault.zh} {fault.en}" in str(raised.value) for fault in raised.value.faults)
    return [(fault.column, fault.value) for fault in raised.value.faults]


FULL: dict[str, Any] = {
    "person_id": "p1",
    "id_number": "护照 E1",
    "birth_date": "1980-05-05",
    "sex": "female",
    "hukou_area": "370481001001",
    "hukou_kind": "rural",
    "hukou_since": "2001-02-03",
    "residence_area": "370402",
    "residence_permit": "hmt",
    "permit_relation": "spouse",
    "student": "vocational",
    "school_area": "370124",
    "categories": ["orphan", "local_miner"],
    "disability_grade": 4,
    "tier": "high",
    "employee_insured": True,
    "insured_elsewhere": False,
    "covered_years": [2023, 2024],
    "last_cover_end": "2024-12-31",
    "repair_years": 2,
    "registered_on": "2024-10-08",
    "paid_at": "2024-10-09T08:30:00",
    "attributes": {"farmer": True},
}
READ = Person(
    born=date(1980, 5, 5),
    person_id="p1",
    id_number="护照 E1",
    sex="female",
    hukou_area="370481001001",
    hukou_kind="rural",
    hukou_since=date(2001, 2, 3),
    residence_area="370402",
    residence_permit="hmt",
    permit_relation="spouse",
    student="vocational",
    school_area="370124",
    categories=("orphan", "local_miner"),
    disability_grade=4,
    tier="high",
    employee_insured=True,
    insured_elsewhere=False,
    covered_years=frozenset({2023, 2024}),
    last_cover_end=date(2024, 12, 31),
    repair_years=2,
    registered_on=date(2024, 10, 8),
    paid_at=datetime(2024, 10, 9, 8, 30),
    attributes={"farmer": True},
)


def test_every_column_is_read_from_json_and_from_text() -> None:
    as_text = {
        **FULL,
        "categories": "orphan;local_miner",
        "disability_grade": "4",
        "employee_insured": "true",
        "insured_elsewhere": "0",
        "covered_years": "2023;2024",
        "repair_years": "2",
        "attributes": '{"farmer": true}',
    }

    assert Person.parse(FULL, categories={"local_miner"}) == READ
    assert Person.parse(as_text, categories={"local_miner"}, text=True) == READ


def test_what_is_not_said_is_as_the_contract_says() -> None:
    plain = Person(date(1980, 5, 5))

    assert read() == read(**dict.fromkeys(key for key in FULL if key != "birth_date")) == plain
    assert read_text(**dict.fromkeys((key for key in FULL if key != "birth_date"), "")) == plain
    assert (plain.residence_permit, plain.permit_relation, plain.student) == ("none", "holder", "none")
    assert (plain.employee_insured, plain.insured_elsewhere, plain.repair_years) == (False, False, 0)
    assert (plain.categories, plain.covered_years, plain.attributes) == ((), frozenset(), {})


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("birth_date", "1879-12-31"),
        ("birth_date", "2201-01-01"),
        ("birth_date", "1980-5-5"),
        ("birth_date", 19800505),
        ("birth_date", "1980-02-30"),
        ("hukou_since", "x2001-02-03"),
        ("last_cover_end", "2001-02-03 "),
        ("person_id", 7),
        ("sex", "f"),
        ("hukou_kind", "town"),
        ("residence_permit", "hk"),
        ("permit_relation", "wife"),
        ("student", "school"),
        ("tier", "none"),
        ("tier", "middle"),
        ("hukou_area", "37048"),
        ("hukou_area", "3704810010011"),
        ("residence_area", 370481),
        ("school_area", "37048x"),
        ("categories", ["orphans"]),
        ("categories", "orphan"),
        ("categories", [1]),
        ("disability_grade", 0),
        ("disability_grade", 5),
        ("disability_grade", "1"),
        ("disability_grade", True),
        ("repair_years", -1),
        ("repair_years", 10000),
        ("repair_years", 1.0),
        ("employee_insured", "true"),
        ("employee_insured", 2),
        ("insured_elsewhere", 1.0),
        ("insured_elsewhere", -1),
        ("covered_years", 2024),
        ("covered_years", ["2024"]),
        ("covered_years", [1879]),
        ("covered_years", [2024, 2201]),
        ("paid_at", "2024-10-09"),
        ("paid_at", "2024-10-09T08:30:00+08:00"),
        ("paid_at", "2024-10-09T24:30:00"),
        ("paid_at", "1879-10-09T08:30:00"),
        ("paid_at", 20241009),
        ("attributes", "{}"),
        ("attributes", [1]),
        ("attributes", {"expected_birth": "soon"}),
    ],
)
def test_a_bad_value_is_named(column: str, value: Any) -> None:
    shown = value if isinstance(value, str) else json.dumps(value)

    assert faults({**BORN, column: value}) == [(column, shown)]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("disability_grade", "x"),
        ("disability_grade", "1.0"),
        ("disability_grade", "5"),
        ("repair_years", "1234567890"),
        ("employee_insured", "True"),
        ("employee_insured", "yes"),
        ("employee_insured", "2"),
        ("covered_years", "2024;x"),
        ("categories", "orphan;none"),
        ("attributes", "{"),
        ("attributes", "[1]"),
        ("attributes", '{"expected_birth": "soon"}'),
        ("attributes", "[" * 100_000),
        ("birth_date", "1980/05/05"),
    ],
)
def test_a_bad_text_is_named(column: str, value: str) -> None:
    assert faults({**BORN, column: value}, text=True) == [(column, value)]


@pytest.mark.parametrize(
    ("column", "value", "read_as"),
    [
        ("birth_date", "1880-01-01", date(1880, 1, 1)),
        ("birth_date", "2200-12-31", date(2200, 12, 31)),
        ("birth_date", date(1980, 5, 5), date(1980, 5, 5)),
        ("disability_grade", 1, 1),
        ("repair_years", 0, 0),
        ("repair_years", 9999, 9999),
        ("employee_insured", 1, True),
        ("employee_insured", 0, False),
        ("employee_insured", True, True),
        ("insured_elsewhere", False, False),
        ("covered_years", [1880, 2200], frozenset({1880, 2200})),
        ("covered_years", (2024,), frozenset({2024})),
        ("categories", ("orphan",), ("orphan",)),
        ("hukou_area", "370481", "370481"),
        ("hukou_area", "370481001001", "370481001001"),
        ("paid_at", "2024-10-09 08:30:00", datetime(2024, 10, 9, 8, 30)),
        ("paid_at", datetime(2024, 10, 9, 8, 30, 1, 999), datetime(2024, 10, 9, 8, 30, 1)),
    ],
)
def test_a_value_at_the_edge_is_taken(column: str, value: Any, read_as: Any) -> None:
    found = read(**{column: value})

    assert getattr(found, "born" if column == "birth_date" else column) == read_as
    assert type(getattr(found, column, read_as)) is type(read_as)


@pytest.mark.parametrize(
    ("column", "value", "read_as"),
    [
        ("employee_insured", "1", True),
        ("employee_insured", "false", False),
        ("repair_years", "0", 0),
        ("covered_years", "2024;;2023", frozenset({2023, 2024})),
        ("categories", "orphan;", ("orphan",)),
        ("disability_grade", "4", 4),
    ],
)
def test_text_is_read(column: str, value: str, read_as: Any) -> None:
    assert getattr(read_text(**{column: value}), column) == read_as


def test_a_time_with_an_offset_is_bad() -> None:
    aware = datetime(2024, 10, 9, 8, 30, tzinfo=timezone.utc)  # noqa: UP017

    assert faults({**BORN, "paid_at": aware}) == [("paid_at", aware.isoformat())]
    assert faults({"birth_date": datetime(1980, 5, 5)}) == [("birth_date", "1980-05-05T00:00:00")]


def test_a_resident_number_gives_the_birth_date() -> None:
    assert Person.parse({"id_number": NUMBER}).born == date(1949, 12, 31)
    assert Person.parse({"id_number": NUMBER.lower()}).born == date(1949, 12, 31)
    assert Person.parse({"id_number": NUMBER, "birth_date": "1949-12-31"}).born == date(1949, 12, 31)
    assert faults({"id_number": NUMBER, "birth_date": "1949-12-30"}) == [("birth_date", "1949-12-30")]
    # Another document says nothing about a birth date, whatever it looks like.
    assert faults({"id_number": NUMBER[:17]}) == [("birth_date", "")]
    assert Person.parse({"id_number": NUMBER + "1", **BORN}).born == date(1980, 5, 5)


@pytest.mark.parametrize("position", range(17))
def test_one_wrong_digit_of_a_resident_number_is_seen(position: int) -> None:
    digit = str((int(NUMBER[position]) + 1) % 10)
    wrong = NUMBER[:position] + digit + NUMBER[position + 1 :]

    assert faults({"id_number": wrong}) == [("id_number", wrong)]
    assert faults({"id_number": wrong, **BORN}) == [("id_number", wrong)]


def test_a_child_not_born_yet_has_an_expected_birth_date() -> None:
    assert Person.parse({"attributes": {"expected_birth": "2025-03-01"}}).born == date(2025, 3, 1)
    # Whoever is born has a birth date of one's own, and what was expected no longer counts.
    assert read(attributes={"expected_birth": "2025-03-01"}).born == date(1980, 5, 5)
    assert faults({"attributes": {"expected_birth": "2025-02-30"}}) == [
        ("attributes", '{"expected_birth": "2025-02-30"}')
    ]
    assert faults({"attributes": {}}) == [("birth_date", "")]


def test_all_faults_come_together() -> None:
    assert faults({"birth_date": "x", "sex": "x", "tier": "x"}) == [("birth_date", "x"), ("sex", "x"), ("tier", "x")]
    assert faults({"sex": "x"}) == [("sex", "x"), ("birth_date", "")]
    assert faults({**BORN, "attributes": {"名": datetime(2025, 1, 1), "expected_birth": 1}}) == [
        ("attributes", '{"名": "2025-01-01 00:00:00", "expected_birth": 1}')
    ]


def test_a_person_cannot_be_altered() -> None:
    with pytest.raises(AttributeError):
        read().tier = "low"  # type: ignore[misc]
