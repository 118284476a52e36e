"""Pingyin's registration rules, played by its actors in a browser.

PY-16 permit holders not enrolled at home · PY-37 and PY-69 those who are registered already · PY-44 new people, people
who had stopped and people whose data changed, at the township's centre · PY-45 data maintenance before late payment ·
PY-52, PY-53 and PY-68 schools and kindergartens hand in rolls to the township · PY-65 and PY-66 aided people
declared from the departments' lists.
"""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import expect

from canbao.enrolment.models import Enrolment
from tests.faces.site import Site
from tests.journeys.walk import (
    CHILD,
    Office,
    Visitor,
    enrolled_in,
    free,
    number,
    number_of,
    people_of,
    peopled,
    person,
    today,
)

pytestmark = pytest.mark.browser
POLICY, PLACE = "370124-2025", "370124"
NEW, BORN = number("370124", date(1990, 3, 7), 881), date(1990, 3, 7)
AFTER = date(2025, 2, 10)


@pytest.fixture(scope="module")
def village(site: Site) -> str:
    return person("孟庆山", PLACE).village_code


def test_a_new_person_registers_at_the_centre_and_then_pays(site: Site, village: str) -> None:
    centre, clerk = Office(site, "township.pingyin"), Office(site, "clerk.pingyin")
    centre.take_down(POLICY, village, name="白新民", id_number=NEW, born=BORN, seen="有效身份证件")
    clerk.approve("白新民")
    made = Enrolment.objects.get(resident=person("白新民", PLACE))
    assert (made.route, made.payable_from) == ("town", None)
    page = clerk.open_year(person("白新民", PLACE))
    page.click("button:has-text('开应缴单')")
    expect(page.locator(".verdict-words")).to_contain_text("应缴 440 元")


def test_an_application_from_home_goes_to_the_same_centre(site: Site, village: str) -> None:
    visitor, centre = Visitor(site), Office(site, "township.pingyin")
    id_number = number("370124", date(1986, 6, 6), 883)
    visitor.fill(POLICY, village, name="封在家", id_number=id_number, born=date(1986, 6, 6), route="late")
    expect(visitor.page.locator(".refusal")).to_contain_text("错过缴费期后申请参保的居民")
    visitor.page.locator("#route-town").check()
    visitor.page.click("text=下一步：传材料")
    visitor.number = visitor.page.locator(".confirmation").inner_text()
    visitor.hand_in()
    centre.approve("封在家")
    visitor.look(id_number)
    expect(visitor.page.locator(".note-good")).to_contain_text("现在可以缴费")


def test_who_stopped_asks_to_be_enrolled_again_and_who_never_did_is_told(site: Site, village: str) -> None:
    centre, visitor = Office(site, "township.pingyin"), Visitor(site)
    stopped = enrolled_in(village)
    page = centre.open_year(stopped)
    page.click("summary:has-text('停保')")
    page.fill("#stop-reason", "外出务工")
    page.click("details[open] button:has-text('停保')")
    expect(page.locator(".note-good")).to_contain_text("已停保")

    visitor.apply(POLICY, village, name=stopped.name, id_number=number_of(stopped), born=stopped.birth_on,
                  sex=stopped.sex, kind="restart", route="town")  # fmt: skip
    centre.approve(stopped.name)
    assert Enrolment.objects.get(resident=stopped, state="live").route == "town"

    visitor.apply(POLICY, village, name="汤从未", id_number=number("370124", date(1991, 1, 1), 885),
                  born=date(1991, 1, 1), kind="restart", route="town")  # fmt: skip
    centre.review("汤从未", "通过，参保登记")
    expect(centre.page.locator(".refusal")).to_contain_text("登记册里没有这个号码")
    centre.page.fill("#reason", "没有停保记录，请改选参保登记")
    centre.page.click("button:has-text('退回补正')")


def test_who_moved_has_his_data_changed_and_stays_enrolled(site: Site, village: str) -> None:
    clerk, visitor = Office(site, "clerk.pingyin"), Visitor(site)
    home = peopled(PLACE, but=village, adults=1)
    mover = enrolled_in(home)
    visitor.apply(POLICY, village, name=mover.name, id_number=number_of(mover), born=mover.birth_on, sex=mover.sex,
                  kind="change", route="town")  # fmt: skip
    clerk.approve(mover.name)
    mover.refresh_from_db()
    assert mover.village_code == village
    assert Enrolment.objects.filter(resident=mover, state="live").count() == 1
    page = clerk.goto(f"/console/people/{mover.pk}/record")
    expect(page.locator("main")).to_contain_text("居住")


