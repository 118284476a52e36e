"""In a real Chromium: nothing serious for axe-core, nothing wider than a phone, nothing that the policy forbids."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from canbao.cli.database.server import PrivateServer
from tests.faces import second_factor
from tests.faces.conftest import CAMPAIGN_DAY
from tests.faces.pages import PUBLIC, Page, console_pages
from tests.faces.site import DESK, PHONE, Site, open_page, running_site, serious_faults, sign_in
from tests.working import working

pytestmark = pytest.mark.browser
NAMES = [page.name for page in (*PUBLIC, *console_pages(0, 0, 0))]


@pytest.fixture(scope="module")
def site(django_db_setup: None, django_db_blocker: Any) -> Iterator[Site]:
    # Playwright keeps an event loop in this thread, in which Django would refuse to talk to the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with django_db_blocker.unblock(), running_site() as running:
        yield running
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def page_named(site: Site, name: str) -> Page:
    return next(
        page for page in (*PUBLIC, *console_pages(site.covered, site.waiting, site.household)) if page.name == name
    )


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_accessible_narrow_enough_and_within_the_policy(site: Site, name: str, language: str) -> None:
    wanted = page_named(site, name)
    page = site.kept_context(wanted.login, language).new_page()
    outside: list[str] = []
    page.on(
        "request",
        lambda request: outside.append(request.url) if not request.url.startswith((site.url, "data:")) else None,
    )
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    open_page(page, site, wanted)
    expect(page.locator("#preview .spinner")).to_have_count(0)

    found: dict[str, list[str]] = {}
    for width, viewport in (("desk", DESK), ("phone", PHONE)):
        page.set_viewport_size(viewport)
        found[f"axe {width}"] = serious_faults(page)
        if page.evaluate("document.documentElement.scrollWidth") > viewport["width"]:
            found[f"too wide {width}"] = [name]
    found["policy"] = page.evaluate("window.cspViolations")
    found["outside"], found["errors"] = outside, errors
    page.close()

    assert {what: faults for what, faults in found.items() if faults} == {}


def test_the_checks_see_what_is_wrong(site: Site) -> None:
    """Faults put into a good page are found, so that silence above means something."""
    page = site.kept_context(None, "zh-hans").new_page()
    page.goto(f"{site.url}/policies")
    assert serious_faults(page) == []

    page.evaluate("document.querySelector('main').innerHTML += '<img src=/x.png><p style=\"color: #999\">x</p>'")
    page.evaluate("document.querySelector('main').append(Object.assign(document.createElement('input')))")

    assert {fault.split(":")[0] for fault in serious_faults(page)} >= {"image-alt", "label"}
    assert any("style-src" in violation for violation in page.evaluate("window.cspViolations"))
    page.close()


def test_large_print_fits_a_phone_as_well(site: Site) -> None:
    context = site.context(None, viewport=PHONE)
    page = context.new_page()
    open_page(page, site, page_named(site, "pay-what"))
    small = page.evaluate("getComputedStyle(document.querySelector('.reason-text')).fontSize")
    page.get_by_role("button", name="大字版").click()
    page.wait_for_load_state("networkidle")

    large = page.evaluate("getComputedStyle(document.querySelector('.reason-text')).fontSize")
    assert float(large[:-2]) >= 1.3 * float(small[:-2])
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert serious_faults(page) == []
    context.close()


def test_the_answer_follows_the_replies_without_a_reload(site: Site) -> None:
    context = site.context(None)
    page = context.new_page()
    page.goto(f"{site.url}/pay-what?policy=370481-2025")
    page.evaluate("window.sameDocument = true")
    for box, value in (("#born_y", "1961"), ("#born_m", "5"), ("#born_d", "8")):
        page.fill(box, value)
    page.locator("#born_d").blur()
    expect(page.locator(".hero-amount")).to_contain_text("200")

    page.locator("label", has_text="别的日子").click()
    page.fill("#day", "2025-03-10")
    page.locator("#day").blur()
    expect(page.locator("#answer")).to_contain_text("2025年6月10日起")
    assert page.url == f"{site.url}/pay-what?policy=370481-2025"

    page.locator("label", has_text="上海市").click()
    expect(page.locator("h1 + p")).to_contain_text("上海市")
    expect(page.locator("#born_y")).to_have_value("1961")
    assert page.url == f"{site.url}/pay-what?policy=310000-2025"
    assert page.evaluate("window.sameDocument") is True
    assert page.evaluate("window.cspViolations") == []
    context.close()


def test_the_answer_comes_without_javascript_too(site: Site) -> None:
    context = site.context(None, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.url}/pay-what?policy=370481-2025")
    for box, value in (("#born_y", "1961"), ("#born_m", "5"), ("#born_d", "8")):
        page.fill(box, value)
    page.get_by_role("button", name="看结果").click()

    expect(page.locator(".hero-amount")).to_contain_text("200")
    assert "1961" not in page.url
    page.locator(".clause summary").first.click()
    expect(page.locator(".clause blockquote").first).to_be_visible()
    page.get_by_role("button", name="English").click()
    expect(page.locator("h1")).to_have_text("What do I pay, and from when am I covered?")
    expect(page.locator(".hero-amount")).to_contain_text("200")
    page.get_by_role("button", name="Compare").click()
    expect(page.locator(".is-mine .sum")).to_have_text("200 yuan")
    assert "1961" not in page.url
    context.close()


def test_the_replies_go_along_to_a_comparison_another_language_and_large_print(site: Site) -> None:
    context = site.context(None)
    page = context.new_page()
    page.goto(f"{site.url}/pay-what?policy=370481-2025")
    for box, value in (("#born_y", "1961"), ("#born_m", "5"), ("#born_d", "8")):
        page.fill(box, value)
    page.locator("#born_d").blur()
    expect(page.locator(".hero-amount")).to_contain_text("200")

    page.get_by_role("button", name="大字版").click()
    expect(page.locator("html.large-print .hero-amount")).to_contain_text("200")
    assert page.url == f"{site.url}/pay-what?policy=370481-2025"
    page.get_by_role("button", name="和其他地方比一比").click()
    expect(page.locator(".is-mine .sum")).to_have_text("200 元")
    page.get_by_role("button", name="English").click()
    expect(page.locator(".is-mine .sum")).to_have_text("200 yuan")
    assert page.url == f"{site.url}/compare?policy=370481-2025"

    page.locator("form.trail button").click()
    expect(page.locator(".hero-amount")).to_contain_text("200")
    expect(page.locator("#born_y")).to_have_value("1961")
    page.reload()
    expect(page.locator("h1")).to_have_text("What do I pay, and from when am I covered?")
    assert page.evaluate("window.cspViolations") == []
    context.close()


def test_back_finds_the_answer_and_the_list_of_people_again(site: Site) -> None:
    visitor = site.context(None).new_page()
    open_page(visitor, site, page_named(site, "pay-what"))
    visitor.get_by_role("link", name="看完整政策").click()
    visitor.wait_for_url("**/policies/*")
    visitor.go_back()
    expect(visitor.locator("h1")).to_have_text("我要缴多少，从哪天起享受？")
    visitor.context.close()

    staff = site.context("clerk.tengzhou").new_page()
    staff.goto(f"{site.url}/console/people")
    staff.fill("#q", "lyz")
    staff.locator(".hits a", has_text="刘玉珍").click()
    expect(staff.locator("h1")).to_have_text("刘玉珍")
    staff.go_back()
    expect(staff.locator(".hits a", has_text="刘玉珍")).to_be_visible()
    assert staff.url == f"{site.url}/console/people"
    staff.context.close()


def test_a_page_that_is_too_old_says_so_in_the_place_of_the_answer(site: Site) -> None:
    context = site.context("clerk.tengzhou")
    page = context.new_page()
    page.goto(f"{site.url}/console/people")
    page.context.clear_cookies(name="csrftoken")
    page.fill("#q", "lyz")

    expect(page.locator("#found h1")).to_have_text("页面放得太久，已经过期")
    assert page.evaluate("window.cspViolations") == []
    context.close()


def test_staff_go_by_keyboard(site: Site) -> None:
    context = site.context("clerk.tengzhou")
    page = context.new_page()
    page.goto(f"{site.url}/console/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("/")
    page.keyboard.type("lyz")
    page.keyboard.press("Enter")
    page.wait_for_load_state("networkidle")

    expect(page.locator(".hits a").first).to_contain_text("刘玉珍")
    assert page.url == f"{site.url}/console/people"
    context.close()


def test_who_is_found_is_reached_and_opened_by_the_arrows(site: Site) -> None:
    context = site.context("clerk.tengzhou")
    page = context.new_page()
    page.goto(f"{site.url}/console/people")
    page.fill("#q", "王")
    expect(page.locator("#found .hits a").nth(1)).to_contain_text("王")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#found .hits a").nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.press("ArrowDown")
    name = page.locator("#found .hits strong").first.inner_text()
    page.keyboard.press("Enter")
    expect(page.locator("h1").first).to_contain_text(name)
    context.close()


def test_the_keys_are_shown_by_a_key_and_lead_to_the_sections(site: Site) -> None:
    context = site.context("clerk.tengzhou")
    page = context.new_page()
    page.goto(f"{site.url}/console/")
    expect(page.locator("#places .waiting-list").first).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("到查找框")
    assert serious_faults(page) == []
    page.keyboard.press("g")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("g")
    page.keyboard.press("p")
    expect(page).to_have_url(f"{site.url}/console/progress")
    context.close()


def test_from_the_sign_in_to_the_first_day_of_cover(site: Site) -> None:
    context = site.context(None)
    page = context.new_page()
    sign_in(page, site.url, "clerk.tengzhou")
    page.get_by_role("link", name="找人").first.click()
    page.fill("#q", "单雄飞")
    page.locator(".hits a", has_text="单雄飞").click()
    page.get_by_role("button", name="开应缴单").click()
    expect(page.locator(".verdict-words")).to_have_text("应缴 400 元，还没有缴。")

    page.get_by_role("button", name="收款 400 元").click()
    expect(page.get_by_role("dialog")).to_contain_text("金额由应缴单确定")
    assert serious_faults(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.get_by_role("button", name="收款 400 元").click()
    page.get_by_role("button", name="已收到，开收据").click()

    expect(page.locator(".verdict-words")).to_have_text("已缴 400 元，2025年1月1日起享受待遇。")
    page.get_by_role("link", name="打印收据").first.click()
    expect(page.locator("h1")).to_have_text("城乡居民基本医疗保险费收据")
    assert serious_faults(page) == []
    context.close()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_new_auditor_binds_his_phone_and_is_locked_out_after_wrong_passwords(site: Site, language: str) -> None:
    second_factor.way_in(site, language)


def test_the_bills_of_a_place_are_issued_with_progress_and_the_refused_are_named(
    site: Site, postgres: PrivateServer
) -> None:
    context = site.context("clerk.weifang")
    page = context.new_page()
    page.goto(f"{site.url}/console/bills")
    page.get_by_role("button", name="一次开出").click()
    with working(postgres, CAMPAIGN_DAY):
        expect(page.locator("#run .tag-good")).to_have_text("已完成", timeout=60_000)
    assert page.evaluate("window.cspViolations") == []
    assert serious_faults(page) == []

    page.locator(".reason-links a").first.click()
    expect(page.locator("tbody tr").first).to_be_visible()
    page.locator("tbody a").first.click()
    expect(page.locator(".verdict-words")).to_be_visible()
    context.close()


def test_the_chart_says_what_the_table_says(site: Site) -> None:
    context = site.context("clerk.tengzhou")
    page = context.new_page()
    page.goto(f"{site.url}/console/progress")
    page.wait_for_selector("#progress-chart canvas")
    drawn = page.evaluate(
        "echarts.getInstanceByDom(document.getElementById('progress-chart'))"
        ".getOption().series[0].data.map((bar) => bar.value)"
    )
    page.hover("#progress-chart canvas", position={"x": 300, "y": 60})

    table = [int(text.replace(",", "")) for text in page.locator("tbody td:nth-child(2)").all_inner_texts()]
    assert drawn == table
    labels = page.evaluate(
        "echarts.getInstanceByDom(document.getElementById('progress-chart'))"
        ".getOption().series[1].data.map((bar) => [bar.value, bar.label.position, bar.label.color])"
    )
    short = [(position, colour) for percent, position, colour in labels if percent < 18]
    assert short and all(position == "right" and colour not in ("#fff", "inherit", "") for position, colour in short)
    assert page.evaluate("window.cspViolations") == []
    context.close()
