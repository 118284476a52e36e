"""Numbers of documents: each refusal beside a number that is taken."""

from __future__ import annotations

from datetime import date

import pytest

from canbao.areas.former import former_codes
from canbao.kernel.personal import id_check_digit
from canbao.kernel.refusals import Refusal
from canbao.registry.documents import checked

BORN = date(1985, 12, 1)


def eighteen(first_6: str, birth_on: date = BORN, serial: str = "123") -> str:
    first_17 = f"{first_6}{birth_on:%Y%m%d}{serial}"
    return first_17 + id_check_digit(first_17)


WRONG = eighteen("370481")[:17] + ("0" if eighteen("370481")[17] != "0" else "1")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("resident_id", eighteen("370481")),
        ("resident_id", eighteen("370421")),  # 滕县 until 1988
        ("resident_id", eighteen("442000")),  # a city without counties
        ("resident_id", f" {eighteen('370481')[:6]} {eighteen('370481')[6:]} "),
        ("resident_id", "".join(chr(ord(c) + 0xFEE0) for c in eighteen("370481", serial="003"))),
        ("hmt_permit", eighteen("810000")),
        ("hmt_permit", eighteen("820000")),
        ("hmt_permit", eighteen("830000")),
        ("foreign_permanent", "CAN110085120104"),
        ("foreign_permanent", eighteen("937840")),
        ("passport", "E12345678"),
        ("passport", "g-1234567"),
    ],
)
def test_these_are_taken(kind: str, number: str) -> None:
    kept = checked(kind, number, BORN)

    assert kept is not None and kept.isascii() and kept.isalnum() and kept == kept.upper()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "number", "code"),
    [
        ("resident_id", WRONG, "bad_id_number"),
        ("resident_id", eighteen("370481", date(1985, 12, 2)), "bad_id_number"),
        ("resident_id", eighteen("379999"), "unknown_division"),
        ("resident_id", eighteen("810000"), "unknown_division"),
        ("resident_id", "370481851201123", "old_id_number"),
        ("resident_id", "3704818512011", "bad_id_number"),
        ("resident_id", "E12345678", "bad_id_number"),
        ("resident_id", " - ", "number_missing"),
        ("hmt_permit", eighteen("370481"), "bad_document"),
        ("hmt_permit", eighteen("810000")[:17], "bad_document"),
        ("hmt_permit", eighteen("810000", date(1985, 12, 2)), "bad_document"),
        ("foreign_permanent", "CAN110085120204", "bad_document"),
        ("foreign_permanent", "CA110085120104", "bad_document"),
        ("foreign_permanent", eighteen("370481"), "bad_document"),
        ("passport", "E123", "bad_document"),
        ("passport", "PASSPORT", "bad_document"),
        ("passport", "", "number_missing"),
    ],
)  # fmt: skip
def test_these_are_refused_with_a_reason(kind: str, number: str, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        checked(kind, number, BORN)

    assert refusal.value.code == code
    assert all(refusal.value.todo)


def test_an_old_number_is_told_how_the_new_one_ends() -> None:
    with pytest.raises(Refusal) as refusal:
        checked("resident_id", "370481851201123", BORN, divisions={"370481"})

    assert eighteen("370481")[-4:] in refusal.value.text("en")
    assert eighteen("370481") not in refusal.value.text("en")


def test_a_newborn_may_go_without_a_number() -> None:
    assert checked("resident_id", None, BORN, divisions=()) is None


def test_divisions_of_the_past_are_known() -> None:
    assert {"370421", "371202", "142129", "440101"} <= former_codes()
    assert "370000" not in former_codes()
