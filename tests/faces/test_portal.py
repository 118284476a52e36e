"""The public question: what do I pay, and from when am I covered?"""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from urllib.parse import parse_qs

import pytest
from django.http import HttpResponse
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from canbao.faces.portal.asking import facts_meeting, facts_of_tie
from canbao.faces.templatetags.kit import day, yuan
from canbao.policy import Policy, policies, quote
from canbao.policy.leaflet import sentences
from canbao.policy.model import Document
from tests.faces.pages import ASKED, LATE

pytestmark = pytest.mark.django_db


def ask(client: Client, replies: str, path: str = "/pay-what", headers: dict[str, str] | None = None) -> HttpResponse:
    return client.post(path, parse_qs(replies), headers=headers)


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_a_tengzhou_resident_of_63_pays_200_and_is_covered_from_new_year(client: Client) -> None:
    html = ask(client, ASKED).content.decode()

    assert re.search(r'class="hero-amount">200<', html)
    assert "2025年1月1日起" in html
    assert "市财政" in text_of(html)


@pytest.mark.parametrize("policy_id", policies.ids())
@pytest.mark.parametrize("born", [date(1950, 3, 3), date(1980, 5, 8), date(2012, 9, 1), date(2024, 11, 15)])
def test_the_page_says_what_the_engine_says(client: Client, policy_id: str, born: date) -> None:
    policy = policies.get(policy_id)
    tie = next(iter(policy.file.scope.grounds))
    tier = {"tier": "low"} if any(q.column == "tier" for q in policy.questions) else {}
    asked = {"policy": policy_id, "tie": tie, "born_y": born.year, "born_m": born.month, "born_d": born.day, **tier}
    answer = quote(
        policy,
        {"birth_date": born.isoformat(), **facts_of_tie(policy, tie), **tier},
        on=max(policy.opens.date(), born),
    )

    html = client.post("/pay-what", asked).content.decode()

    if answer.eligible:
        assert f'class="hero-amount">{yuan(answer.personal_fen)}<' in html
        assert answer.benefit_start is None or f"{day(answer.benefit_start)}起" in html
    else:
        assert 'class="hero-amount"' not in html
    assert html.count('class="reason"') == len(answer.steps)


@pytest.mark.parametrize("policy_id", policies.ids())
def test_every_ground_of_a_place_can_be_chosen_and_lets_somebody_enrol(policy_id: str) -> None:
    policy = policies.get(policy_id)
    for code, ground in policy.file.scope.grounds.items():
        facts = facts_meeting(ground.when)
        people = [
            {"birth_date": born, "tier": "low", **facts, "student": student}
            for born in ("2010-05-05", "1985-05-05", "2004-05-05")
            for student in ("none", "preschool", "pupil", "vocational", "university")
        ]

        answers = [quote(policy, person, on=policy.opens.date()) for person in people]

        assert any(answer.eligible for answer in answers), code


def test_every_step_of_every_place_opens_words_or_a_reading(client: Client) -> None:
    for policy_id in policies.ids():
        html = ask(client, f"policy={policy_id}&born_y=1961&born_m=5&born_d=8&tier=low").content.decode()
        for reason in re.findall(r'<li class="reason">.*?</li>', html, re.DOTALL):
            assert "<blockquote" in reason, (policy_id, text_of(reason))


def test_a_wait_is_said_drawn_and_explained(client: Client) -> None:
    html = ask(client, LATE).content.decode()

    assert "先等 3 个月" in html
    assert 'class="seg-waiting"' in html
    assert "2025年4月10日至2025年7月9日等待" in html


def test_htmx_gets_only_the_answer_and_the_glance(client: Client) -> None:
    html = ask(client, ASKED, headers={"HX-Request": "true", "HX-Target": "answer"}).content.decode()

    assert "<html" not in html
    assert 'hx-swap-oob="true"' in html


