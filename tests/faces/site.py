"""The product as a browser meets it: a live server on a small demo town, and a Chromium that counts what goes wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.test import override_settings
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from playwright.sync_api import Page as BrowserPage

from canbao.billing.actions import issue_bill
from canbao.demo.logins import PASSWORD
from canbao.kernel.clock import ShiftedClock, unique_key
from canbao.payments.actions import take_counter_payment
from canbao.registry.models import Resident
from canbao.staff import queries as staff
from canbao.staff.models import Login
from tests.conftest import chromium
from tests.faces.conftest import loaded_town, person_named, shift_to_campaign
from tests.faces.pages import Page

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
COUNT_VIOLATIONS = """
window.cspViolations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.cspViolations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""
SEND = """
([path, fields]) => {
  const form = Object.assign(document.createElement("form"), { method: "post", action: path });
  for (const [name, value] of [["csrfmiddlewaretoken", document.body.dataset.csrf], ...fields])
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  document.body.append(form);
  form.submit();
}
"""


@dataclass
class Site:
    """`covered` has paid and lives in `household`, `waiting` is enrolled and has nothing else."""

    url: str
    browser: Browser
    covered: int
    waiting: int
    household: int
    states: dict[str, Any] = field(default_factory=dict)
    kept: dict[tuple[str | None, str], BrowserContext] = field(default_factory=dict)

    def kept_context(self, login: str | None, language: str) -> BrowserContext:
        """One context for all pages of a login and language, so that styles and scripts come from its cache."""
        key = (login, language)
        if key not in self.kept:
            self.kept[key] = self.context(login, language)
        return self.kept[key]

    def context(self, login: str | None, language: str = "zh-hans", **options: Any) -> BrowserContext:
        context = self.browser.new_context(
            locale="en-GB" if language == "en" else "zh-CN",
            viewport=options.pop("viewport", DESK),
            # A page that glides to where a click is to fall is still under way when it falls.
            reduced_motion="reduce",
            storage_state=self._state(login) if login else None,
            **options,
        )
        context.add_cookies([{"name": "django_language", "value": language, "url": self.url}])
        context.add_init_script(COUNT_VIOLATIONS)
        return context

    def _state(self, login: str) -> Any:
        if login not in self.states:
            context = self.browser.new_context()
            page = context.new_page()
            sign_in(page, self.url, login)
            self.states[login] = context.storage_state()
            context.close()
        return self.states[login]


def sign_in(page: BrowserPage, url: str, login: str) -> None:
    page.goto(f"{url}/console/sign-in")
    page.fill("#username", login)
    page.fill("#password", PASSWORD)
    page.click("main button.btn-primary")
    page.wait_for_url("**/console/")


def open_page(page: BrowserPage, site: Site, wanted: Page) -> None:
    """Go to the page; one that answers a POST is asked for by a form, as from the page before it."""
    page.goto(site.url + wanted.path)
    if not wanted.sent:
        return
    with page.expect_navigation():
        page.evaluate(
            SEND, [wanted.path, [[name, value] for name, values in wanted.fields.items() for value in values]]
        )


@contextmanager
def running_site() -> Iterator[Site]:
    with override_settings(CLOCK_SHIFT_DAYS=shift_to_campaign()), loaded_town():
        covered, waiting = person_named("刘玉珍"), person_named("单雄飞")
        _pay(covered)
        server = LiveServerThread("127.0.0.1", StaticFilesHandler, port=0)
        server.daemon = True
        server.start()
        server.is_ready.wait()
        if server.error:
            raise server.error
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=chromium(), args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
                )
                yield Site(
                    f"http://127.0.0.1:{server.port}", browser, covered.pk, waiting.pk, covered.household_id or 0
                )
                browser.close()
        finally:
            server.terminate()
            server.join()


def _pay(person: Resident) -> None:
    clock = ShiftedClock(shift_to_campaign())
    scope = staff.scope_of(Login.objects.get(username="clerk.tengzhou"), "take_payment", clock)
    bill = issue_bill(actor=scope, resident_id=person.pk, benefit_year=2025, clock=clock)
    take_counter_payment(actor=scope, bill_id=bill.pk, amount_fen=bill.payable_fen, key=unique_key(), clock=clock)


@cache
def axe_source() -> str:
    return (Path(settings.ROOT) / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def serious_faults(page: BrowserPage) -> list[str]:
    """What axe-core finds serious or critical on the page as it stands, one line each with the first element."""
    page.evaluate(axe_source())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{fault['id']}: {fault['help']} {json.dumps(fault['nodes'][0]['target'])} {fault['nodes'][0]['html'][:120]}"
        for fault in found["violations"]
        if fault["impact"] in ("serious", "critical")
    ]
