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
ASKED = "/pay-what?policy=370481-2025&born_y=1961&born_m=5&born_d=20"
LANGUAGES = {"zh": "zh-hans", "en": "en"}


def main(url: str, password: str) -> int:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        for name, language in LANGUAGES.items():
            page = _page(browser, url, language, width=1440, height=1000)
            _take(page, f"{url}{ASKED}", f"what-do-i-pay-{name}")
            _sign_in(page, url, "clerk.tengzhou", password)
            _take(page, _tour(page, url), f"person-year-{name}")
            _sign_in(page, url, "clerk.shuozhou", password)
            _take(page, f"{url}/console/progress", f"progress-{name}")
        phone = _page(browser, url, "zh-hans", width=390, height=844)
        _take(phone, f"{url}{ASKED}#answer", "what-do-i-pay-phone-zh")
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


def _take(page: Page, address: str, name: str) -> None:
    page.goto(address)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=IMAGES / f"{name}.png")


def _sign_in(page: Page, url: str, login: str, password: str) -> None:
    page.context.clear_cookies(name="sessionid")
    page.goto(f"{url}/console/sign-in")
    page.fill("#username", login)
    page.fill("#password", password)
    page.click("main button.btn-primary")
    page.wait_for_url("**/console/")


def _tour(page: Page, url: str) -> str:
    """The page of the tour's person, once covered."""
    page.goto(f"{url}/console/people?q=刘玉珍")
    page.locator(".hits a").first.click()
    for button in ("form[action$='/issue'] button", "[data-opens='take-payment']", "#take-payment .btn-primary"):
        page.wait_for_load_state("networkidle")
        if page.locator(button).count():
            page.locator(button).click()
    page.wait_for_load_state("networkidle")
    return page.url


if __name__ == "__main__":
    sys.exit(main(sys.argv[1].rstrip("/"), sys.argv[2]))
