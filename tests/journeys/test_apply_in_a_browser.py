"""In a browser: a resident applies on a phone, the office asks for more and then enrols; a cadre asks at the doors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from canbao.kernel.personal import id_check_digit
from tests.faces.site import PHONE, Site, running_site

pytestmark = pytest.mark.browser
FIRST_17 = "37048119900307888"
NUMBER = FIRST_17 + id_check_digit(FIRST_17)


@pytest.fixture(scope="module")
def site(django_db_setup: None, django_db_blocker: Any) -> Iterator[Site]:
    with django_db_blocker.unblock(), running_site() as running:
        yield running


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    photo = tmp_path / "身份证.png"
    photo.write_bytes(b"\x89PNG\r\n\x1a\n identity card")
    return photo


def test_from_the_public_form_to_the_first_bill(site: Site, photograph: Path) -> None:
    phone = site.context(None, viewport=PHONE).new_page()
    phone.goto(f"{site.url}/apply")
    phone.click("text=滕州")
    while phone.locator(".place-list a").count():
        known = phone.locator(".place-list a", has_text="荆河街道")
        (known if known.count() else phone.locator(".place-list a")).first.click()
    phone.fill("#name", "白新民")
    phone.locator("#sex-male").check(force=True)
    for box, value in (("#id_number", NUMBER), ("#phone", "13800000000"), ("#applicant_name", "白新民"),
                       ("#born_y", "1990"), ("#born_m", "3"), ("#born_d", "7")):  # fmt: skip
        phone.fill(box, value)
    phone.click("text=下一步：传材料")
    number = phone.locator(".confirmation").inner_text()
    assert len(number) == 12 and phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    phone.set_input_files("#files", photograph)
    phone.click("button:has-text('上传')")
    phone.locator(".files li").wait_for()
    phone.click("button:has-text('提交申请')")
    phone.locator("h1", has_text="待审核").wait_for()

    office = site.context("clerk.tengzhou").new_page()
    office.goto(f"{site.url}/console/applications")
    office.click("text=白新民")
    with office.expect_download() as saved:
        office.locator(".files a").click()
    assert Path(saved.value.path()).read_bytes() == photograph.read_bytes()
    office.fill("#reason", "请补户口簿")
    office.click("button:has-text('退回补正')")
    office.locator(".note-good").wait_for()

    stranger = site.context(None, viewport=PHONE).new_page()
    assert (stranger.goto(f"{site.url}/applications/{number}") or pytest.fail()).status == 404
    stranger.goto(f"{site.url}/applications")
    stranger.fill("#number", number)
    stranger.fill("#id_number", NUMBER)
    stranger.locator("main form button").click()
    stranger.locator(".note", has_text="请补户口簿").wait_for()
    stranger.click("button:has-text('提交申请')")
    stranger.locator("h1", has_text="待审核").wait_for()

    office.goto(f"{site.url}/console/applications")
    office.click("text=白新民")
    office.click("button:has-text('通过，参保登记')")
    office.locator(".note-good").wait_for()
    stranger.reload()
    assert "现在可以缴费" in stranger.locator(".note-good").inner_text()
    office.goto(f"{site.url}/console/applications?show=every")
    office.click("text=白新民")
    office.click("text=打开此人年度页面")
    office.locator("#verdict", has_text="已登记，还没有开应缴单").wait_for()


def test_a_village_cadre_asks_one_after_another_on_a_phone(site: Site) -> None:
    page = site.context("township.tengzhou", viewport=PHONE).new_page()
    page.goto(f"{site.url}/console/unenrolled")
    page.click("text=逐人问原因")
    first = page.locator(".visit-who h2").inner_text()
    page.locator("input[value='army']").check(force=True)
    page.fill("#evidence", "入伍通知书")
    page.click("text=记下，下一位")
    page.locator(".note-good", has_text=first).wait_for()
    if page.locator(".visit-who h2").count():
        assert page.locator("text=愿意，现在登记").is_visible()
    page.goto(f"{site.url}/console/unenrolled?reason=army")
    assert first in page.locator("tbody").inner_text()
