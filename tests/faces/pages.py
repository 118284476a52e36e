"""Every page with the login that may see it; None is a visitor. Tests and screenshots go through this list."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs

from django.http import HttpResponse
from django.test import Client

ASKED = "policy=370481-2025&born_y=1961&born_m=5&born_d=8"
LATE = "policy=140600-2025&born_y=1980&born_m=5&born_d=8&when=day&day=2025-04-10"
CLERK = "clerk.tengzhou"


@dataclass(frozen=True)
class Page:
    """`sent` is the body of the POST that the page answers; none, and the page is got by its address."""

    name: str
    path: str
    login: str | None = None
    sent: str = ""

    @property
    def fields(self) -> dict[str, list[str]]:
        return parse_qs(self.sent)

    def opened_by(self, client: Client) -> HttpResponse:
        if not self.sent:
            return client.get(self.path)
        return client.post(self.path, self.fields, follow=True)


PUBLIC = [
    Page("home", "/"),
    Page("pay-what-empty", "/pay-what?policy=370700-2025"),
    Page("pay-what", "/pay-what", sent=ASKED),
    Page("pay-what-late", "/pay-what", sent=LATE),
    Page("pay-what-tier", "/pay-what", sent="policy=370700-2025&born_y=1980&born_m=5&born_d=8"),
    Page("pay-what-refused", "/pay-what", sent="policy=310000-2025&born_y=1980&born_m=5&born_d=8&tie=none"),
    Page("pay-what-fault", "/pay-what", sent="policy=370481-2025&born_y=1980&born_m=13&born_d=8"),
    Page("compare", "/compare", sent=ASKED),
    Page("compare-empty", "/compare"),
    Page("policies", "/policies"),
    Page("apply", "/apply"),
    Page("apply-place", "/apply/370481-2025"),
    Page("applications", "/applications"),
    Page("pay", "/pay?policy=370481-2025"),
    Page("pay-nobody", "/pay", sent="policy=370481-2025&name=Jia&id_number=1"),
    Page("applications-wrong", "/applications", sent="number=100000000000&id_number=1"),
    *(Page(f"leaflet-{area}", f"/policies/{area}-2025") for area in ("370481", "310000")),
    Page("verify", "/verify"),
    Page("verify-unknown", "/verify/00000000000000000000"),
    Page("sign-in", "/console/sign-in"),
]


def console_pages(resident_id: int, waiting_id: int, household_id: int) -> list[Page]:
    """`resident_id` is covered and lives in `household_id`, `waiting_id` has nothing yet but an enrolment."""
    return [
        Page("console", "/console/", CLERK),
        Page("waiting", "/console/waiting", CLERK),
        Page("people", "/console/people", CLERK),
        Page("people-found", "/console/people", CLERK, sent="q=lyz"),
        Page("people-nobody", "/console/people", CLERK, sent="q=zzzz"),
        Page("person-year", f"/console/people/{resident_id}", CLERK),
        Page("person-next", f"/console/people/{waiting_id}", CLERK),
        Page("applications", "/console/applications", CLERK),
        Page("desk", "/console/desk", CLERK),
        Page("desk-place", "/console/desk/370481-2025", CLERK),
        Page("record", f"/console/people/{resident_id}/record", CLERK),
        Page("record-known", f"/console/people/{resident_id}/record?known=2030-01-01", CLERK),
        Page("household", f"/console/households/{household_id}", CLERK),
        Page("household-refused", f"/console/households/{household_id}/in", CLERK, sent="number=1&kinship=child"),
        Page("household-of-village", f"/console/households/{household_id}", "village.tengzhou"),
        Page("new-person", "/console/people/new", CLERK),
        Page(
            "new-person-refused",
            "/console/people/new",
            CLERK,
            sent="name=Jia&birth_on=2024-09-09&sex=male&document_kind=passport&village=1",
        ),
        Page("pairs", "/console/pairs", CLERK),
        Page("pair", f"/console/pairs/{resident_id}/{waiting_id}", CLERK),
        Page("pair-choose", f"/console/people/{resident_id}/pair?q=lyz", CLERK),
        Page("deaths-told", "/console/deaths-told", CLERK),
        Page("batches", "/console/batches", CLERK),
        Page("certificates", "/console/certificates", CLERK),
        Page("bills", "/console/bills", CLERK),
        Page("channels", "/console/channels", CLERK),
        Page("held-money", "/console/channels/money", CLERK),
        Page("without", "/console/bills/without", CLERK),
        Page("unpaid", "/console/bills/unpaid", CLERK),
        Page("unenrolled", "/console/unenrolled", CLERK),
        Page("unenrolled-unasked", "/console/unenrolled?reason=none", CLERK),
        Page("visit", "/console/unenrolled/visit", CLERK),
        Page("tally", "/console/tally", CLERK),
        Page("progress", "/console/progress", CLERK),
        Page("progress-target", "/console/progress", "clerk.shuozhou"),
        Page("console-policies", "/console/policies", CLERK),
        Page("console-leaflet", "/console/policies/370481-2025", CLERK),
        Page("console-readings", "/console/policies/370481-2025/readings?count=1", CLERK),
        Page("style", "/console/style", CLERK),
        Page("no-grant", "/console/", "no.grant"),
        Page("administrator", "/console/", "administrator"),
        Page("account", "/console/account", CLERK),
        Page("bind-phone", "/console/account/phone", CLERK),
        Page("logins", "/console/logins", "administrator"),
        Page("login-new", "/console/logins/new", "administrator"),
        Page("extensions", "/console/extensions", "head.tengzhou"),
        Page("holidays", "/console/holidays?year=2025", "administrator"),
        Page("imports", "/console/imports", CLERK),
        Page("import-new", "/console/imports/new?source=categories", CLERK),
        Page("no-permission", "/console/bills", "supervision.tengzhou"),
        Page("not-found", "/console/nothing", CLERK),
    ]


_MARKED = re.compile(r"<(\w+)[^>]*\blang=\"zh[^>]*>.*?</\1>", re.DOTALL)
_UNSEEN = re.compile(r"<script.*?</script>|<[^>]*\blang=\"zh[^>]*>|<input[^>]*type=\"hidden\"[^>]*>", re.DOTALL)
CHINESE = re.compile("[\u4e00-\u9fff，。；：！？（）]+")


def stray_chinese(html: str) -> list[str]:
    """Chinese on an English page that no `lang` marks as a name or as the words of a notice."""
    text = html
    while (shorter := _MARKED.sub("", text)) != text:
        text = shorter
    return CHINESE.findall(_UNSEEN.sub("", text))
