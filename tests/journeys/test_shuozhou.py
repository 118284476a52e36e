"""Shuozhou's registration rules, played by its actors in a browser.

SZ-07 permit holders not enrolled at home · SZ-09 students at the place of study "in principle" · SZ-17 window "in
principle" · SZ-20 to SZ-22 newborns within 90 days · SZ-23 agency window with a document · SZ-24 WeChat account, here
the public form · SZ-25 payable one or two working days later · SZ-28 who enrolled before pays at once.
"""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import expect

from canbao.enrolment.models import Enrolment
from tests.faces.site import Site
from tests.journeys.walk import (
    Office,
    Visitor,
    free,
    number,
    people_of,
    peopled,
    person,
    today,
)

pytestmark = pytest.mark.browser
POLICY, PLACE = "140600-2025", "1406"
FRIDAY, MONDAY, SPRING = date(2024, 11, 22), date(2024, 11, 25), date(2025, 4, 9)
ADULT, BORN = number("140602", date(1990, 3, 7), 881), date(1990, 3, 7)


@pytest.fixture(scope="module")
def village(site: Site) -> str:
    return person("陈守义", PLACE).village_code


def test_who_registers_online_on_a_friday_pays_on_monday(site: Site, village: str) -> None:
    visitor, office = Visitor(site), Office(site, "clerk.shuozhou")
    with today(FRIDAY):
        visitor.apply(POLICY, village, name="白新民", id_number=ADULT, born=BORN, route="wechat")
        office.approve("白新民")
        visitor.look(ADULT)
        expect(visitor.page.locator(".note-good")).to_contain_text("2024年11月25日起可以缴费")
        page = office.open_year(person("白新民", PLACE))
        page.click("button:has-text('开应缴单')")
        expect(page.locator(".refusal")).to_contain_text("2024年11月25日")
    with today(MONDAY):
        page = office.open_year(person("白新民", PLACE))
        page.click("button:has-text('开应缴单')")
        page.click("text=收款 400 元")
        page.click("text=已收到，开收据")
        expect(page.locator(".verdict-words")).to_contain_text("已缴 400 元，2025年1月1日起享受待遇")


def test_the_agency_window_wants_a_document_and_says_from_when_to_pay(site: Site, village: str) -> None:
    office = Office(site, "clerk.shuozhou")
    with today(FRIDAY):
        page = office.take_down(POLICY, village, name="夏临窗", id_number=number("140602", date(1979, 9, 9), 885),
                                born=date(1979, 9, 9), route="counter")  # fmt: skip
        expect(page.locator(".refusal")).to_contain_text("没有勾选看过的证件")
        page.locator("input[name=seen]").first.check()
        page.click("text=受理，交审核")
        expect(page.locator(".signed-by")).to_be_visible()
        Office(site, "head.shuozhou").approve("夏临窗")
        made = Enrolment.objects.get(resident=person("夏临窗", PLACE))
        assert (made.route, made.payable_from) == ("counter", MONDAY)


def test_who_was_enrolled_before_needs_no_counter_and_pays_at_once(site: Site, village: str) -> None:
    """The list of those known from earlier years; the others are named with the reason."""
    home = peopled(PLACE, but=village)
    free(home)
    known = people_of(home, 1)[0]
    office = Office(site, "clerk.shuozhou")
    assert office.enrol_batch(POLICY, home, "known") >= 1
    made = Enrolment.objects.get(resident=known, state="live")
    assert (made.route, made.payable_from) == ("known", None)
    page = office.open_year(known)
    page.click("button:has-text('开应缴单')")
    expect(page.locator(".verdict-words")).to_contain_text("还没有缴")


def test_a_newborn_within_ninety_days_is_covered_from_birth_for_nothing(site: Site) -> None:
    office, child = Office(site, "clerk.shuozhou"), person("李小满", PLACE)
    with today(SPRING):
        page = office.enrol(child, "newborn")
        expect(page.locator(".note-good")).to_contain_text("已参保登记")
        page.click("button:has-text('开应缴单')")
        expect(page.locator(".verdict-words")).to_contain_text("个人不用缴费，2025年1月10日起享受待遇")
    assert Enrolment.objects.get(resident=child, state="live").route == "newborn"


def test_a_student_of_another_place_is_sent_there_in_a_list_and_may_still_wish_to_enrol_here(
    site: Site, village: str
) -> None:
    free(village)
    student = people_of(village, 1)[0]
    office = Office(site, "clerk.shuozhou")
    office.note_student(student, "university", "140105")
    page = office.batch(POLICY, village, "known")
    expect(page.locator("#preview")).to_contain_text("大中专院校学生原则上在学籍地参保")
    page = office.open_year(student)
    expect(page.locator("main")).to_contain_text("本人要求在这里参保的，可以办理")
    page.click(".page-actions button:has-text('参保登记')")
    expect(page.locator(".note-good")).to_contain_text("已参保登记")


def test_a_permit_holder_who_is_enrolled_at_home_is_refused(site: Site, village: str) -> None:
    visitor = Visitor(site)
    visitor.fill(POLICY, village, name="马远来", id_number=number("411723", date(1988, 4, 5), 887),
                 born=date(1988, 4, 5), tie="permit", permit_until="2026-01-01",
                 other_insurance="insured_elsewhere")  # fmt: skip
    expect(visitor.page.locator(".refusal")).to_contain_text("不能在此参保")


def test_the_window_that_closes_in_principle_is_extended_for_a_county(site: Site) -> None:
    head, reviewer, visitor = Office(site, "head.shuozhou"), Office(site, "reviewer.shuozhou"), Visitor(site)
    head.extend(POLICY, "140602", "2025-03-31", "朔医保函〔2025〕3号", "系统停机")
    reviewer.agree("2025年3月31日")
    visitor.page.goto(f"{site.url}/policies/{POLICY}")
    expect(visitor.page.locator(".leaflet-first")).to_contain_text("朔城区")
    expect(visitor.page.locator(".leaflet-first")).to_contain_text("延长到 2025年3月31日")