def test_without_a_birth_date_the_page_asks_for_it(client: Client) -> None:
    assert "填上出生日期" in client.get("/pay-what?policy=370481-2025").content.decode()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("born_y=1980&born_m=13&born_d=8", "没有这一天"),
        ("born_y=1980", "请把年、月、日都填上"),
        ("born_y=1800&born_m=1&born_d=1", "请检查出生年份"),
        ("born_y=1980&born_m=1&born_d=1&when=day", "请选择打算缴费的日期"),
        ("born_y=1980&born_m=1&born_d=1&when=day&day=2024-01-01", "还没有开始"),
    ],
)
def test_a_wrong_reply_is_told_beside_its_question(client: Client, query: str, said: str) -> None:
    html = ask(client, f"policy=370481-2025&{query}").content.decode()

    assert said in html
    assert 'class="hero-amount"' not in html


def test_who_may_not_enrol_hears_why_and_what_to_do(client: Client) -> None:
    html = ask(client, "policy=370481-2025&born_y=1980&born_m=5&born_d=8&tie=none").content.decode()

    assert "不在本地参保范围" in html
    assert "请换成您的户籍地" in html


def test_an_adult_of_weifang_is_asked_for_the_tier_with_its_price(client: Client) -> None:
    html = ask(client, "policy=370700-2025&born_y=1980&born_m=5&born_d=8").content.decode()

    assert "再选一个缴费档次" in html
    assert {"400 元", "510 元"} <= set(re.findall(r'class="sub">([^<]+)<', html))


def test_places_are_compared_for_the_same_person(client: Client) -> None:
    html = ask(client, ASKED, "/compare").content.decode()

    sums = re.findall(r'<strong class="sum">([^<]+)</strong>', html)
    assert sums == ["400 元", "825 元", "440 元", "200 元", "400 元", "510 元"]


@pytest.mark.parametrize("wanted", ["999999-2025", "policies/370481/2025.yaml", "../policies/370481/2025.yaml"])
def test_only_a_known_policy_is_read(client: Client, wanted: str) -> None:
    assert client.get("/pay-what", {"policy": wanted}).status_code == 404
    assert client.get(f"/policies/{wanted}").status_code == 404


@pytest.mark.parametrize("policy_id", policies.ids())
def test_a_leaflet_has_an_anchor_for_every_clause_that_it_links_to(client: Client, policy_id: str) -> None:
    html = client.get(f"/policies/{policy_id}").content.decode()

    linked = set(re.findall(r'href="#([^"]+)" lang', html))
    assert linked and linked <= set(re.findall(r'id="([^"]+)"', html))
    clauses = policies.get(policy_id).clauses
    quoted = {key for key, clause in clauses.items() if not clause.silent}
    assert set(re.findall(r'class="anchor" id="([^"]+)"', html)) == quoted


@pytest.mark.parametrize("policy_id", policies.ids())
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_leaflet_says_everything_that_policy_show_says(client: Client, policy_id: str, language: str) -> None:
    client.cookies["django_language"] = language
    text = words_of(client.get(f"/policies/{policy_id}").content.decode())
    policy = policies.get(policy_id)

    untold = {
        said.key
        for said in sentences(policy)
        if squeezed(getattr(said, "en" if language == "en" else "zh")) not in text
    }

    tables = {("classes", code) for code in policy.file.classes} | {("aid", code) for code in policy.file.aid.rules}
    readings = {key for key in untold if key[0] == "readings"}
    documents = {key for key in untold if key[0] == "documents"}
    assert untold - tables - readings - documents <= {("controls", "absent")}
    assert all(squeezed(document.title) in text for document in policy.documents.values() if passages(policy, document))
    absent = policy.notice.not_configured
    assert ("Not stated in the notice" if language == "en" else "通知未载明").replace(" ", "") in text or not absent


def words_of(html: str) -> str:
    return squeezed(unescape(re.sub(r"<[^>]+>", "", html)))


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def passages(policy: Policy, document: Document) -> bool:
    return any(policy.documents[c.document] is document and not c.silent for c in policy.clauses.values())


