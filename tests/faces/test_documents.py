"""Every document by which somebody enrols, taken and changed on the screen; a newborn's number given later."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from canbao.faces.visit import clock
from canbao.kernel.personal import id_check_digit
from canbao.registry import queries
from canbao.registry.models import FormerDocument, Resident
from canbao.staff import queries as staff
from canbao.staff.models import Login
from tests.faces.conftest import person_named

BORN = date(1985, 12, 1)


def eighteen(first_6: str, serial: str, birth_on: date = BORN) -> str:
    first_17 = f"{first_6}{birth_on:%Y%m%d}{serial}"
    return first_17 + id_check_digit(first_17)


# Numbers with a serial of 000, which nobody has.
DOCUMENTS = [
    ("resident_id", eighteen("370481", "000")),
    ("resident_id", eighteen("370421", "000")),  # of a county that was renamed in 1988
    ("hmt_permit", eighteen("810000", "000")),
    ("hmt_permit", eighteen("820000", "000")),
    ("hmt_permit", eighteen("830000", "000")),
    ("foreign_permanent", eighteen("937840", "000")),
    ("foreign_permanent", "CAN110085120100"),
    ("passport", "E12345678"),
]


def register(clerk: Client, name: str, kind: str, number: str, born: date = BORN) -> Resident:
    sent = {"name": name, "birth_on": str(born), "sex": "female", "document_kind": kind, "number": number,
            "village": person_named("刘玉珍").village_code}  # fmt: skip
    answer = clerk.post(reverse("console:new-person"), sent)
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    return Resident.objects.get(name=name)


@pytest.mark.parametrize(("kind", "number"), DOCUMENTS)
def test_a_document_is_taken_masked_and_found(clerk: Client, kind: str, number: str) -> None:
    person = register(clerk, "试甲", kind, number)

    html = clerk.get(reverse("console:record", args=[person.pk])).content.decode()
    assert person.get_document_kind_display() in html and number not in html
    found = clerk.post(reverse("console:people"), {"q": number}, headers={"HX-Request": "true"}).content.decode()
    assert "试甲" in found and number not in found
    again = {"name": "试乙", "birth_on": str(BORN), "sex": "female", "document_kind": kind, "number": number,
             "village": person.village_code}  # fmt: skip
    refused = clerk.post(reverse("console:new-person"), again)
    assert refused.status_code == 422 and not Resident.objects.filter(name="试乙").exists()


def test_a_newborn_gets_a_number_later_and_an_old_card_is_replaced(clerk: Client) -> None:
    born = date(2024, 11, 1)
    child = register(clerk, "试小宝", "resident_id", "", born)
    given = {"document_kind": "resident_id", "number": eighteen("370481", "000", born), "reason": "reissued"}
    assert clerk.post(reverse("console:document", args=[child.pk]), given).status_code == 302
    child.refresh_from_db()
    assert child.id_number is not None and not FormerDocument.objects.filter(resident=child).exists()

    foreigner = register(clerk, "试外", "foreign_permanent", "CAN110085120100")
    new = {"document_kind": "foreign_permanent", "number": eighteen("937840", "000"), "reason": "reissued"}
    assert clerk.post(reverse("console:document", args=[foreigner.pk]), new).status_code == 302
    scope = staff.scope_of(Login.objects.get(username="clerk.tengzhou"), "find_people", clock())
    for number in ("CAN110085120100", eighteen("937840", "000")):
        assert [card.resident_id for card in queries.with_number(scope, number)] == [foreigner.pk]


def test_a_permit_with_its_days_qualifies_on_those_days_alone(clerk: Client) -> None:
    """As Shanghai asks: by points or class B, for as long as the permit is valid."""
    person = person_named("单雄飞")
    for code, from_on, until_on in (
        ("points_qualified", "2024-01-01", "2024-12-01"), ("class_b", "2025-02-01", "2026-02-01"),
    ):  # fmt: skip
        sent = {"kind": "permit", "code": code, "relation": "spouse", "from_on": from_on, "until_on": until_on,
                "source": "public_security"}  # fmt: skip
        assert clerk.post(reverse("console:begin-fact", args=[person.pk]), sent).status_code == 302
    person.refresh_from_db()
    told = {day: queries.facts_on(person, date.fromisoformat(day)) for day in (
        "2024-11-30", "2024-12-01", "2025-02-01", "2026-02-01",
    )}  # fmt: skip
    assert [(facts["residence_permit"], facts["permit_relation"]) for facts in told.values()] == [
        ("points_qualified", "spouse"), (None, None), ("class_b", "spouse"), (None, None),
    ]  # fmt: skip
