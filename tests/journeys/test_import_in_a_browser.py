"""A list by its people in a browser: handed in, columns, preview, errors, a second person, written, undone."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext
from playwright.sync_api import Page as BrowserPage

from canbao.areas import queries as areas
from canbao.intake.actions import working
from canbao.intake.reading.files import open_file
from canbao.kernel.clock import ShiftedClock
from canbao.registry.models import Resident
from tests.faces.conftest import person_named, shift_to_campaign
from tests.faces.site import DESK, PHONE, Site, running_site, serious_faults
from tests.intake.sheets import number, xlsx

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(django_db_setup: None, django_db_blocker: Any) -> Iterator[Site]:
    # Playwright keeps an event loop in this thread, in which Django would refuse to talk to the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with django_db_blocker.unblock(), running_site() as running:
        yield running
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def listed(site: Site, tmp_path: Path) -> Path:
    """Two who are new, one who is there, one number too short, and a day that is none."""
    village = areas.names([person_named("张桂兰").village_code]).popitem()[1]
    here = person_named("张桂兰").id_number
    assert here is not None
    path = tmp_path / "户籍人口（十月）.xlsx"
    path.write_bytes(
        xlsx(
            [
                ["滕州市户籍人口名单"],
                ["户号", "户主姓名", "姓名", "公民身份号码", "与户主关系", "村居", "出生日期", "落户"],
                ["1", "卓文清", "卓文清", number(date(1981, 3, 4), 15), "户主", village, "1981年3月4日", "2010-01-01"],
                ["1", "卓文清", "卓小满", number(date(2011, 3, 4), 18), "女", village, "2011.3.4", ""],
                ["2", "", "张桂兰", here.unmasked, "", village, "", ""],
                ["3", "", "钱三", "37048119620508", "", village, "", ""],
                ["3", "", "钱四", number(date(1971, 3, 4), 15), "", "没有这个村", "1971-02-30", ""],
            ]
        )
    )
    return path


def look(context: BrowserContext, url: str, name: str, folder: Path, faults: list[str]) -> None:
    """The page at both widths, photographed; what is wrong with it goes to `faults`."""
    page = context.new_page()
    page.goto(url)
    for width, viewport in (("desk", DESK), ("phone", PHONE)):
        page.set_viewport_size(viewport)
        faults += [f"{name} {width}: {fault}" for fault in serious_faults(page)]
        if page.evaluate("document.documentElement.scrollWidth") > viewport["width"]:
            faults.append(f"{name} {width}: too wide")
        page.screenshot(path=folder / f"{name}-{width}.png", full_page=True)
    faults += [f"{name}: {violation}" for violation in page.evaluate("window.cspViolations")]
    page.close()


def test_from_the_upload_to_the_register_and_back(site: Site, listed: Path, tmp_path: Path) -> None:
    clock, before = ShiftedClock(shift_to_campaign()), Resident.objects.count()
    contexts = {
        (login, language): site.context(login, language)
        for login in ("clerk.tengzhou", "head.tengzhou")
        for language in ("zh-hans", "en")
    }
    faults: list[str] = []

    def seen(url: str, name: str) -> None:
        for (login, language), context in contexts.items():
            if login.startswith("clerk") or name in ("4-waiting", "6-undo-asked"):
                look(context, url, f"{name}-{login[:5].strip('.')}-{language[:2]}", tmp_path, faults)

    clerk = contexts["clerk.tengzhou", "zh-hans"].new_page()
    head = contexts["head.tengzhou", "zh-hans"].new_page()
    clerk.goto(f"{site.url}/console/imports/new?source=household_population")
    clerk.set_input_files("input[type=file]", listed)
    clerk.click("main form button.btn-primary >> nth=-1")
    clerk.wait_for_url(re.compile(r"/console/imports/\d+$"))
    url, batch_id = clerk.url, int(clerk.url.rsplit("/", 1)[1])
    seen(url, "1-columns")
    clerk.select_option("select[name=column-7]", "hukou_since")
    clerk.click("main form button.btn-primary >> nth=-1")
    clerk.wait_for_selector("#work")
    seen(url, "2-reading")

    working.preview(batch_id=batch_id, clock=clock)
    clerk.goto(url)
    assert clerk.locator(".bulk").inner_text().startswith("将新增 2")
    seen(url, "3-preview")
    with clerk.expect_download() as download:
        clerk.click("a[href$='errors.xlsx']")
    rows = [row for _, row in open_file(download.value.path().read_bytes()).sheets[0].rows()]
    assert [row[5] for row in rows[1:]] == ["钱三", "钱四"]
    press(clerk, "提交复核")
    seen(url, "4-waiting")

    head.goto(url)
    press(head, "同意，写入")
    head.wait_for_selector("#work")
    working.apply(batch_id=batch_id, clock=clock)
    assert Resident.objects.count() == before + 2
    seen(url, "5-written")
    clerk.goto(url)
    press(clerk, "撤销这份名单")
    seen(url, "6-undo-asked")
    head.goto(url)
    press(head, "同意，撤销")
    working.undo(batch_id=batch_id, clock=clock)
    seen(url, "7-undone")
    seen(f"{site.url}/console/people/export?policy=370481-2025&area=370481", "8-export")

    assert Resident.objects.count() == before
    assert faults == []


def press(page: BrowserPage, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=name).click()