@pytest.mark.parametrize("policy_id", policies.ids())
def test_a_child_not_born_yet_is_asked_about_by_the_due_date(client: Client, policy_id: str) -> None:
    policy = policies.get(policy_id)
    tie = next(iter(policy.file.scope.grounds))
    unborn = {"attributes": {"expected_birth": "2025-03-01"}, **facts_of_tie(policy, tie)}
    answer = quote(policy, unborn, on=date(2025, 3, 1))

    html = ask(client, f"policy={policy_id}&tie={tie}&born_y=2025&born_m=3&born_d=1").content.decode()

    assert "填预产期" in html
    assert f'class="hero-amount">{yuan(answer.personal_fen)}<' in html
    assert f"{day(answer.benefit_start)}起" in html


def test_a_figure_of_another_year_says_which(client: Client) -> None:
    """The notice of Tengzhou dates its government part 2024."""
    assert "补助 670 元（2024 年标准）" in ask(client, ASKED).content.decode()
    assert "670 yuan (standard of 2024)" in ask(client, f"{ASKED}&language=en").content.decode()


def test_a_quotation_says_where_it_was_read(client: Client) -> None:
    """The national layer was read in copies, and the fees of Shanghai stand in a table: a reader is told both."""
    steps = ask(client, f"{ASKED}&when=day&day=2025-04-10").content.decode()
    said = re.findall(r"<blockquote.*?(?=<blockquote|</details>)", steps, re.DOTALL)
    copied, notice = "据转载文本，不是公报原件", policies.get("370481-2025").documents["plan"].cited_as
    assert {copied in quote for quote in said if "国办发〔2024〕38号" in quote} == {True}
    assert {copied in quote for quote in said if f"<cite>{notice} " in quote} == {False}

    leaflet = client.get("/policies/310000-2025").content.decode()
    rows = re.findall(r'<div class="notice-clause".*?</div>', leaflet, re.DOTALL)
    assert {"表格中的一行" in row for row in rows if "个人缴费标准655" in row} == {True}
    assert {"表格中的一行" in row for row in rows if ">网上办理更便捷<" in row} == {False}


def test_large_print_is_remembered(client: Client) -> None:
    client.post("/display", {"large_print": "1", "next": "/pay-what"})

    assert 'class="large-print"' in client.get("/pay-what").content.decode()


def test_large_print_leads_to_no_foreign_site(client: Client) -> None:
    assert client.post("/display", {"large_print": "1", "next": "https://example.org/"})["Location"] == "/"


def test_a_strict_policy_guards_every_page_and_nothing_needs_an_exception(client: Client) -> None:
    response = ask(client, ASKED)
    html = response.content.decode()

    policy = response["Content-Security-Policy"]
    assert "default-src 'self'" in policy and "unsafe" not in policy
    assert not re.search(r"\sstyle=|\son\w+=|javascript:", html)
    assert all(not body.strip() for body in re.findall(r"<script[^>]*>(.*?)</script>", html, re.DOTALL))
    assert not re.search(r'(?:src|href)="(?:https?:)?//', html)


NUMBERS = st.sampled_from(
    ["", "0", "1", "2", "12", "31", "1961", "1980", "2012", "2024", "2025", "9999", "9" * 25, "-1", "x", "²", "٣"]
)
DAYS = st.sampled_from(["", "2024-11-01", "2025-06-30", "2026-01-01", "9999-12-31", "0001-01-01", "2025-02-30", "soon"])
CODES = st.sampled_from(
    ["", "none", "low", "high", "hukou", "student", "lives", "university", "pupil", "window", "day", "3", "%", "<b>"]
)
QUERIES = st.fixed_dictionaries(
    {"policy": st.sampled_from(policies.ids())},
    optional={
        **dict.fromkeys(("born_y", "born_m", "born_d", "disability_grade"), NUMBERS),
        **dict.fromkeys(("day", "last_cover_end", "registered_on"), DAYS),
        **dict.fromkeys(("tie", "student", "tier", "when", "sex", "hukou_kind", "other_insurance"), CODES),
        "categories": st.lists(st.sampled_from(["orphan", "extreme_poverty", "severe_disability", "nonsense"])),
    },
)


