"""The console: who may see what, and the way from an enrolment to the first day of cover."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from canbao.billing.models import Bill
from canbao.demo.logins import PASSWORD
from canbao.kernel.clock import SystemClock
from canbao.kernel.personal import mask_id_number
from canbao.payments.models import Mandate, Payment
from canbao.registry.models import Department, Resident, ResidentCategory
from canbao.staff.models import Access, Login
from tests.faces.conftest import person_named

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]

MENU = {
    "clerk.tengzhou": {"people", "bills", "progress", "policies"},
    "head.tengzhou": {"people", "bills", "progress", "policies"},
    "tax.tengzhou": {"people", "progress", "policies"},
    "township.tengzhou": {"people", "progress", "policies"},
    "village.tengzhou": {"people", "progress", "policies"},
    "supervision.tengzhou": {"progress", "policies"},
    "auditor": {"people", "progress", "policies"},
    "administrator": {"policies"},
    "no.grant": set(),
}


def page_of(person: Resident, name: str = "person-year") -> str:
    return reverse(f"console:{name}", args=[person.pk, 2025])


def html_of(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return response.content.decode()


def hidden(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, name
    return found[1]


def issued(clerk: Client, person: Resident) -> str:
    clerk.post(page_of(person, "issue-bill"))
    return html_of(clerk, page_of(person))


def pay_form(html: str) -> dict[str, str]:
    return {name: hidden(html, name) for name in ("bill", "amount_fen", "key")} | {"method": "cash"}


def found_by(client: Client, text: str) -> str:
    """The page of people after a search by the plain form."""
    response = client.post("/console/people", {"q": text}, follow=True)
    assert response.redirect_chain == [("/console/people", 302)]
    return response.content.decode()


# Signing in


def test_a_visitor_is_led_to_sign_in_and_back(town: None, client: Client) -> None:
    response = client.get("/console/progress")
    assert response["Location"] == "/console/sign-in?next=%2Fconsole%2Fprogress"

    signed = client.post(
        response["Location"], {"username": "clerk.tengzhou", "password": PASSWORD, "next": "/console/progress"}
    )

    assert signed["Location"] == "/console/progress"
    assert client.get("/console/progress").status_code == 200


def test_a_wrong_password_is_refused_in_a_sentence_and_leads_nowhere(town: None, client: Client) -> None:
    response = client.post("/console/sign-in", {"username": "clerk.tengzhou", "password": "wrong"})

    assert response.status_code == 422
    assert "用户名或密码不正确" in response.content.decode()
    assert client.get("/console/").status_code == 302


def test_five_wrong_passwords_lock_the_name(town: None, client: Client) -> None:
    for _ in range(5):
        client.post("/console/sign-in", {"username": "tax.tengzhou", "password": "wrong"})

    response = client.post("/console/sign-in", {"username": "tax.tengzhou", "password": PASSWORD})

    assert "已锁定至" in response.content.decode()


def test_signing_in_leads_to_no_foreign_site(town: None, client: Client) -> None:
    data = {"username": "clerk.tengzhou", "password": PASSWORD, "next": "https://example.org/"}

    assert client.post("/console/sign-in", data)["Location"] == "/console/"


def test_signing_out_needs_a_post_and_ends_the_session(clerk: Client) -> None:
    assert clerk.get("/console/sign-out")["Location"] == "/console/"
    assert clerk.get("/console/").status_code == 200

    clerk.post("/console/sign-out")

    assert clerk.get("/console/").status_code == 302


# Roles and scopes


@pytest.mark.parametrize("username", MENU)
def test_each_role_is_offered_what_it_may_do_and_refused_the_rest(signed_in: SignIn, username: str) -> None:
    client = signed_in(username)
    home = html_of(client, "/console/")

    for section in ("people", "bills", "progress", "policies"):
        allowed = section in MENU[username]
        assert (f'href="/console/{section}"' in home) is allowed, section
        assert client.get(f"/console/{section}").status_code == (200 if allowed else 403), section


def test_a_login_without_a_grant_hears_what_to_do(signed_in: SignIn) -> None:
    assert "请让管理员为您授权" in html_of(signed_in("no.grant"), "/console/")


def test_the_no_permission_page_is_ours(signed_in: SignIn) -> None:
    assert "您没有权限看这一页" in signed_in("administrator").get("/console/people").content.decode()


@pytest.mark.parametrize("name", ["person-year", "enrol", "choose-tier", "issue-bill", "pay"])
def test_the_clerk_of_the_next_village_finds_nobody_of_ours(signed_in: SignIn, name: str) -> None:
    neighbour, path = signed_in("village.other"), page_of(person_named("刘玉珍"), name)

    response = neighbour.get(path) if name == "person-year" else neighbour.post(path, {"bill": "1", "amount_fen": "1"})

    assert response.status_code in (403, 404)
    assert "刘玉珍" not in found_by(neighbour, "刘玉珍").replace('value="刘玉珍"', "")


@pytest.mark.parametrize(
    "path", ["/console/bills", "/console/bills/preview", "/console/progress", "/console/progress.csv"]
)
def test_a_place_outside_the_scope_is_not_there(clerk: Client, path: str) -> None:
    assert clerk.get(path, {"area": "370700"}).status_code == 404
    assert clerk.get(path, {"area": "370400"}).status_code == 404
    assert clerk.get(path, {"area": "x"}).status_code == 404


def test_a_village_cadre_takes_money_as_long_as_he_has_a_mandate(signed_in: SignIn, clerk: Client) -> None:
    person = person_named("刘玉珍")
    issued(clerk, person)
    cadre = signed_in("village.tengzhou")

    assert "收款 200" in html_of(cadre, page_of(person))
    Mandate.objects.update(ended_at=SystemClock().now())
    assert "您不能在这里收款" in html_of(cadre, page_of(person))


# Finding people


@pytest.mark.parametrize("text", ["刘玉珍", "liuyuzhen", "lyz"])
def test_people_are_found_by_name_and_pinyin_and_shown_masked(clerk: Client, text: str) -> None:
    person = person_named("刘玉珍")

    html = found_by(clerk, text)

    assert reverse("console:person", args=[person.pk]) in html
    assert person.id_number and person.id_number.unmasked not in html
    assert mask_id_number(person.id_number.unmasked) in html


def test_people_are_found_by_number_and_htmx_gets_only_the_list(clerk: Client) -> None:
    person = person_named("刘玉珍")
    assert person.id_number

    html = clerk.post(
        "/console/people", {"q": person.id_number.unmasked}, headers={"HX-Request": "true"}
    ).content.decode()

    assert "刘玉珍" in html and "<html" not in html


def test_nobody_found_says_so(clerk: Client) -> None:
    assert "管辖区域内没有符合的人" in found_by(clerk, "zzzz")


def test_what_was_searched_is_in_no_address_and_back_finds_it_again(clerk: Client) -> None:
    person = person_named("刘玉珍")
    assert person.id_number
    found_by(clerk, person.id_number.unmasked)

    html = html_of(clerk, "/console/people")

    assert reverse("console:person", args=[person.pk]) in html
    assert all("?" not in address for address in re.findall(r'(?:href|action|hx-\w+)="(/console/people[^"]*)"', html))
    assert "hx-push-url" not in html and "hx-get" not in html
    assert "管辖区域内没有符合的人" in found_by(clerk, "zzzz")
    assert "zzzz" not in html_of(clerk, "/console/people?q=lyz").replace('value="zzzz"', "")


def test_the_next_visitor_finds_no_search_of_the_last(clerk: Client) -> None:
    found_by(clerk, "刘玉珍")

    clerk.post("/console/sign-out")
    clerk.force_login(Login.objects.get(username="tax.tengzhou"))

    assert "刘玉珍、liuyuzhen" in html_of(clerk, "/console/people")
    assert 'value="刘玉珍"' not in html_of(clerk, "/console/people")


# Person and year


@pytest.mark.parametrize("scripts", [True, False])
def test_a_number_is_shown_on_request_and_the_look_is_logged(clerk: Client, scripts: bool) -> None:
    person = person_named("刘玉珍")
    assert person.id_number
    assert reverse("console:reveal", args=[person.pk]) in html_of(clerk, f"/console/people/{person.pk}")
    before = Access.objects.count()

    answer = clerk.post(
        reverse("console:reveal", args=[person.pk]),
        {"kind": "number", "purpose": "compare_document", "screen": "person"},
        headers={"HX-Request": "true"} if scripts else {},
    )

    html = answer.content.decode()
    assert person.id_number.unmasked in html and ("<html" in html) is not scripts
    assert answer["Cache-Control"] == "no-store"
    look = Access.objects.latest("pk")
    assert (look.resident_id, look.what, look.purpose, look.screen) == (
        person.pk,
        "number",
        "compare_document",
        "person",
    )
    assert Access.objects.count() == before + 1


@pytest.mark.parametrize("sent", [{"kind": "number", "purpose": "", "screen": "person"}, {"kind": "name"}, {}])
def test_a_number_is_not_shown_for_nothing(clerk: Client, sent: dict[str, str]) -> None:
    assert clerk.post(reverse("console:reveal", args=[person_named("刘玉珍").pk]), sent).status_code == 404


def test_a_number_is_not_shown_to_the_neighbouring_village(signed_in: Callable[[str], Client]) -> None:
    sent = {"kind": "number", "purpose": "compare_document", "screen": "person"}
    person = person_named("刘玉珍")

    # A village cadre shows nobody's number; the township next door does, and does not find this person.
    assert signed_in("village.other").post(reverse("console:reveal", args=[person.pk]), sent).status_code == 403
    assert signed_in("clerk.weifang").post(reverse("console:reveal", args=[person.pk]), sent).status_code == 404


def test_the_whole_number_of_a_person_is_on_no_page(clerk: Client) -> None:
    person = person_named("刘玉珍")

    assert person.id_number and person.id_number.unmasked not in issued(clerk, person)


def test_from_enrolment_to_cover_one_step_at_a_time(clerk: Client) -> None:
    person = person_named("刘玉珍")
    assert "已登记，还没有开应缴单" in html_of(clerk, page_of(person))

    html = issued(clerk, person)
    assert "应缴 200 元，还没有缴" in html and "现在缴，2025年1月1日起享受待遇" in html

    assert clerk.post(page_of(person, "pay"), pay_form(html)).status_code == 302
    done = html_of(clerk, page_of(person))
    assert "已缴 200 元，2025年1月1日起享受待遇" in done
    assert "窗口现金" in done and "应收 · 2025 年度 市财政" in done
    assert done.count('class="is-done"') == 5

    receipt = html_of(clerk, reverse("console:receipt", args=[Payment.objects.get().receipt_no]))
    assert "200 元" in receipt and "2025年1月1日 – 2025年12月31日" in receipt and "本收据无效" in receipt


def test_the_same_form_sent_twice_takes_the_money_once(clerk: Client) -> None:
    person = person_named("刘玉珍")
    form = pay_form(issued(clerk, person))

    first, second = (clerk.post(page_of(person, "pay"), form) for _ in range(2))

    assert (first.status_code, second.status_code) == (302, 302)
    assert Payment.objects.count() == 1


@pytest.mark.parametrize("amount", ["19999", "20001", "0"])
def test_another_amount_is_refused_aloud_and_nothing_is_taken(clerk: Client, amount: str) -> None:
    person = person_named("刘玉珍")

    response = clerk.post(page_of(person, "pay"), pay_form(issued(clerk, person)) | {"amount_fen": amount})

    assert response.status_code == 422
    assert "金额不符，未收款" in response.content.decode()
    assert not Payment.objects.exists()


@pytest.mark.parametrize("amount", ["", "-1", "1.5", "二百", "9" * 30])
def test_an_amount_that_no_form_of_ours_sends_is_no_page(clerk: Client, amount: str) -> None:
    person = person_named("刘玉珍")
    form = pay_form(issued(clerk, person)) | {"amount_fen": amount}

    assert clerk.post(page_of(person, "pay"), form).status_code == 404


def test_the_bill_of_one_person_is_not_paid_on_the_page_of_another(clerk: Client) -> None:
    form = pay_form(issued(clerk, person_named("刘玉珍")))

    assert clerk.post(page_of(person_named("单雄飞"), "pay"), form).status_code == 404


def test_who_has_nothing_to_pay_is_covered_as_soon_as_the_bill_is_issued(clerk: Client) -> None:
    assert "个人不用缴费，2025年1月1日起享受待遇" in issued(clerk, person_named("张桂兰"))


def test_only_the_reading_that_matters_is_marked(clerk: Client) -> None:
    html = issued(clerk, person_named("张桂兰"))

    marked = [reason for reason in re.findall(r'<li class="reason">.*?</li>', html, re.DOTALL) if "tag-wait" in reason]
    assert marked and all("不重复享受" in reason for reason in marked)


@pytest.mark.parametrize(
    ("name", "said"), [("孙一鸣", "不能在这里参保"), ("马远行", "不能在这里参保"), ("赵阿婆", "去世")]
)
def test_who_cannot_be_billed_hears_why(clerk: Client, name: str, said: str) -> None:
    person = person_named(name)
    assert said in html_of(clerk, page_of(person))

    assert clerk.post(page_of(person, "issue-bill")).status_code == 422
    assert not Bill.objects.filter(resident=person).exists()


def test_a_resident_of_weifang_without_a_tier_chooses_one(signed_in: SignIn) -> None:
    clerk, person = signed_in("clerk.weifang"), Resident.objects.get(name="韩未定")
    assert "还没有选缴费档次" in html_of(clerk, page_of(person))
    assert clerk.post(page_of(person, "choose-tier")).status_code == 422

    clerk.post(page_of(person, "choose-tier"), {"tier": "high"})

    assert "个人应缴 510 元" in html_of(clerk, page_of(person))


def test_somebody_who_is_not_enrolled_is_enrolled_here(clerk: Client) -> None:
    enrolled = set(Resident.objects.filter(enrolment__isnull=False).values_list("pk", flat=True))
    person = Resident.objects.exclude(pk__in=enrolled).filter(
        village_code__startswith="370481",
        hukou_area__startswith="370481",
        died_on=None,
        employee_insured=False,
        insured_elsewhere=False,
    )[0]
    assert "还没有参保登记" in html_of(clerk, page_of(person))

    clerk.post(page_of(person, "enrol"))

    assert "已登记，还没有开应缴单" in html_of(clerk, page_of(person))


@pytest.mark.parametrize("path", ["/console/people/999999999", "/console/receipts/none", "/console/bills/runs/999"])
def test_what_is_not_there_gets_our_page(clerk: Client, path: str) -> None:
    response = clerk.get(path)

    assert response.status_code == 404
    assert "没有找到" in response.content.decode()


# Bills and progress


def test_a_preview_writes_nothing_and_counts_everybody(clerk: Client) -> None:
    html = html_of(clerk, "/console/bills/preview?policy=370481-2025&area=370481")

    figures = [int(number.replace(",", "")) for number in re.findall(r'class="figure-value">([\d,]+)', html)]
    enrolled, new, replaced, unchanged, _, refused = figures
    assert enrolled == new + replaced + unchanged + refused
    assert refused >= 2
    assert not Bill.objects.exists()


def progress_rows(html: str) -> dict[str, list[str]]:
    body = html[html.index("<tbody>") : html.index("</tbody>")]
    rows = [re.sub(r"<[^>]+>", "\t", row).split("\t") for row in body.split("</tr>")]
    cells = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    return {row[0]: row[1:] for row in cells if row}


def test_progress_says_who_is_behind_first_and_the_download_has_the_same_numbers(clerk: Client) -> None:
    html = html_of(clerk, "/console/progress")
    rows = progress_rows(html)
    missing = [int(row[0]) for row in rows.values()]
    assert missing == sorted(missing, reverse=True)
    assert f"{next(iter(rows))}还没有缴的人最多" in html and f'class="num">{missing[0]} 人' in html

    text = clerk.get("/console/progress.csv").content.decode("utf-8-sig")
    table = list(csv.DictReader(io.StringIO(text)))

    assert {line["地方"]: line["未结清"] for line in table[:-1]} == {name: row[0] for name, row in rows.items()}
    assert int(table[-1]["未结清"]) == sum(missing)


def test_progress_goes_down_to_villages(clerk: Client) -> None:
    html = html_of(clerk, "/console/progress")
    township = re.search(r'href="(/console/progress\?[^"]*area=370481\d{3}&[^"]*)"', html.replace("&amp;", "&"))
    assert township

    villages = progress_rows(html_of(clerk, township[1]))

    assert villages and all(name.endswith(("会", "村")) for name in villages)


def test_progress_measures_by_the_target_of_the_notice_where_there_is_one(signed_in: SignIn) -> None:
    html = html_of(signed_in("clerk.shuozhou"), "/console/progress?target=everyone")

    assert re.search(r"\d+ 个地方没达标，\S+落后最多", html)
    assert '"target": 95.0' in html


def test_the_style_guide_shows_every_component(clerk: Client) -> None:
    html = html_of(clerk, "/console/style")

    for component in (
        "tag-good",
        "figure-value",
        "chain",
        "payers-bar",
        "strip",
        "reason",
        "field",
        "stepper",
        "<progress",
    ):
        assert component in html, component
    for component in ("filters", "bulk", "masked", "empty", "refusal", "spinner"):
        assert component in html, component


def test_a_login_that_was_switched_off_sees_nothing(clerk: Client) -> None:
    Login.objects.filter(username="clerk.tengzhou").update(is_active=False)

    assert clerk.get("/console/people").status_code == 302


def test_the_list_of_who_has_not_paid_shrinks_with_a_payment(clerk: Client) -> None:
    person = person_named("刘玉珍")
    form = pay_form(issued(clerk, person))
    assert "刘玉珍" in html_of(clerk, "/console/bills/unpaid")

    clerk.post(page_of(person, "pay"), form)

    assert "刘玉珍" not in html_of(clerk, "/console/bills/unpaid")


NUL = "\0"


@pytest.mark.parametrize(
    "path", ["people?q=%00", "bills?policy=%00", "bills/without?code=%00", "receipts/%00", "progress?target=%00"]
)
def test_a_character_that_no_page_of_ours_sends_finds_nothing(clerk: Client, path: str) -> None:
    assert clerk.get(f"/console/{path}").status_code == 404


def test_such_a_character_signs_nobody_in(town: None, client: Client) -> None:
    client.post("/console/sign-in", {"username": f"clerk.tengzhou{NUL}", "password": PASSWORD})

    assert client.get("/console/").status_code == 302


def test_a_bill_that_today_gives_no_longer_is_reissued_before_it_is_paid(clerk: Client) -> None:
    person = person_named("刘玉珍")
    form = pay_form(issued(clerk, person))
    ResidentCategory.objects.create(
        pooling_area=person.pooling_area,
        resident=person,
        code="subsistence_allowance",
        certified_by=Department.CIVIL_AFFAIRS,
        from_on=date(2024, 1, 1),
    )

    html = html_of(clerk, page_of(person))
    assert "应缴单是 200 元，现在应为 0 元，要先重开" in html
    assert "重开应缴单" in html and "take-payment" not in html
    assert clerk.post(page_of(person, "pay"), form).status_code == 422

    assert "个人不用缴费，2025年1月1日起享受待遇" in issued(clerk, person)


def test_another_tier_voids_the_open_bill_and_says_so(signed_in: SignIn) -> None:
    clerk, person = signed_in("clerk.weifang"), Resident.objects.get(name="韩未定")
    clerk.post(page_of(person, "choose-tier"), {"tier": "low"})
    low = issued(clerk, person)
    assert "应缴 400 元，还没有缴" in low and "没缴的应缴单会作废" in low

    said = clerk.post(page_of(person, "choose-tier"), {"tier": "high"}, follow=True).content.decode()

    assert "原应缴单 400 元 已作废，重开为 510 元" in said
    assert "应缴 510 元，还没有缴" in said
    again = clerk.post(page_of(person, "choose-tier"), {"tier": "high"}, follow=True).content.decode()
    assert "原应缴单" not in again

    clerk.post(page_of(person, "pay"), pay_form(said))
    assert "改档次" not in html_of(clerk, page_of(person))
