"""The record of a person on the counter's screen: registered, changed, read as it was known; pairs that may be one."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from canbao.enrolment.models import Enrolment
from canbao.registry.models import NotSame, Resident, ResidentFact
from canbao.staff.models import Approval, Login
from tests.faces.conftest import person_named
from tests.registry.conftest import number


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


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"birth_on": "2024-11-21"}, "出生日期还没有到"),
        ({"birth_on": "0001-01-01"}, "出生日期早于"),
        ({"birth_on": "1980-05-05"}, "没有填证件号码"),
        ({"birth_on": "1980-05-05", "number": number(date(1980, 5, 5), 20)}, "性别与证件号码第17位不一致"),
        ({"birth_on": "1980-05-05", "document_kind": "hmt_permit", "number": number(date(1980, 5, 5), 20, "810000")},
         "性别与证件号码第17位不一致"),
    ],
)  # fmt: skip
def test_nobody_impossible_is_registered(clerk: Client, wrong: dict[str, str], said: str) -> None:
    sent = {"name": "试丙", "sex": "male", "document_kind": "resident_id"}
    sent |= {"village": person_named("刘玉珍").village_code} | wrong

    refused = clerk.post(reverse("console:new-person"), sent)
    assert refused.status_code == 422 and said in refused.content.decode()
    assert not Resident.objects.filter(name="试丙").exists()


def test_who_is_registered_lives_in_the_village_and_can_be_asked_to_enrol(clerk: Client) -> None:
    village = person_named("刘玉珍").village_code
    sent = {"name": "试丁", "birth_on": "1980-05-05", "sex": "female", "document_kind": "resident_id",
            "number": number(date(1980, 5, 5), 20), "village": village}  # fmt: skip
    assert clerk.post(reverse("console:new-person"), sent).status_code == 302
    person = Resident.objects.get(name="试丁")
    assert person.residence_area == village
    assert "居住在滕州市" in clerk.get(reverse("console:person-year", args=[person.pk, 2025])).content.decode()

    register = {"kind": "hukou", "area_code": village, "from_on": "1980-05-05", "source": "public_security"}
    assert clerk.post(reverse("console:begin-fact", args=[person.pk]), register).status_code == 302
    assert clerk.post(reverse("console:enrol", args=[person.pk, 2025])).status_code == 302
    assert Enrolment.objects.filter(resident=person, benefit_year=2025, state="live").exists()


def test_facts_that_no_policy_can_read_are_a_refusal_at_the_counter(clerk: Client) -> None:
    person = person_named("单雄飞")
    Resident.objects.filter(pk=person.pk).update(covered_years=[1])
    Enrolment.objects.filter(resident=person).update(state="stopped", stopped_on=date(2024, 11, 20))

    refused = clerk.post(reverse("console:enrol", args=[person.pk, 2025]))
    assert refused.status_code == 422 and "填写有误" in refused.content.decode()
    assert not Enrolment.objects.filter(resident=person, benefit_year=2025, state="live").exists()


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        ({"kind": "residence", "area_code": "3704810010081234"}, "填写的内容不完整或不正确"),
        ({"kind": "student", "code": "x" * 300}, "填写的内容不完整或不正确"),
        ({"kind": "permit", "code": "ordinary", "relation": "x" * 300}, "填写的内容不完整或不正确"),
        ({"kind": "residence", "area_code": "999999"}, "没有代码为 999999 的地区"),
        ({"kind": "disability", "grade": "2", "from_on": "2026-01-01"}, "开始日期不能晚于"),
    ],
)
def test_a_fact_that_cannot_be_is_refused(clerk: Client, fact: dict[str, str], said: str) -> None:
    person = person_named("单雄飞")
    sent = {"from_on": "2024-11-01", "source": "resident"} | fact

    refused = clerk.post(reverse("console:begin-fact", args=[person.pk]), sent)
    assert refused.status_code == 422 and said in refused.content.decode()


def test_another_village_and_another_role_find_nothing(signed_in: Callable[[str], Client]) -> None:
    person = person_named("刘玉珍")

    assert signed_in("village.other").get(reverse("console:record", args=[person.pk])).status_code == 404
    assert "登记一项" not in record_of(signed_in("village.tengzhou"), person)
    for page in ("console:pairs", "console:new-person"):
        assert signed_in("village.tengzhou").get(reverse(page)).status_code == 403


def test_a_pair_is_sent_to_a_second_person_or_said_to_be_two(clerk: Client, signed_in: Callable[[str], Client]) -> None:
    first = person_named("单雄飞")
    sent = {
        "name": first.name, "birth_on": first.birth_on.isoformat(), "sex": first.sex, "document_kind": "passport",
        "number": "E12345678", "village": first.village_code,
    }  # fmt: skip
    clerk.post(reverse("console:new-person"), sent)
    second = Resident.objects.filter(name=first.name).latest("pk")
    assert "同名、同生日" in clerk.get(reverse("console:pairs")).content.decode()
    decide = {"first": first.pk, "second": second.pk, "choice": "keep-first"}

    assert (
        reverse("console:compare", args=[first.pk, second.pk]) in clerk.get(reverse("console:pairs")).content.decode()
    )
    assert clerk.post(reverse("console:decide-pair"), decide).status_code == 422
    assert clerk.post(reverse("console:decide-pair"), decide | {"reason": "核对户口簿"}).status_code == 302
    wish = Approval.objects.get(kind="registry.merge")
    assert wish.asked_by_id == Login.objects.get(username="clerk.tengzhou").pk
    crossed = clerk.post(reverse("console:decide-pair"), decide | {"choice": "keep-second", "reason": "核对户口簿"})
    assert crossed.status_code == 422 and "等待审批" in crossed.content.decode()
    reviewer = signed_in("head.tengzhou")
    html = reviewer.get(reverse("console:approval", args=[wish.pk])).content.decode()
    assert first.id_number and str(first.id_number) in html and first.id_number.unmasked not in html
    assert "核对户口簿" in html and "保留的登记" in html and f"（{first.pk}）" not in html
    page = reviewer.get(wish.page)
    assert page.status_code == 200 and "decide-pair" not in page.content.decode()
    assert signed_in("village.other").get(wish.page).status_code == 404

    clerk.post(reverse("console:decide-pair"), decide | {"choice": "two", "reason": "两张身份证"})
    assert "两张身份证" in record_of(clerk, first)
    assert NotSame.objects.filter(first=first, second=second).exists()
    assert "同名、同生日" not in clerk.get(reverse("console:pairs")).content.decode()


def test_two_whom_no_rule_proposes_are_chosen_by_hand(clerk: Client) -> None:
    first, second = person_named("单雄飞"), person_named("刘玉珍")
    choose = reverse("console:choose-pair", args=[first.pk])
    compare = reverse("console:compare", args=[first.pk, second.pk])
    assert choose in record_of(clerk, first)
    assert compare in clerk.get(choose, {"q": second.name}).content.decode()
    page = clerk.get(compare).content.decode()
    assert "不同" in page and "为什么不同仍是同一人" in page
    sent = {"first": first.pk, "second": second.pk, "choice": "keep-first", "reason": "同一人"}
    assert clerk.post(reverse("console:decide-pair"), sent).status_code == 422
    sent["differs_because"] = "性别录错，见户口簿"
    assert clerk.post(reverse("console:decide-pair"), sent).status_code == 302
    assert Approval.objects.get(kind="registry.merge").subject["differs_because"] == "性别录错，见户口簿"


def test_a_village_is_chosen_by_its_township_first(clerk: Client) -> None:
    def offered(township: str = "") -> tuple[list[str], set[str]]:
        html = clerk.get(reverse("console:new-person"), {"township": township}).content.decode()
        return re.findall(r'<option value="([0-9]{9})"', html), set(re.findall(r'<option value="([0-9]{12})"', html))

    townships, villages = offered()
    assert len(townships) > 1 and {code[:9] for code in villages} == {townships[0]}
    assert {code[:9] for code in offered(townships[1])[1]} == {townships[1]}
    assert offered("140602001")[1] == villages
