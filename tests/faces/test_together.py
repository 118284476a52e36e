"""Several people of those not enrolled at once: a preview that writes nothing, the work, and its undoing."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from canbao.billing import actions as billing
from canbao.enrolment.models import Enrolment, EnrolmentBatch, UnenrolledReason
from canbao.faces.visit import clock
from canbao.staff import queries as staff
from canbao.staff.models import Login
from tests.faces.test_console import html_of

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
LIST = "/console/unenrolled?policy=370481-2025&area=370481"
PLACE = {"policy": "370481-2025", "area": "370481"}


def waiting(client: Client, count: int) -> list[str]:
    return re.findall(r'name="person" value="(\d+)"', html_of(client, LIST))[:count]


def live(people: list[str]) -> int:
    return Enrolment.objects.filter(resident_id__in=people, benefit_year=2025, state="live").count()


def post(client: Client, step: str, people: list[str], **further: str) -> str:
    path = f"/console/unenrolled/together{step}"
    return client.post(path, {**PLACE, "person": people, **further}, follow=True).content.decode()


def test_the_preview_says_who_could_be_enrolled_and_writes_nothing(clerk: Client) -> None:
    people = waiting(clerk, 3)

    html = post(clerk, "", people)

    assert "现在什么都还没有写入" in html
    assert re.findall(r'name="person" value="(\d+)"', html) == people
    assert live(people) == 0


def test_who_cannot_be_enrolled_is_named_with_the_reason(clerk: Client) -> None:
    people = waiting(clerk, 3)
    post(clerk, "/enrol", people[:1])
    post(clerk, "/record", people[2:], why="refuses")

    html = post(clerk, "", people)

    assert re.findall(r'name="person" value="(\d+)"', html) == people[1:2]
    assert "其中 1 人已经登记过" in html
    assert "不能登记 1 人" in html
    assert "已记下未参保的原因：不愿参保。" in html
    assert f"/console/people/{people[2]}/2025" in html


def undo(client: Client, html: str) -> str:
    found = re.search(r'action="(/console/batches/\d+/undo)"', html)
    assert found
    return client.post(found[1], follow=True).content.decode()


def test_what_was_enrolled_together_is_one_batch_and_undone_as_one(clerk: Client) -> None:
    people = waiting(clerk, 3)
    html = post(clerk, "/enrol", people)
    assert "已登记 3 人" in html
    assert (live(people), EnrolmentBatch.objects.get().people) == (3, 3)

    assert "已撤销这次成批登记" in undo(clerk, html)
    assert live(people) == 0


def test_a_batch_of_which_somebody_has_a_bill_stays(clerk: Client) -> None:
    people = waiting(clerk, 3)
    html = post(clerk, "/enrol", people)
    actor = staff.scope_of(Login.objects.get(username="clerk.tengzhou"), "issue_bills", clock())
    billing.issue_bill(actor=actor, resident_id=int(people[0]), benefit_year=2025, clock=clock())

    assert "这批人已开应缴单" in undo(clerk, html)
    assert live(people) == 3


def test_a_reason_is_recorded_for_all_or_nobody(clerk: Client) -> None:
    people = waiting(clerk, 2)
    reasons = UnenrolledReason.objects.filter(resident_id__in=people)

    assert "什么都没有记下" in post(clerk, "/record", people)
    post(clerk, "/record", people, why="employee_insured")
    assert reasons.count() == 0
    assert "已给 2 人记下" in post(clerk, "/record", people, why="employee_insured", evidence="在职证明")
    assert set(reasons.values_list("reason", "evidence")) == {("employee_insured", "在职证明")}


def test_only_people_of_the_own_area_are_taken_and_only_by_those_who_may(clerk: Client, signed_in: SignIn) -> None:
    people = waiting(clerk, 1)
    client = signed_in("clerk.shuozhou")
    away = {"policy": "140600-2025", "area": "140600"}

    html = client.post("/console/unenrolled/together/enrol", {**away, "person": people}, follow=True).content.decode()

    assert "已登记 0 人" in html
    assert live(people) == 0
    assert signed_in("tax.tengzhou").post("/console/unenrolled/together", PLACE).status_code == 403
    assert 'name="person"' not in html_of(signed_in("tax.tengzhou"), LIST)
