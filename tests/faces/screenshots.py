"""Takes the pictures of docs/images from a running product: python -m tests.faces.screenshots URL PASSWORD

Address and password of the demo logins are those that the product prints when it starts.
It issues and takes the demo's tour (刘玉珍) where that has not been done, so give it a demo of its own (CANBAO_DATA).
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import chromium

IMAGES = Path(__file__).parents[2] / "docs" / "images"
BYTES_MAX = 300_000
ASKED, BORN = "/pay-what?policy=370481-2025", (("#born_y", "1961"), ("#born_m", "5"), ("#born_d", "20"))
LANGUAGES = {"zh": "zh-hans", "en": "en"}


def main(url: str, password: str) -> int:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        for name, language in LANGUAGES.items():
            page = _page(browser, url, language, width=1440, height=1000)
            _ask(page, url)
            _take(page, f"what-do-i-pay-{name}")
            _sign_in(page, url, "clerk.tengzhou", password)
            _tour(page, url)
            _take(page, f"person-year-{name}")
            _sign_in(page, url, "clerk.shuozhou", password)
            page.goto(f"{url}/console/progress")
            _take(page, f"progress-{name}")
        phone = _page(browser, url, "zh-hans", width=390, height=844)
        _ask(phone, url)
        phone.locator("#answer").evaluate("answer => answer.scrollIntoView()")
        _take(phone, "what-do-i-pay-phone-zh")
        browser.close()
    too_big = [image.name for image in IMAGES.glob("*.png") if image.stat().st_size > BYTES_MAX]
    print(
        f"{len(list(IMAGES.glob('*.png')))} pictures in {IMAGES}",
        *(f"{name} is over 300 kB" for name in too_big),
        sep="\n",
    )
    return 1 if too_big else 0


def _page(browser: Browser, url: str, language: str, *, width: int, height: int) -> Page:
    context = browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
    context.add_cookies([{"name": "django_language", "value": language, "url": url}])
    return context.new_page()


def _ask(page: Page, url: str) -> None:
    """The public question with its answer."""
    page.goto(f"{url}{ASKED}")
    for box, value in BORN:
        page.fill(box, value)
    page.locator("#born_d").blur()
    page.locator(".hero-amount").wait_for()
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")


def _take(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=IMAGES / f"{name}.png")


def _sign_in(page: Page, url: str, login: str, password: str) -> None:
    page.context.clear_cookies(name="sessionid")
    page.goto(f"{url}/console/sign-in")
    page.fill("#username", login)
    page.fill("#password", password)
    page.click("main button.btn-primary")
    page.wait_for_url("**/console/")


def _tour(page: Page, url: str) -> None:
    """To the page of the tour's person, once covered."""
    page.goto(f"{url}/console/people")
    page.fill("#q", "刘玉珍")
    page.locator(".hits a", has_text="刘玉珍").first.click()
    page.wait_for_url("**/console/people/*")
    for button in ("form[action$='/issue'] button", "[data-opens='take-payment']", "#take-payment .btn-primary"):
        page.wait_for_load_state("networkidle")
        if page.locator(button).count():
            page.locator(button).click()
    page.wait_for_load_state("networkidle")
    # Once more by its address: without the message of what was just done.
    page.reload()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1].rstrip("/"), sys.argv[2]))