@effort(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(QUERIES)
def test_no_reply_and_no_address_that_anybody_types_breaks_the_page(client: Client, query: dict[str, object]) -> None:
    for path in ("/pay-what", "/compare"):
        for response in (client.post(path, query), client.get(path, query)):
            assert response.status_code == 200


@pytest.mark.parametrize(("language", "said"), [("zh-hans", "系统出了问题"), ("en", "Something went wrong")])
def test_a_fault_of_ours_is_told_calmly(
    client: Client, monkeypatch: pytest.MonkeyPatch, language: str, said: str
) -> None:
    monkeypatch.setattr("canbao.faces.portal.views.policies.all", lambda: 1 / 0)
    client.cookies["django_language"] = language
    client.raise_request_exception = False

    response = client.get("/")

    assert response.status_code == 500
    assert said in response.content.decode()


def test_an_expired_form_says_that_nothing_was_done() -> None:
    response = Client(enforce_csrf_checks=True).post("/display", {"large_print": "1"})

    assert response.status_code == 403
    assert "刚才的操作没有执行" in response.content.decode()


# What somebody told us stays out of addresses and out of what others may keep


def test_an_address_with_replies_is_not_answered(client: Client) -> None:
    html = client.get(f"/pay-what?{ASKED}").content.decode()

    assert 'class="hero-amount"' not in html and 'value="1961"' not in html
    assert "还不知道为谁比较" in client.get(f"/compare?{ASKED}").content.decode()


@pytest.mark.parametrize("path", ["/pay-what", "/compare"])
def test_no_address_on_an_answer_holds_a_reply_and_nobody_may_store_it(client: Client, path: str) -> None:
    response = ask(client, f"{ASKED}&categories=orphan&disability_grade=2", path)
    html = response.content.decode()

    addresses = re.findall(r'(?:href|action|src|hx-\w+(?:-url)?|data-address)="([^"]*\?[^"]*)"', html)
    assert addresses
    assert all(re.fullmatch(r"[^?]*\?policy=\d{6}-\d{4}", address) for address in addresses), addresses
    assert 'method="get"' not in html and "hx-get" not in html and "hx-push-url" not in html
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/pay-what", "/compare"])
def test_the_forms_that_lead_on_carry_every_reply(client: Client, path: str) -> None:
    sent = parse_qs(f"{ASKED}&categories=orphan&categories=severe_disability&tie=hukou")
    html = client.post(path, sent).content.decode()

    forms = [form for form in re.findall(r"<form.*?</form>", html, re.DOTALL) if "data-carried" in form]
    assert len(forms) == 3
    for form in forms:
        fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form)
        carried: dict[str, list[str]] = {}
        for name, value in fields:
            carried.setdefault(name, []).append(value)
        assert carried.pop("csrfmiddlewaretoken")
        assert carried == sent


@pytest.mark.parametrize("path", ["/pay-what", "/compare"])
def test_language_and_print_size_change_under_the_answer(client: Client, path: str) -> None:
    english = ask(client, f"{ASKED}&language=en", path).content.decode()
    large = ask(client, f"{ASKED}&large_print=1", path).content.decode()

    assert '<html lang="en"' in english and "City finance" in english
    assert 'class="large-print"' in large and '<html lang="en"' in large and "City finance" in large
    assert 'class="large-print"' in client.get("/policies").content.decode()


def test_replies_are_taken_from_our_own_pages_only() -> None:
    assert ask(Client(enforce_csrf_checks=True), ASKED).status_code == 403
