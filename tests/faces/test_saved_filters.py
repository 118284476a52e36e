"""What a list is narrowed by is kept under a name, for oneself or the office, and names nobody."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from canbao.faces.visit import clock
from canbao.staff.models import Grant, Login
from canbao.supervision.actions import FILTERS_MAX
from canbao.supervision.models import SavedFilter
from tests.faces.test_console import html_of

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
LIST = "/console/unenrolled?policy=370481-2025&area=370481"
ASKED = {"list": "unenrolled", "policy": "370481-2025", "area": "370481", "student": "pupil", "age_from": "6"}


def save(client: Client, name: str, **further: str) -> str:
    answer = client.post("/console/filters/save", {**ASKED, "name": name, **further})
    return str(answer["Location"]) if answer.status_code == 302 else str(answer.status_code)


def test_a_filter_is_saved_offered_used_and_dropped(signed_in: SignIn) -> None:
    clerk = signed_in("clerk.tengzhou")

    where = save(clerk, " 没登记的  小学生 ")
    kept = SavedFilter.objects.get()
    assert (kept.name, kept.query) == (
        "没登记的 小学生", "policy=370481-2025&area=370481&student=pupil&age_from=6",
    )  # fmt: skip
    assert where == f"/console/unenrolled?{kept.query}"
    html = html_of(clerk, LIST)
    assert kept.query.replace("&", "&amp;") in html and "没登记的 小学生" in html
    assert "没登记的 小学生" not in html_of(clerk, LIST.replace("unenrolled", "bills/unpaid"))
    save(clerk, "没登记的 小学生", student="university")
    assert "student=university" in SavedFilter.objects.get().query

    assert clerk.post("/console/filters/drop", {"list": "unenrolled", "filter": str(kept.pk)}).status_code == 302
    assert not SavedFilter.objects.exists()


def test_a_shared_filter_is_read_by_the_office_alone_and_dropped_by_its_owner(signed_in: SignIn) -> None:
    clerk, head, village = (signed_in(name) for name in ("clerk.tengzhou", "head.tengzhou", "village.tengzhou"))
    save(clerk, "只给自己看"), save(clerk, "大家的", shared="1")
    shared = SavedFilter.objects.get(shared=True)

    html = html_of(head, LIST)
    assert "大家的" in html and "只给自己看" not in html
    assert "大家的" not in html_of(village, "/console/unenrolled")
    for other in (head, village):
        assert other.post("/console/filters/drop", {"list": "unenrolled", "filter": str(shared.pk)}).status_code == 404
    Grant.objects.filter(login__username="head.tengzhou").update(until_on=clock().today())
    assert head.get(LIST).status_code == 403


def test_a_filter_without_a_name_or_one_too_many_is_refused(signed_in: SignIn) -> None:
    clerk = signed_in("clerk.tengzhou")
    save(clerk, "  ")
    assert not SavedFilter.objects.exists() and "没有保存" in html_of(clerk, LIST)

    for number in range(FILTERS_MAX + 1):
        save(clerk, f"条件 {number}")
    assert SavedFilter.objects.count() == FILTERS_MAX
    save(clerk, "条件 0", student="university")
    assert "student=university" in SavedFilter.objects.get(name="条件 0").query
    assert save(clerk, "别处", area="310000") == "404"
    assert save(clerk, "别的", list="nonsense") == "404"


def test_no_name_of_a_person_can_stand_in_a_filter(signed_in: SignIn) -> None:
    save(signed_in("clerk.tengzhou"), "试", q="张桂兰", name_of="370481196205080020")
    kept = SavedFilter.objects.get()
    assert "370481196205080020" not in kept.query
    with pytest.raises(IntegrityError), transaction.atomic():
        SavedFilter.objects.filter(pk=kept.pk).update(query="q=张桂兰")
    assert Login.objects.filter(pk=kept.owner_id).exists()
