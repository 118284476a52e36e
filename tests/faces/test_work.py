"""What waits on the home page: only the visitor's own, with how long the oldest has waited."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from canbao.faces.visit import clock
from canbao.intake.models import Batch, State
from canbao.kernel.binding import bound
from canbao.staff import queries as staff
from canbao.staff.models import Grant, Login
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
