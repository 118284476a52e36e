"""Weifang's chapter 参保登记方式, played by its actors in a browser.

WF-33 and WF-42 first enrolment before payment · WF-34 WeChat account, here the public form · WF-35 newborns on it ·
WF-36 counters · WF-37 documents seen · WF-38 batch of a village, batch of a school · WF-39 college by its roll ·
WF-40 low-income student where the status was recognised · WF-41 hospital of birth · WF-19 window "in principle".
"""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import expect

from canbao.enrolment.models import Application, Enrolment, EnrolmentBatch
from tests.faces.site import PHONE, Site
from tests.journeys.walk import (
    Office,
    Visitor,
    certified,
    free,
    granted,
    number,
    number_of,
    people_of,
    peopled,
    person,
)

pytestmark = pytest.mark.browser
POLICY, PLACE = "370700-2025", "3707"
ADULT, BORN = number("370702", date(1990, 3, 7), 881), date(1990, 3, 7)
MOTHER = number("370702", date(1996, 5, 6), 882)


@pytest.fixture(scope="module")
def village(site: Site) -> str:
    """Where the cast lives: the village of the cadre."""
    return granted("village.weifang")


def test_a_resident_applies_online_and_pays_only_after_registration(site: Site, village: str) -> None:
    visitor, office = Visitor(site), Office(site, "clerk.weifang")
    visitor.apply(POLICY, village, name="白新民", id_number=ADULT, born=BORN, route="wechat")

    office.review("白新民", "退回补正", "请补户口簿")
    visitor.look(ADULT)
    expect(visitor.page.locator(".note")).to_contain_text("请补户口簿")
    visitor.hand_in()
    # Before the office agrees nobody is registered, so there is nothing that could be paid.
    office.goto("/console/people")
    office.page.fill("#q", "白新民")
    expect(office.page.locator("#found")).to_contain_text("没有找到")

    office.approve("白新民")
    visitor.look(ADULT)
    expect(visitor.page.locator(".note-good")).to_contain_text("现在可以缴费")
    page = office.open_year(person("白新民", PLACE))
    expect(page.locator("dl.facts").first).to_be_visible()
    assert "公众号" in page.content()
    page.locator("label", has_text="低档").first.click()
    page.click("text=选定档次")
    page.click("button:has-text('开应缴单')")
    page.click("text=收款 400 元")
    page.click("text=已收到，开收据")
    expect(page.locator(".verdict-words")).to_contain_text("已缴 400 元，2025年1月1日起享受待遇")


def test_who_is_refused_sees_why(site: Site, village: str) -> None:
    visitor, office = Visitor(site), Office(site, "township.weifang")
    other = number("370702", date(1985, 8, 8), 883)
    visitor.apply(POLICY, village, name="乔错填", id_number=other, born=date(1985, 8, 8), route="wechat")
    office.review("乔错填", "不通过", "")
    expect(office.page.locator(".refusal")).to_contain_text("没有写明原因")
    office.page.fill("#reason", "已参加职工医保")
    office.page.click("button:has-text('不通过')")
    visitor.look(other)
    expect(visitor.page.locator("h1")).to_contain_text("未通过")
    expect(visitor.page.locator(".note")).to_contain_text("已参加职工医保")


def test_a_newborn_online_joins_the_household_of_the_mother(site: Site, village: str) -> None:
    office, mother = Office(site, "clerk.weifang"), Visitor(site)
    mother.apply(POLICY, village, name="李春燕", id_number=MOTHER, born=date(1996, 5, 6), sex="female", route="wechat")
    office.approve("李春燕")
    mother.apply(POLICY, village, name="李小寒", id_number=MOTHER, born=date(2024, 11, 8), sex="female",
                 route="wechat_newborn", relation="parent")  # fmt: skip
    office.approve("李小寒")
    child = person("李小寒", PLACE)
    assert child.id_number is None
    assert Enrolment.objects.get(resident=child).route == "wechat_newborn"


def test_the_township_centre_takes_down_and_checks_documents(site: Site, village: str) -> None:
    office = Office(site, "township.weifang")
    who = {"name": "夏临窗", "id_number": number("370702", date(1979, 9, 9), 885), "born": date(1979, 9, 9)}
    page = office.take_down(POLICY, village, **who, route="counter")
    expect(page.locator(".refusal")).to_contain_text("没有勾选看过的证件")
    page.locator("input[name=seen][value=户口簿]").check()
    page.click("text=受理，交审核")
    expect(page.locator(".signed-by")).to_be_visible()
    # Whoever took the words down does not decide on them.
    assert page.locator("text=现在审核").count() == 0
    clerk = Office(site, "clerk.weifang")
    clerk.goto("/console/applications")
    clerk.page.click("tbody a:has-text('夏临窗')")
    expect(clerk.page.locator(".note").first).to_contain_text("户口簿")
    clerk.page.click("button:has-text('通过，参保登记')")
    clerk.page.locator(".note-good").wait_for()
    assert Enrolment.objects.get(resident=person("夏临窗", PLACE)).route == "counter"


