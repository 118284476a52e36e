"""A new auditor's way in, as his browser shows it: one-time password, phone, recovery codes, and where he sits."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.test import override_settings
from playwright.sync_api import Page as BrowserPage
from playwright.sync_api import expect

from canbao.faces.visit import clock
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import SystemClock
from canbao.kernel.scope import program
from canbao.staff import actions
from canbao.staff.codes import code_at
from canbao.staff.models import Role
from tests.faces.site import DESK, PHONE, Site, serious_faults

OWN_PASSWORD = "quiet heron by the weir"
Seen = Callable[[BrowserPage, str], None]


def narrow_and_accessible(page: BrowserPage, name: str) -> None:
    """On a desk and on a phone: nothing serious, nothing wider, nothing that the policy forbids."""
    for viewport in (PHONE, DESK):
        page.set_viewport_size(viewport)  # type: ignore[arg-type]
        assert serious_faults(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], name
    assert page.evaluate("window.cspViolations") == [], name


def way_in(site: Site, language: str, seen: Seen = narrow_and_accessible) -> None:
    with override_settings(SECOND_FACTOR=frozenset({"office"})):
        _way_in(site, language, seen)


def _way_in(site: Site, language: str, seen: Seen) -> None:
    username = f"auditor.{language[:2]}"
    given = _made(username)
    context = site.context(None, language)
    page = context.new_page()
    _password(page, site, username, given)
    seen(page, "own-password")
    for box in ("#new", "#again"):
        page.fill(box, OWN_PASSWORD)
    _send(page)

    expect(page.locator(".qr svg")).to_be_visible()
    seen(page, "bind-phone")
    page.fill("#code", "000000")
    _send(page)
    expect(page.get_by_role("alert")).to_be_visible()
    seen(page, "wrong-code")
    page.fill("#code", code_at(_secret(page), SystemClock().now()))
    _send(page)

    codes = page.locator(".codes code").all_inner_texts()
    assert len(set(codes)) == 10
    seen(page, "recovery-codes")
    page.locator("main a.btn-primary").click()
    page.wait_for_url("**/console/")

    other = site.context(None, language)
    second = other.new_page()
    _password(second, site, username, OWN_PASSWORD)
    expect(second.locator("#code")).to_be_visible()
    seen(second, "code")
    second.fill("#code", codes[0])
    _send(second)
    second.wait_for_url("**/console/")

    page.goto(f"{site.url}/console/account")
    sessions = page.locator("table").first.locator("tbody tr")
    expect(sessions).to_have_count(2)
    seen(page, "sessions")
    page.locator("form[action$='/account/end-others'] button").click()
    expect(sessions).to_have_count(1)
    second.goto(f"{site.url}/console/account")
    assert "/console/sign-in" in second.url

    for _ in range(6):
        _password(second, site, username, "no such word")
    expect(second.get_by_role("alert")).to_contain_text(re.compile(r"\d\d:\d\d"))
    seen(second, "locked")
    context.close()
    other.close()


def _made(username: str) -> str:
    administrator: Any = program("a test", Capability.MANAGE_STAFF)
    login, given = actions.make_login(
        actor=administrator, username=username, display_name="审计员", area_code="370481", clock=clock()
    )
    actions.grant_role(actor=administrator, login=login, role=Role.AUDITOR, area_code="370481", from_on=clock().today())
    return given


def _secret(page: BrowserPage) -> str:
    return re.sub(r"\s", "", page.locator("details code").text_content() or "")


def _password(page: BrowserPage, site: Site, username: str, password: str) -> None:
    page.goto(f"{site.url}/console/sign-in")
    page.fill("#username", username)
    page.fill("#password", password)
    _send(page)


def _send(page: BrowserPage) -> None:
    with page.expect_navigation():
        page.locator("main form button.btn-primary").click()
