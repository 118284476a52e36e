"""Shanghai's registration rules, played by its actors in a browser.

SH-12 and SH-14 online, or at any community centre · SH-13 pupils and rural residents by school or village · SH-15
payable five working days later, A-73 who is too late for that · SH-16 to SH-24 renewal: six conditions, permits valid ·
SH-25 and SH-26 who renews needs no registration · SH-30 school list · SH-32 village list · SH-35 the office's yes ·
SH-55 the closing hour.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from playwright.sync_api import expect

from canbao.enrolment.models import Enrolment
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import FixedClock, shanghai
from canbao.kernel.scope import program
from canbao.registry import actions as registry
from canbao.registry.codes import FactKind
from canbao.registry.models import Resident
from tests.faces.site import Site
from tests.journeys.walk import (
    CHILD,
    Office,
    Visitor,
    at,
    free,
    granted,
    number,
    number_of,
    people_of,
    person,
    today,
)

pytestmark = pytest.mark.browser
POLICY, PLACE = "310000-2025", "31"
ADULT, BORN = number("310101", date(1990, 3, 7), 881), date(1990, 3, 7)
WEDNESDAY, A_WEEK_LATER = date(2024, 11, 20), date(2024, 11, 27)
KEEPER = program("test", Capability.KEEP_REGISTER)
CLOCK = FixedClock(shanghai(2024, 11, 20, 9))


@pytest.fixture(scope="module")
def village(site: Site) -> str:
    return granted("village.shanghai")


def test_online_registration_opens_payment_after_five_working_days(site: Site, village: str) -> None:
    visitor, office = Visitor(site), Office(site, "centre.shanghai")
    with today(WEDNESDAY):
        visitor.apply(POLICY, village, name="白新民", id_number=ADULT, born=BORN, route="online", hukou_kind="urban")
        office.approve("白新民")
        visitor.look(ADULT)
        expect(visitor.page.locator(".note-good")).to_contain_text("2024年11月27日起可以缴费")
    clerk = Office(site, "clerk.shanghai")
    with today(A_WEEK_LATER):
        page = clerk.open_year(person("白新民", PLACE))
        page.click("button:has-text('开应缴单')")
        expect(page.locator(".verdict-words")).to_contain_text("应缴 995 元")


def test_any_community_centre_takes_the_application_and_the_own_one_decides(site: Site, village: str) -> None:
    other, own = Office(site, "centre.other"), Office(site, "centre.shanghai")
    with today(WEDNESDAY):
        page = other.take_down(POLICY, village, name="夏远街", id_number=number("310101", date(1979, 9, 9), 885),
                               born=date(1979, 9, 9), route="community", seen="有效身份证件")  # fmt: skip
        expect(page.locator("h1")).to_contain_text("待审核")
        assert page.locator("text=现在审核").count() == 0
        own.approve("夏远街")
        page.reload()
        expect(page.locator(".note-good")).to_contain_text("2024年11月27日起可以缴费")
        found = person("夏远街", PLACE)
        assert Enrolment.objects.get(resident=found).route == "community"
        # The other centre took the person's words down; the person is none of its own.
        assert (other.page.goto(f"{site.url}/console/people/{found.pk}") or pytest.fail()).status == 404


def test_a_pupil_and_a_rural_resident_are_sent_to_their_school_and_village(site: Site, village: str) -> None:
    visitor = Visitor(site)
    visitor.fill(POLICY, village, name="小学生", id_number=number("310101", date(2012, 5, 5), 887),
                 born=date(2012, 5, 5), tie="student", student="pupil", route="online")  # fmt: skip
    expect(visitor.page.locator(".refusal")).to_contain_text("学校集中申报")
    visitor.fill(POLICY, village, name="庄稼人", id_number=number("310151", date(1970, 5, 5), 889),
                 born=date(1970, 5, 5), tie="hukou", hukou_kind="rural", route="online")  # fmt: skip
    expect(visitor.page.locator(".refusal")).to_contain_text("农村居民集中参保")


def renewing(name: str, village: str, born: date, **facts: Any) -> Resident:
    """Somebody who was enrolled in Shanghai the year before."""
    known = {"residence_area": village, "covered_years": [2023, 2024], **facts}
    new = registry.NewResident(name=name, birth_on=born, sex="female", village_code=village, facts=known)
    return registry.register_resident(actor=KEEPER, person=new)


def permitted(person: Resident, code: str, relation: str, until: date) -> Resident:
    fact = registry.NewFact(kind=FactKind.PERMIT, from_on=date(2023, 1, 1), until_on=until, code=code, detail=relation)
    registry.begin_fact(actor=KEEPER, resident_id=person.pk, fact=fact, clock=CLOCK)
    return person


def test_who_renews_needs_no_registration_if_one_of_the_six_conditions_holds(site: Site, village: str) -> None:
    """SH-16 to SH-26: each condition once, and once each way of missing it."""
    valid, over = date(2026, 1, 1), date(2024, 11, 1)
    here = {"hukou_area": "310101"}
    yes = [
        renewing("甲城镇", village, date(1980, 1, 1), **here, hukou_kind="urban"),
        renewing("乙幼儿", village, date(2022, 1, 1), **here, hukou_kind="urban"),
        permitted(renewing("丙永居", village, date(1970, 1, 1)), "foreign_permanent", "holder", valid),
        permitted(renewing("丁港澳", village, date(1985, 1, 1)), "hmt", "spouse", valid),
        permitted(renewing("戊积分", village, date(1988, 1, 1)), "points_qualified", "spouse", valid),
        permitted(renewing("己人才", village, date(2015, 1, 1)), "class_b", "child", valid),
    ]
    expired = permitted(renewing("庚过期", village, date(1988, 2, 2)), "points_qualified", "spouse", over)
    rural = renewing("辛农村", village, date(1966, 1, 1), **here, hukou_kind="rural")

    clerk = Office(site, "clerk.shanghai")
    with today(WEDNESDAY):
        page = clerk.batch(POLICY, village, "renewal")
        preview = page.locator("#preview")
        for words in ("本市城镇户籍人员", "18周岁以下本市户籍", "外国人永久居留证", "港澳台居民居住证", "积分达标人员",
                      "B类居住证人员", "居住证到2024年10月31日为止，已经过期"):  # fmt: skip
            expect(preview).to_contain_text(words)
        clerk.enrol_batch(POLICY, village, "renewal")
        rows = Enrolment.objects.filter(resident__in=yes, state="live")
        assert {(row.route, row.payable_from) for row in rows} == {("renewal", None)} and rows.count() == len(yes)
        assert not Enrolment.objects.filter(resident__in=[expired, rural], state="live").exists()
        page = clerk.open_year(yes[0])
        page.click("button:has-text('开应缴单')")
        expect(page.locator(".verdict-words")).to_contain_text("应缴 995 元")

        page = clerk.open_year(expired)
        expect(page.locator(".verdict-words")).to_contain_text("不能在这里参保")
        expect(page.locator(".note")).to_contain_text("居住证到2024年10月31日为止")


def test_the_window_closes_at_half_past_five(site: Site, village: str) -> None:
    """SH-55 to the minute; A-73: who registers too late to have a day left is warned before he does."""
    clerk, visitor, owing = Office(site, "clerk.shanghai"), Visitor(site), person("甲城镇", PLACE)
    with today(date(2024, 12, 17)):
        visitor.page.goto(f"{site.url}/apply/{POLICY}/{village}")
        assert visitor.page.locator("main .note").count() == 0
    with today(date(2024, 12, 18)):
        visitor.page.reload()
        expect(visitor.page.locator("main .note")).to_contain_text("2024年12月25日起才能缴费，2024年12月25日 17:30截止")
    with at(shanghai(2024, 12, 25, 17, 31)):
        page = clerk.open_year(owing)
        expect(page.locator(".verdict-sub")).to_contain_text("2025年3月25日起享受待遇")
    with at(shanghai(2024, 12, 25, 17, 10)):
        page = clerk.open_year(owing)
        expect(page.locator(".verdict-sub")).to_contain_text("2025年1月1日起享受待遇")
        page.click("text=收款 995 元")
        page.click("text=已收到，开收据")
        expect(page.locator(".verdict-words")).to_contain_text("已缴 995 元，2025年1月1日起享受待遇")


def test_a_village_enrols_its_rural_residents_as_a_list(site: Site, village: str) -> None:
    cadre = Office(site, "village.shanghai")
    with today(WEDNESDAY):
        assert cadre.enrol_batch(POLICY, village, "rural") >= 1
    assert Enrolment.objects.get(resident=person("辛农村", PLACE), state="live").route == "rural"


def test_a_school_hands_in_its_roll_and_its_pupils_are_enrolled_as_a_list(site: Site, village: str) -> None:
    free(village)
    pupil = people_of(village, 1, CHILD)[0]
    school, head, clerk = (Office(site, f"{who}.shanghai") for who in ("school", "head", "clerk"))
    rows = [["姓名", "公民身份号码", "学段"], [pupil.name, number_of(pupil), "小学"]]
    head.let_in(school.hand_in_list("school_rolls", "310000", rows))
    with today(WEDNESDAY):
        assert clerk.enrol_batch(POLICY, "310000", "school") >= 1
    assert Enrolment.objects.get(resident=pupil, state="live").route == "school"


def test_who_qualifies_by_a_permit_gives_its_last_day(site: Site, village: str) -> None:
    visitor, centre = Visitor(site), Office(site, "centre.shanghai")
    spouse = {"name": "何随迁", "id_number": number("340123", date(1989, 8, 8), 891), "born": date(1989, 8, 8),
              "tie": "permit_family", "route": "online"}  # fmt: skip
    with today(WEDNESDAY):
        visitor.fill(POLICY, village, **spouse)
        expect(visitor.page.locator("#permit_until-fault")).to_contain_text("有效期的最后一天")
        visitor.page.fill("#permit_until", "2024-10-31")
        visitor.page.click("text=下一步：传材料")
        expect(visitor.page.locator(".refusal")).to_contain_text("已经过期")
        visitor.page.fill("#permit_until", "2025-06-30")
        visitor.page.click("text=下一步：传材料")
        visitor.hand_in()
        centre.approve("何随迁")
        page = centre.goto(f"/console/people/{person('何随迁', PLACE).pk}/record")
        expect(page.locator("main")).to_contain_text("2025年6月30日")