def test_the_agency_window_enrols_who_is_in_the_register(site: Site) -> None:
    office, mover = Office(site, "clerk.weifang"), person("王建国", PLACE)
    page = office.enrol(mover, "counter", tier="low")
    expect(page.locator(".refusal")).to_contain_text("没有勾选看过的证件")
    page = office.enrol(mover, "counter", "居民身份证", "low")
    expect(page.locator(".note-good")).to_contain_text("已参保登记")
    assert Enrolment.objects.get(resident=mover, state="live").route == "counter"


def test_a_village_is_enrolled_as_a_list_by_its_cadre_and_undone(site: Site, village: str) -> None:
    free(village)
    cadre = Office(site, "village.weifang", viewport=PHONE)
    page = cadre.batch(POLICY, village, "community_school")
    expect(page.locator("#preview")).to_contain_text("将登记的人")
    made = cadre.enrol_batch(POLICY, village, "community_school")
    assert made == Enrolment.objects.filter(batch=EnrolmentBatch.objects.latest("pk")).count() > 0
    page.click("text=撤销这次成批登记")
    expect(page.locator(".note-good")).to_contain_text("已撤销")
    assert cadre.enrol_batch(POLICY, village, "community_school") == made


def test_the_college_hands_in_its_roll_and_its_students_are_enrolled_together(site: Site, village: str) -> None:
    """WF-38 to WF-40: the roll, a second person's yes, the list; who studies elsewhere is told where to enrol."""
    campus = peopled(PLACE, but=village)
    free(campus)
    here, away, poor = people_of(campus, 3)
    school, head = Office(site, "school.weifang"), Office(site, "head.weifang")
    headings = ["姓名", "公民身份号码", "学生类别", "学校名称", "学校所在地"]
    rows = [[here.name, number_of(here), "本科", "某学院", "370705"]]
    head.let_in(school.hand_in_list("university_rolls", "370700", [headings, *rows]))
    certified(poor, "subsistence_allowance")

    clerk = Office(site, "clerk.weifang")
    for one in (away, poor):
        clerk.note_student(one, "university", "370102")
    clerk.batch(POLICY, "370700", "college")
    expect(clerk.page.locator("#preview")).to_contain_text(here.name)
    clerk.batch(POLICY, campus, "community_school")
    expect(clerk.page.locator("#preview")).to_contain_text("大中专学生应在学籍地参保")
    assert clerk.enrol_batch(POLICY, "370700", "college") >= 1
    assert Enrolment.objects.get(resident=here, state="live").route == "college"

    page = clerk.enrol(away, tier="", route="counter", seen="居民身份证")
    expect(page.locator(".refusal")).to_contain_text("大中专学生应在学籍地参保")
    page = clerk.enrol(poor, route="college_recognised")
    expect(page.locator(".note-good")).to_contain_text("已参保登记")
    assert Enrolment.objects.get(resident=poor, state="live").route == "college_recognised"


def test_the_hospital_of_birth_registers_a_newborn(site: Site, village: str) -> None:
    ward, office = Office(site, "hospital.weifang"), Office(site, "clerk.weifang")
    page = ward.take_down(POLICY, village, name="李初啼", id_number=MOTHER, born=date(2024, 11, 19), relation="parent",
                          seen="有效身份证件")  # fmt: skip
    expect(page.locator("h1")).to_contain_text("待审核")
    assert page.locator("text=现在审核").count() == 0
    office.approve("李初啼")
    page.reload()
    expect(page.locator(".note-good")).to_contain_text("已参保登记")
    row = Application.objects.get(name="李初啼")
    assert row.taken_by_name == "分娩医院医保窗口 · 芮护士"
    assert Enrolment.objects.get(pk=row.enrolment_id).route == "hospital"


def test_a_window_that_closes_in_principle_is_extended_and_everybody_sees_it(site: Site) -> None:
    head, reviewer, visitor = Office(site, "head.weifang"), Office(site, "reviewer.weifang"), Visitor(site)
    head.extend(POLICY, "370700", "2025-01-31", "潍医保发〔2025〕1号", "系统停机三日")
    reviewer.agree("2025年1月31日")
    for path in ("/", f"/policies/{POLICY}"):
        visitor.page.goto(site.url + path)
        expect(visitor.page.locator("main")).to_contain_text("2025年1月31日")
