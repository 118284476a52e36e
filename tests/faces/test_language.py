"""Chinese first, English complete."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from canbao.faces.catalogue import MO, PO, Message, messages, mo_bytes, po_text
from canbao.faces.templatetags.register import open_end
from canbao.faces.visit import clock
from tests.faces.conftest import person_named
from tests.faces.pages import CHINESE, PUBLIC, Page, console_pages, stray_chinese

PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def entries() -> list[Message]:
    return [entry for entry in messages(PO.read_text(encoding="utf-8")) if entry.text]


def test_every_message_has_its_english() -> None:
    missing = [entry.text for entry in entries() if entry.fuzzy or not all(entry.translations)]

    assert missing == []


def test_no_english_holds_chinese_and_every_placeholder_is_kept() -> None:
    wrong = [
        entry.text
        for entry in entries()
        for english in entry.translations
        if CHINESE.search(english) or set(PLACEHOLDER.findall(english)) != set(PLACEHOLDER.findall(entry.text))
    ]

    assert wrong == []


def test_the_compiled_catalogue_is_that_of_the_text() -> None:
    text = PO.read_text(encoding="utf-8")
    assert text == po_text(messages(text)), "run python -m canbao.faces.catalogue"
    assert MO.read_bytes() == mo_bytes(messages(text)), "run python -m canbao.faces.catalogue"


def test_the_catalogue_holds_every_message_of_the_sources() -> None:
    """Each Chinese message that a template or a module hands to gettext is in the catalogue."""
    known = {entry.text for entry in entries()}
    root = Path(settings.ROOT) / "src" / "canbao"
    literal = re.compile(r"\b(?:gettext|gettext_lazy|_)\(\s*\"([^\"]*)\"")
    tag = re.compile(r"{% translate \"([^\"]*)\"")
    used = {
        found
        for pattern, files in ((literal, root.rglob("*.py")), (tag, root.rglob("*.html")))
        for file in files
        for found in pattern.findall(file.read_text(encoding="utf-8"))
    }

    assert sorted(used - known) == []


@pytest.mark.parametrize("page", PUBLIC, ids=lambda page: page.name)
def test_no_english_page_for_residents_shows_stray_chinese(page: Page, client: Client, db: None) -> None:
    client.cookies["django_language"] = "en"

    html = page.opened_by(client).content.decode()

    assert '<html lang="en"' in html
    assert stray_chinese(html) == []


def test_no_english_page_for_staff_shows_stray_chinese(signed_in: Callable[[str], Client]) -> None:
    found = {}
    covered = person_named("刘玉珍")
    for page in console_pages(covered.pk, person_named("张桂兰").pk, covered.household_id or 0):
        client = signed_in(page.login or "")
        client.cookies["django_language"] = "en"
        stray = stray_chinese(page.opened_by(client).content.decode())
        if stray:
            found[page.name] = stray

    assert found == {}


def test_a_visitor_changes_the_language_and_stays_on_the_page(client: Client, db: None) -> None:
    response = client.post("/language", {"language": "en", "next": "/policies"})

    assert response["Location"] == "/policies"
    assert "Policies" in client.get("/policies").content.decode()


def test_an_open_period_lasts_to_date_only_once_it_began() -> None:
    today = clock().today()
    with translation.override("en"):
        assert [open_end(today), open_end(today + timedelta(days=1))] == ["to date", "open"]
    with translation.override("zh-hans"):
        assert [open_end(today), open_end(today + timedelta(days=1))] == ["至今", "未终止"]
