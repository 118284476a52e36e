"""Tengzhou's registration rules, played by its actors in a browser.

TZ-31 to TZ-33 who may enrol · TZ-34 nobody enrols in two places · TZ-36 and TZ-55 townships and villages register the
residents of their area · TZ-60 who does not is asked house by house, and the reason taken down.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import expect

from canbao.enrolment.models import Enrolment, UnenrolledReason
from canbao.registry.models import Resident
from tests.faces.site import PHONE, Site
from tests.journeys.walk import (
    PHOTOGRAPH,
    Office,
    Visitor,
    free,
    granted,
    number,
    number_of,
    people_of,
    person,
)

pytestmark = pytest.mark.browser
POLICY, PLACE = "370481-2025", "370481"
ADULT, BORN = number("370481", date(1990, 3, 7), 881), date(1990, 3, 7)


@pytest.fixture(scope="module")
def village(site: Site) -> str:
    return granted("village.tengzhou")


def test_from_the_public_form_to_the_first_bill(site: Site, village: str) -> None:
    visitor, office = Visitor(site), Office(site, "clerk.tengzhou")
    visitor.page.goto(f"{site.url}/apply")
    visitor.page.click("text=滕州")
    visitor.page.locator(".place-list a").first.click()
    assert visitor.page.locator(".trail a").count() == 2 and visitor.fits()
    visitor.apply(POLICY, village, name="白新民", id_number=ADULT, born=BORN)

    office.goto("/console/applications")
    office.page.click("text=白新民")
    with office.page.expect_download() as saved:
        office.page.locator(".files a").click()
    assert Path(saved.value.path()).read_bytes() == PHOTOGRAPH["buffer"]
    office.page.fill("#reason", "请补户口簿")
    office.page.click("button:has-text('退回补正')")

    stranger = Visitor(site)
    assert (stranger.page.goto(f"{site.url}/applications/{visitor.number}") or pytest.fail()).status == 404
    stranger.number = visitor.number
    stranger.look(ADULT)
    expect(stranger.page.locator(".note")).to_contain_text("请补户口簿")
    stranger.hand_in()
    office.approve("白新民")
    stranger.page.reload()
    expect(stranger.page.locator(".note-good")).to_contain_text("现在可以缴费")
    page = office.open_year(person("白新民", PLACE))
    expect(page.locator("#verdict")).to_contain_text("已登记，还没有开应缴单")


def test_the_township_enrols_a_list_and_takes_back_what_was_ticked_by_mistake(site: Site, village: str) -> None:
    free(village)
    first, second, *_ = people_of(village, 3)
    town = Office(site, "township.tengzhou")
    page = town.goto(f"/console/unenrolled?policy={POLICY}&area={village}")
    for one in (first, second):
        page.locator(f"input[name=person][value='{one.pk}']").check()
    page.click("text=登记选中的人…")
    expect(page.locator("main")).to_contain_text("现在什么都还没有写入")
    page.click("text=登记这些人")
    expect(page.locator("main")).to_contain_text("已登记 2 人")
    page.click("text=撤销这次登记")
    expect(page.locator(".note-good")).to_contain_text("已撤销")
    assert not Enrolment.objects.filter(resident__in=(first, second), state="live").exists()

    assert town.enrol_batch(POLICY, village, "town") >= 3
    assert Enrolment.objects.get(resident=first, state="live").route == "town"


def test_nobody_is_enrolled_in_two_pooling_areas(site: Site, village: str) -> None:
    """TZ-34: the same number is enrolled in Weifang already; the form, the office and the applicant each hear of it."""
    there = Enrolment.objects.filter(policy_id="370700-2025", state="live", resident__number_index__isnull=False)
    twice = there.filter(resident__birth_on__lt=date(2000, 1, 1)).order_by("pk")[0].resident
    visitor, office = Visitor(site), Office(site, "clerk.tengzhou")
    who = {"name": twice.name, "id_number": number_of(twice), "born": twice.birth_on, "sex": twice.sex}
    visitor.fill(POLICY, village, **who, other_insurance="insured_elsewhere")
    expect(visitor.page.locator(".refusal")).to_contain_text("不能在此参保")
    visitor.apply(POLICY, village, **who)
    office.review(twice.name, "通过，参保登记")
    expect(office.page.locator(".refusal")).to_contain_text("已在潍坊市参保登记，不能重复参保")
    office.page.fill("#reason", "已在潍坊市参保，请先在那里停保")
    office.page.click("button:has-text('不通过')")
    visitor.look(number_of(twice))
    expect(visitor.page.locator(".note")).to_contain_text("请先在那里停保")


def test_the_office_sees_what_the_register_says_otherwise(site: Site, village: str) -> None:
    """TZ-31: who is in employee insurance by the register is not taken at his word."""
    employed = Resident.objects.filter(
        village_code__startswith=PLACE, employee_insured=True, number_index__isnull=False, died_on=None
    ).exclude(pk__in=Enrolment.objects.filter(state="live").values("resident_id"))[0]
    visitor, office = Visitor(site), Office(site, "clerk.tengzhou")
    visitor.apply(POLICY, employed.village_code, name=employed.name, id_number=number_of(employed),
                  born=employed.birth_on, sex=employed.sex)  # fmt: skip
    office.review(employed.name, "通过，参保登记")
    expect(office.page.locator(".refusal")).to_contain_text("职工")
    expect(office.page.locator("#claims")).to_contain_text("参加职工医保")
    expect(office.page.locator("main")).to_contain_text("不能在这里参保")
    office.page.fill("#reason", "登记册显示已参加职工医保")
    office.page.click("button:has-text('不通过')")


def test_a_village_cadre_asks_one_after_another_on_a_phone(site: Site, village: str) -> None:
    """TZ-60 at 390 px: who, the reason with its evidence and its last day; and whoever is willing is enrolled there."""
    free(village)
    cadre = Office(site, "village.tengzhou", viewport=PHONE)
    page = cadre.goto("/console/unenrolled")
    page.click("text=逐人问原因")
    first = page.locator(".visit-who h2").inner_text()
    page.locator("input[value='army']").check()
    page.click("text=记下，下一位")
    expect(page.locator(".refusal")).to_contain_text("这个原因要写明凭据")
    page.fill("#evidence", "入伍通知书")
    page.click("summary:has-text('过一段时间再问')")
    page.fill("#expires_on", "2025-09-01")
    page.click("text=记下，下一位")
    expect(page.locator(".note-good")).to_contain_text(first)
    kept = UnenrolledReason.objects.get(resident__name=first, resident__village_code=village)
    assert (kept.reason, kept.evidence, str(kept.expires_on)) == ("army", "入伍通知书", "2025-09-01")

    willing = page.locator(".visit-who h2").inner_text()
    page.click("text=愿意，现在登记")
    expect(page.locator(".note-good")).to_contain_text(f"{willing}已参保登记")
    page.goto(f"{site.url}/console/unenrolled?reason=army")
    expect(page.locator("tbody")).to_contain_text(first)
    expect(page.locator("tbody")).to_contain_text("入伍通知书")
    expect(page.locator("tbody")).to_contain_text("2025年9月1日")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
