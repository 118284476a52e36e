"""A village enrolled in one act on the console: preview, confirm, undo; and stopping and restarting one person."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from canbao.billing.models import Bill
from canbao.enrolment.models import Enrolment, EnrolmentBatch, EnrolmentChange
from canbao.faces.visit import clock
from canbao.policy import policies
from canbao.registry.models import Resident
from tests.faces.conftest import person_named
from tests.faces.test_console import html_of, issued

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
PLACE = {"policy": "370481-2025", "area": "370481"}
ASKED = "policy=370481-2025&area=370481&route=town"


def unenrolled(county: str = "370481", count: int = 3) -> list[Resident]:
    """Living people of the county without a bill, as if nobody had come yet: they were of a list that was undone."""
    policy_id, now = f"{county}-2025", clock().now()
    former = EnrolmentBatch.objects.create(
        pooling_area=policies.get(policy_id).pooling_area, policy_id=policy_id, benefit_year=2025, area_code=county,
        people=count, made_at=now, actor_name="某人", undone_at=now, undone_by="某人",
    )  # fmt: skip
    rows = Enrolment.objects.filter(policy_id=policy_id, state="live", resident__died_on=None).order_by("resident_id")
    free = list(rows.exclude(pk__in=Bill.objects.values("enrolment_id"))[:count])
    Enrolment.objects.filter(pk__in=[row.pk for row in free]).update(
        state="stopped", stopped_on="2024-12-31", batch=former
    )
    return [row.resident for row in free]


def counted(html: str) -> int:
    found = re.search(r"将登记 <strong>([\d,]+)</strong> 人", html)
    assert found
    return int(found[1].replace(",", ""))


def test_the_preview_writes_nothing_and_says_how_many_the_confirmation_enrols(clerk: Client) -> None:
    people = unenrolled()
    before = Enrolment.objects.count()

    html = html_of(clerk, f"/console/batches/preview?{ASKED}")
    expected = counted(html)
    assert (Enrolment.objects.count(), EnrolmentBatch.objects.count()) == (before, 1)
    assert expected >= len(people) == 3
    assert all(person.name in html for person in people)

    done = clerk.post("/console/batches/enrol", {**PLACE, "route": "town"}, follow=True).content.decode()
    batch = EnrolmentBatch.objects.get(undone_at=None)
    assert (batch.people, batch.area_code, batch.route) == (expected, "370481", "town")
    assert f"已成批登记 {expected} 人。" in done
    assert "没有要登记的" in html_of(clerk, f"/console/batches/preview?{ASKED}")
    again = clerk.post("/console/batches/enrol", {**PLACE, "route": "town"}, follow=True).content.decode()
    assert "什么都没有写入" in again
    assert str(batch.pk) in html_of(clerk, "/console/batches")


def test_a_batch_is_undone_unless_one_of_its_people_has_a_bill(clerk: Client) -> None:
    people = unenrolled()
    clerk.post("/console/batches/enrol", {**PLACE, "route": "town"})
    batch = EnrolmentBatch.objects.get(undone_at=None)
    undo = reverse("console:batch-undo", args=[batch.pk])
    clerk.post(reverse("console:issue-bill", args=[people[0].pk, 2025]))

    refused = clerk.post(undo)
    assert refused.status_code == 422
    assert "不能整批撤销" in refused.content.decode()
    bill = Bill.objects.get(resident=people[0])
    if bill.state == "issued":
        clerk.post(reverse("console:void-bill", args=[people[0].pk, 2025]), {"bill": bill.pk, "reason": "试"})
        assert "已撤销这次成批登记" in clerk.post(undo, follow=True).content.decode()
        assert not Enrolment.objects.filter(batch=batch, state="live").exists()


def test_a_batch_of_another_place_is_not_there(clerk: Client, signed_in: SignIn) -> None:
    unenrolled()
    clerk.post("/console/batches/enrol", {**PLACE, "route": "town"})
    path = reverse("console:batch", args=[EnrolmentBatch.objects.get(undone_at=None).pk])

    assert clerk.get(path).status_code == 200
    other = signed_in("clerk.shuozhou")
    assert (other.get(path).status_code, other.post(f"{path}/undo").status_code) == (404, 404)


def test_shanghai_renewal_names_the_condition_that_each_meets(signed_in: SignIn) -> None:
    assert unenrolled("310000", 100)

    html = html_of(signed_in("clerk.shanghai"), "/console/batches/preview?policy=310000-2025&area=310000&route=renewal")

    assert counted(html) > 0
    assert "上一年度年满19周岁及以上的本市城镇户籍人员" in html
    assert "项条件都不符合" in html


def test_stopping_asks_for_a_reason_and_voids_the_open_bill_and_restarting_enrols_again(clerk: Client) -> None:
    person = person_named("单雄飞")
    issued(clerk, person)
    bill = Bill.objects.get(resident=person, state="issued")
    stop = reverse("console:stop-enrolment", args=[person.pk, 2025])

    assert clerk.post(stop, {"reason": " "}).status_code == 422
    bill.refresh_from_db()
    assert bill.state == "issued"
    said = clerk.post(stop, {"reason": "迁往外地"}, follow=True).content.decode()
    bill.refresh_from_db()
    assert (bill.state, bill.void_reason) == ("void", "已停保")
    assert "已停保，没缴的应缴单已作废。" in said
    assert "恢复参保" in said

    again = clerk.post(reverse("console:restart-enrolment", args=[person.pk, 2025]), {"reason": "又迁回"}, follow=True)
    assert "已恢复参保登记。" in again.content.decode()
    live = Enrolment.objects.get(resident=person, benefit_year=2025, state="live")
    assert EnrolmentChange.objects.filter(enrolment=live, detail="又迁回").exists()
    assert "登记途径" in again.content.decode()
