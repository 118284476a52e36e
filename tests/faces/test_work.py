"""What waits on the home page: only the visitor's own, with how long the oldest has waited."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client

from canbao.billing.actions import issue_bills
from canbao.billing.models import Bill
from canbao.enrolment.models import Enrolment, UnenrolledReason
from canbao.enrolment.queries import Windows
from canbao.faces.console.paging import PAGE_ROWS
from canbao.faces.visit import clock
from canbao.intake.models import Batch, State
from canbao.kernel.binding import bound
from canbao.registry.actions import record_contact
from canbao.registry.models import Resident, ResidentCategory, ResidentFact
from canbao.staff import queries as staff
from canbao.staff.models import Access, Grant, Login
from canbao.supervision import queries as supervision
from tests.faces.test_console import html_of

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]


def handed_in(username: str, state: State, days_ago: int) -> None:
    login = Login.objects.get(username=username)
    Batch.objects.create(
        pooling_area="370400", area_code="370481", source="categories", file_name="名单.xlsx", file_bytes=1,
        digest=f"{username}{state}", content_key=b"x", state=state, actor_id=login.pk, actor_name=login.display_name,
        handed_in_at=clock().now() - timedelta(days=days_ago),
    )  # fmt: skip


def test_nothing_waits_where_all_is_done(clerk: Client) -> None:
    assert "没有等着您的申请、审批和名单" in html_of(clerk, "/console/")


def test_a_list_to_be_mended_waits_for_whoever_handed_it_in(signed_in: SignIn) -> None:
    handed_in("clerk.tengzhou", State.PREVIEWED, 3)
    handed_in("clerk.tengzhou", State.FAILED, 1)
    handed_in("clerk.tengzhou", State.WITHDRAWN, 9)

    html = html_of(signed_in("clerk.tengzhou"), "/console/")
    assert '<strong class="num">2</strong><span>我交的名单等我处理</span>' in html
    assert "最早等了 3 天" in html
    assert "我交的名单" not in html_of(signed_in("head.tengzhou"), "/console/")


def test_whom_a_visitor_was_told_dead_of_waits_for_the_register_clerk(clerk: Client, signed_in: SignIn) -> None:
    person = Resident.objects.filter(village_code__startswith="370481", died_on=None, merged_into=None).earliest("pk")
    UnenrolledReason.objects.update_or_create(
        pooling_area=person.pooling_area, resident=person, benefit_year=2025,
        defaults={
            "reason": "died", "evidence": "邻居说", "recorded_at": clock().now() - timedelta(days=4), "actor_id": 1,
            "actor_name": "某人", "expires_on": None,
        },
    )  # fmt: skip
    html = html_of(clerk, "/console/")
    assert "报来已去世，待登记死亡" in html and "最早等了 4 天" in html
    told = html_of(clerk, "/console/deaths-told")
    assert f"/console/people/{person.pk}/record#death" in told and "邻居说" in told
    assert signed_in("village.tengzhou").get("/console/deaths-told").status_code == 403
    Resident.objects.filter(pk=person.pk).update(died_on=clock().today())
    assert person.name not in html_of(clerk, "/console/deaths-told")


def test_a_grant_that_ends_soon_is_announced(signed_in: SignIn) -> None:
    grants = Grant.objects.filter(login__username="clerk.tengzhou")
    client = signed_in("clerk.tengzhou")
    grants.update(until_on=clock().today() + timedelta(days=31))
    assert "我的授权快到期" not in html_of(client, "/console/")

    grants.update(until_on=clock().today() + timedelta(days=30))
    assert "我的授权快到期" in html_of(client, "/console/")


def test_who_waits_is_counted_as_progress_counts(clerk: Client) -> None:
    scope = staff.scope_of(Login.objects.get(username="clerk.tengzhou"), "see_progress", clock())
    with bound(scope):
        found = supervision.waiting(scope, "370481-2025", "370481", clock())
        total = supervision.progress(scope, "370481-2025", "370481", clock()).total
        unasked = supervision.without_reason(scope, "370481-2025", "370481", clock())

    assert found.unenrolled == total.should - total.enrolled > 0
    assert found.without_bill == total.enrolled - total.billed > 0
    assert found.unpaid == total.billed - total.settled
    assert found.unasked == unasked


def test_the_counts_of_places_are_for_those_who_see_progress(signed_in: SignIn) -> None:
    assert 'hx-get="/console/waiting"' in html_of(signed_in("clerk.tengzhou"), "/console/")
    assert "/console/waiting" not in html_of(signed_in("administrator"), "/console/")
    assert signed_in("administrator").get("/console/waiting").status_code == 403


def test_permits_and_reasons_that_end_soon_are_listed_first_end_first(signed_in: SignIn) -> None:
    today, clerk = clock().today(), signed_in("clerk.tengzhou")
    one, two, three = Resident.objects.filter(village_code__startswith="370481", died_on=None).order_by("pk")[:3]
    ResidentFact.objects.filter(resident__in=(one, two, three), kind="permit").delete()
    for person, days in ((one, 40), (two, 5), (three, 61)):
        ResidentFact.objects.create(
            pooling_area=person.pooling_area, resident=person, kind="permit", code="ordinary", detail="holder",
            from_on=today - timedelta(days=300), until_on=today + timedelta(days=days), source="public_security",
        )  # fmt: skip
    renewed = ResidentFact.objects.get(resident=one, kind="permit")
    html = html_of(clerk, "/console/permits-ending")
    listed = [int(pk) for pk in re.findall(r'href="/console/people/(\d+)"', html)]

    assert listed.index(two.pk) < listed.index(one.pk) and three.pk not in listed
    assert "居住证快到期" in html_of(clerk, "/console/") and "还有 5 天" in html
    ResidentFact.objects.create(
        pooling_area=one.pooling_area, resident=one, kind="permit", code="ordinary", detail="holder",
        from_on=renewed.until_on, until_on=None, source="public_security",
    )  # fmt: skip
    assert f'"/console/people/{one.pk}"' not in html_of(clerk, "/console/permits-ending")


def test_a_reason_that_ends_soon_waits_for_whoever_asks_unless_the_person_enrolled(signed_in: SignIn) -> None:
    clerk, today = signed_in("clerk.tengzhou"), clock().today()
    enrolled = Enrolment.objects.filter(policy_id="370481-2025", state="live").values("resident_id")
    inside = Resident.objects.filter(village_code__startswith="370481", died_on=None)
    person, other = inside.exclude(pk__in=enrolled)[0], inside.filter(pk__in=enrolled)[0]
    for each in (person, other):
        UnenrolledReason.objects.update_or_create(
            pooling_area=each.pooling_area, resident=each, benefit_year=2025,
            defaults={
                "reason": "refuses", "expires_on": today + timedelta(days=14), "recorded_at": clock().now(),
                "actor_name": "郭会计",
            },
        )  # fmt: skip
    html = html_of(clerk, "/console/reasons-ending")

    assert f'"/console/people/{person.pk}"' in html and f'"/console/people/{other.pk}"' not in html
    assert "未参保原因快到期" in html_of(clerk, "/console/")
    assert "记下了未参保的原因：不愿参保" in html_of(clerk, f"/console/people/{person.pk}")
    assert "记下了未参保的原因" not in html_of(clerk, f"/console/people/{other.pk}")
    assert signed_in("administrator").get("/console/reasons-ending").status_code == 403


def test_a_bill_is_to_be_issued_anew_once_its_categories_or_its_policy_changed(
    signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk, address = signed_in("clerk.tengzhou"), "/console/bills/outdated?policy=370481-2025&area=370481"

    def listed() -> set[int]:
        return {int(pk) for pk in re.findall(r'href="/console/people/(\d+)"', html_of(clerk, address))}

    scope = staff.scope_of(Login.objects.get(username="clerk.tengzhou"), "issue_bills", clock())
    issue_bills(actor=scope, policy_id="370481-2025", area_code="370481", clock=clock())
    assert "没有这样的人" in html_of(clerk, address)
    issued = Bill.objects.filter(policy_id="370481-2025", state="issued").order_by("pk")
    first = issued[0]

    ResidentCategory.objects.filter(resident_id=first.resident_id).delete()
    ResidentCategory.objects.create(
        pooling_area=first.pooling_area, resident_id=first.resident_id, code="orphan", certified_by="civil_affairs",
        from_on=date(2020, 1, 1),
    )  # fmt: skip
    assert listed() == {first.resident_id}
    assert "应缴单要重开" in html_of(clerk, "/console/waiting")

    # A bill does not change, so the policy does.
    monkeypatch.setattr(Windows, "every", lambda self: [])
    assert len(listed()) == min(issued.count(), PAGE_ROWS)


def test_a_village_cadre_calls_who_has_not_paid_and_the_log_says_so(signed_in: SignIn) -> None:
    actor = staff.scope_of(Login.objects.get(username="clerk.tengzhou"), "issue_bills", clock())
    issue_bills(actor=actor, policy_id="370481-2025", area_code="370481", clock=clock())
    cadre = signed_in("village.tengzhou")
    (prefix,) = staff.scope_of(Login.objects.get(username="village.tengzhou"), "keep_reasons", clock()).prefixes
    bill = Bill.objects.filter(state="issued", resident__village_code__startswith=prefix).first()
    assert bill is not None, "the demo's village has nobody who has not paid"
    keeper = staff.scope_of(Login.objects.get(username="clerk.tengzhou"), "keep_register", clock())
    record_contact(actor=keeper, resident_id=bill.resident_id, phone="13805321234", bank_card=None)
    before = Access.objects.count()

    html = html_of(cadre, "/console/bills/unpaid")
    assert "13805321234" not in html and f"/console/people/{bill.resident_id}/call" in html
    shown = cadre.post(f"/console/people/{bill.resident_id}/call", headers={"HX-Request": "true"}).content.decode()

    assert 'href="tel:13805321234"' in shown
    assert Access.objects.count() == before + 1
    elsewhere = Resident.objects.exclude(village_code__startswith=prefix).first()
    assert elsewhere is not None
    assert cadre.post(f"/console/people/{elsewhere.pk}/call").status_code == 404
    assert cadre.post(f"/console/people/{bill.resident_id}/reveal", {"kind": "phone"}).status_code == 403