def test_a_school_hands_in_its_roll_and_the_township_enrols_the_pupils(site: Site, village: str) -> None:
    """PY-52, PY-53, PY-68: the school's roll, a second person's yes, then one list; all of them are registered.

    Whom the roll names and the register does not know, the township registers first.
    """
    home = peopled(PLACE, but=village, adults=1)
    free(home)
    pupils = people_of(home, 2, CHILD)
    school, head, clerk = (Office(site, f"{who}.pingyin") for who in ("school", "head", "clerk"))
    rows = [[one.name, number_of(one), kind] for one, kind in zip(pupils, ("小学", "幼儿园"), strict=True)]
    rows.append(["宗新生", number("370124", date(2014, 5, 6), 891), "小学"])
    head.let_in(school.hand_in_list("school_rolls", "370124", [["姓名", "公民身份号码", "学段"], *rows]))
    centre = Office(site, "township.pingyin")
    centre.goto("/console/newcomers")
    centre.page.click("tbody a:has-text('宗新生')")
    centre.page.fill("#village", village)
    centre.page.click("button:has-text('核实无误，登记')")
    expect(centre.page.locator(".note-good")).to_contain_text("宗新生：已登记")
    pupils.append(person("宗新生", PLACE))
    assert clerk.enrol_batch(POLICY, "370124", "school") >= 3
    found = Enrolment.objects.filter(resident__in=pupils, state="live")
    assert {made.route for made in found} == {"school"} and found.count() == 3


def test_aided_people_are_declared_from_the_list_of_a_department(site: Site, village: str) -> None:
    """PY-65, PY-66: civil affairs hands in its list, the township registers those who are on it."""
    free(village)
    aided = people_of(village, 1)[0]
    civil, head, clerk = (Office(site, f"{who}.pingyin") for who in ("civil", "head", "clerk"))
    rows = [["姓名", "公民身份号码", "人员类别", "起始日期"], [aided.name, number_of(aided), "低保对象", "2024-10-01"]]
    head.let_in(civil.hand_in_list("categories", "370124", rows))
    page = clerk.batch(POLICY, village, "aided")
    expect(page.locator("#preview")).to_contain_text(aided.name)
    assert clerk.enrol_batch(POLICY, village, "aided") >= 1
    assert Enrolment.objects.get(resident=aided, state="live").route == "aided"
    page = clerk.open_year(aided)
    page.click("button:has-text('开应缴单')")
    expect(page.locator(".verdict-words")).to_contain_text("个人不用缴费")


def test_who_missed_the_window_registers_by_data_maintenance_and_waits(site: Site, village: str) -> None:
    """PY-45, PY-36: nobody pays late before the centre maintained his data, registered in time or not."""
    clerk, centre = Office(site, "clerk.pingyin"), Office(site, "township.pingyin")
    unpaid = enrolled_in(PLACE)
    page = clerk.open_year(unpaid)
    page.click("button:has-text('开应缴单')")
    expect(page.locator(".verdict-words")).to_contain_text("还没有缴")
    with today(AFTER):
        page = clerk.open_year(unpaid)
        expect(page.locator(".verdict-words")).to_contain_text("要先做补缴数据维护，再缴费")
        assert page.locator("text=收款 440 元").count() == 0
        page = centre.open_year(unpaid)
        page.click("button:has-text('做补缴数据维护')")
        expect(page.locator(".note-good")).to_contain_text("现在可以缴费")
        page = clerk.open_year(unpaid)
        page.click("text=收款 440 元")
        page.click("text=已收到，开收据")
        expect(page.locator(".verdict-words")).to_contain_text("2025年5月1日起享受待遇")

        centre.take_down(POLICY, village, name="迟到", id_number=number("370124", date(1980, 2, 2), 887),
                         born=date(1980, 2, 2), seen="有效身份证件", route="late")  # fmt: skip
        clerk.approve("迟到")
        assert Enrolment.objects.get(resident=person("迟到", PLACE)).route == "late"


def test_a_permit_holder_who_is_enrolled_at_home_is_refused(site: Site, village: str) -> None:
    visitor = Visitor(site)
    visitor.fill(POLICY, village, name="马远来", id_number=number("411723", date(1988, 4, 5), 889),
                 born=date(1988, 4, 5), tie="permit", permit_until="2026-01-01",
                 other_insurance="insured_elsewhere")  # fmt: skip
    expect(visitor.page.locator(".refusal")).to_contain_text("不能在此参保")
