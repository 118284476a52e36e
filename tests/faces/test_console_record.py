"""The record of a person on the counter's screen: registered, changed, read as it was known; pairs that may be one."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client
from django.urls import reverse

from canbao.registry.models import NotSame, Resident, ResidentFact
from canbao.staff.models import Approval, Login
from tests.faces.conftest import person_named


def record_of(client: Client, person: Resident, question: str = "") -> str:
    answer = client.get(reverse("console:record", args=[person.pk]) + question)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_fact_is_begun_and_ended_on_the_page(clerk: Client) -> None:
    person = person_named("单雄飞")
    sent = {"kind": "disability", "grade": "3", "from_on": "2024-06-01", "source": "disabled_federation"}

    assert clerk.post(reverse("console:begin-fact", args=[person.pk]), sent).status_code == 302
    row = ResidentFact.objects.get(resident=person)
    assert "3 级" in record_of(clerk, person) and row.source == "disabled_federation"

    refused = clerk.post(
        reverse("console:begin-fact", args=[person.pk]), sent | {"grade": "9", "from_on": "2024-07-01"}
    )
    assert refused.status_code == 422 and "没有保存" in refused.content.decode()
    clerk.post(reverse("console:end-fact", args=[person.pk]), {"fact": row.pk, "until_on": "2024-07-01"})
    row.refresh_from_db()
    assert str(row.until_on) == "2024-07-01"
    assert "那天登记册里还没有此人" in record_of(clerk, person, "?known=1990-01-01")
    assert "那天登记册里还没有此人" not in record_of(clerk, person, "?known=2090-01-01")


def test_the_page_holds_no_number_and_keeps_what_is_left_empty(clerk: Client) -> None:
    person = person_named("刘玉珍")
    contact = reverse("console:contact", args=[person.pk])

    clerk.post(contact, {"phone": "13805321234", "bank_card": ""})
    clerk.post(contact, {"phone": "", "bank_card": "6222021234567890128"})

    html = record_of(clerk, person)
    person.refresh_from_db()
    assert person.phone and person.id_number and person.phone.unmasked == "13805321234"
    assert not any(secret in html for secret in ("13805321234", "6222021234567890128", person.id_number.unmasked))
    assert "138****1234" in html


def test_a_newborn_is_registered_without_a_number(clerk: Client) -> None:
    village = person_named("刘玉珍").village_code
    sent = {
        "name": "刘小宝",
        "birth_on": "2024-11-01",
        "sex": "male",
        "document_kind": "resident_id",
        "village": village,
    }

    refused = clerk.post(reverse("console:new-person"), sent | {"document_kind": "passport"})
    assert refused.status_code == 422 and "没有填证件号码" in refused.content.decode()
    done = clerk.post(reverse("console:new-person"), sent)
    child = Resident.objects.get(name="刘小宝")
    assert done["Location"] == reverse("console:record", args=[child.pk]) and child.id_number is None


def test_another_village_and_another_role_find_nothing(signed_in: Callable[[str], Client]) -> None:
    person = person_named("刘玉珍")

    assert signed_in("village.other").get(reverse("console:record", args=[person.pk])).status_code == 404
    assert "登记一项" not in record_of(signed_in("village.tengzhou"), person)
    for page in ("console:pairs", "console:new-person"):
        assert signed_in("village.tengzhou").get(reverse(page)).status_code == 403


def test_a_pair_is_sent_to_a_second_person_or_said_to_be_two(clerk: Client) -> None:
    first = person_named("单雄飞")
    sent = {
        "name": first.name, "birth_on": first.birth_on.isoformat(), "sex": first.sex, "document_kind": "resident_id",
        "village": first.village_code,
    }  # fmt: skip
    clerk.post(reverse("console:new-person"), sent)
    second = Resident.objects.filter(name=first.name).latest("pk")
    assert "同名、同生日" in clerk.get(reverse("console:pairs")).content.decode()
    decide = {"first": first.pk, "second": second.pk, "choice": "keep-first"}

    assert clerk.post(reverse("console:decide-pair"), decide).status_code == 422
    assert clerk.post(reverse("console:decide-pair"), decide | {"reason": "核对户口簿"}).status_code == 302
    wish = Approval.objects.get(kind="registry.merge")
    assert wish.asked_by_id == Login.objects.get(username="clerk.tengzhou").pk
    clerk.post(reverse("console:decide-pair"), decide | {"choice": "two"})
    assert NotSame.objects.filter(first=first, second=second).exists()
    assert "同名、同生日" not in clerk.get(reverse("console:pairs")).content.decode()
