"""The page of readings: what a notice leaves open, the switch of each other answer, and how many people it concerns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

import pytest
from django.test import Client

from canbao.billing.models import Bill
from canbao.faces.reasons import unsettled_codes
from canbao.policy import policies, quote
from canbao.policy.readings import readings_told
from tests.faces.test_console import html_of
from tests.faces.test_console_lists import issue_all

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
POLICY = "370481-2025"
PAGE = f"/console/policies/{POLICY}/readings"


def parts_of(html: str) -> dict[str, str]:
    """Reading -> its part of the page."""
    return dict(re.findall(r'<section class="panel reading" id="([^"]+)">(.*?)</section>', html, re.DOTALL))


def test_each_reading_stands_with_its_choice_clause_and_switches(signed_in: SignIn) -> None:
    parts = parts_of(html_of(signed_in("clerk.tengzhou"), PAGE))
    told = {each.code: each for each in readings_told(policies.get(POLICY))}

    assert set(parts) == set(told)
    for code, part in parts.items():
        assert told[code].chosen.zh in part
        assert told[code].question.zh in part
        assert all(f"<code>{switch.path}</code>" in part for other in told[code].others for switch in other.switches)
    first = parts["A-04"]
    assert "<code>false</code> → <code>true</code>" in first
    assert "每多断保1年" in first


def test_people_are_counted_by_the_reading_that_their_bill_rests_on(signed_in: SignIn) -> None:
    client = signed_in("clerk.tengzhou")
    issue_all()
    policy, wanted = policies.get(POLICY), Counter[str]()
    bills = Bill.objects.filter(policy_id=POLICY, provisional=True)
    for bill in bills:
        answer = quote(policy, bill.facts, on=bill.quoted_on)
        wanted.update(unsettled_codes(policy, answer, bill.facts, bill.quoted_on))
    assert wanted

    html = html_of(client, f"{PAGE}?count=1")

    shown = {
        code: int(found[1].replace(",", ""))
        for code, part in parts_of(html).items()
        if (found := re.search(r"影响 ([\d,]+) 人", part))
    }
    assert shown == dict(wanted)
    assert f'<strong class="num">{bills.count()}</strong> 人的结果因此是暂定的' in html


def test_the_part_that_counts_is_asked_for_by_the_page(signed_in: SignIn) -> None:
    client = signed_in("clerk.tengzhou")

    page = html_of(client, PAGE)
    part = client.get(PAGE, headers={"HX-Request": "true", "HX-Target": "readings"}).content.decode()

    assert f'hx-get="{PAGE}"' in page and "影响" in page
    assert "<html" not in part and "张有效应缴单" in part


def test_who_has_nobody_of_the_place_sees_the_readings_without_people(signed_in: SignIn) -> None:
    html = html_of(signed_in("clerk.shuozhou"), f"{PAGE}?count=1")

    assert "不统计人数" in html and "hx-get" not in html
    assert set(parts_of(html)) == {each.code for each in readings_told(policies.get(POLICY))}


def test_a_visitor_signs_in_first_and_an_unknown_policy_is_not_found(client: Client, signed_in: SignIn) -> None:
    assert client.get(PAGE)["Location"].startswith("/console/sign-in")
    assert signed_in("clerk.tengzhou").get("/console/policies/999999-2025/readings").status_code == 404
