"""The lists of people to be visited, the home page's tiles, and a progress that follows the chosen group."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import ProgrammingError, transaction
from django.db.models import Q
from django.test import Client

from canbao.billing import actions as billing
from canbao.enrolment import actions as enrolment
from canbao.enrolment.models import UnenrolledReason
from canbao.faces.console import paging
from canbao.faces.jobs import make_file
from canbao.faces.visit import clock
from canbao.intake.actions import exports
from canbao.intake.models import ExportFile, ExportLog, ExportPiece
from canbao.intake.reading.files import open_file
from canbao.kernel.clock import FixedClock
from canbao.kernel.personal import mask_id_number
from canbao.registry.models import Resident, ResidentCategory
from canbao.staff import queries as staff
from canbao.staff.models import Login
from tests.faces.conftest import person_named
from tests.faces.test_console import html_of, issued, page_of, pay_form, progress_rows

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
TENGZHOU = "policy=370481-2025&area=370481"


def table_of(client: Client, path: str) -> list[dict[str, str]]:
    """What is exported as CSV, without the lines at its end that say who took it."""
    content = client.post(path, {"purpose": "入户动员", "form": "csv"}).content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content)))[:-3]


def issue_all() -> None:
    actor = staff.scope_of(Login.objects.get(username="clerk.tengzhou"), "issue_bills", clock())
    billing.issue_bills(actor=actor, policy_id="370481-2025", area_code="370481", clock=clock())


def test_an_end_of_a_reason_that_cannot_be_read_is_refused(clerk: Client) -> None:
    listed = re.search(r'href="/console/people/(\d+)/2025"', html_of(clerk, f"/console/unenrolled?{TENGZHOU}"))
    assert listed
    sent = {"policy": "370481-2025", "area": "370481", "resident": listed[1], "reason": "refuses"}
    answer = clerk.post("/console/unenrolled/record", {**sent, "expires_on": "2025-13-45"})
    assert answer.status_code == 422 and "有效期不是日期" in answer.content.decode()
    assert not UnenrolledReason.objects.filter(resident_id=listed[1]).exists()


def test_the_home_tile_leads_to_the_people_who_are_not_enrolled(clerk: Client) -> None:
    home = html_of(clerk, "/console/waiting")
    tile = re.search(r'href="(/console/unenrolled[^"]*)"><strong class="num">([\d,]+)<', home)
    assert tile

    html = html_of(clerk, tile[1].replace("&amp;", "&"))

    people = re.findall(r'href="(/console/people/\d+/2025)"', html)
    assert len(people) == int(tile[2].replace(",", "")) > 0
    assert "还没有参保登记" in html_of(clerk, people[0])
    assert len(table_of(clerk, f"/console/unenrolled/export?{TENGZHOU}")) == len(people)


def test_who_enrols_leaves_the_list(clerk: Client) -> None:
    person = person_named("刘玉珍")
    assert "刘玉珍" not in html_of(clerk, "/console/unenrolled?all=1")

    actor = staff.scope_of(Login.objects.get(username="clerk.tengzhou"), "enrol", clock())
    enrolment.stop(
        actor=actor, resident_id=person.pk, benefit_year=2025, stopped_on=clock().today(), reason="迁出", clock=clock()
    )

    assert "刘玉珍" in html_of(clerk, "/console/unenrolled?all=1")


@pytest.mark.parametrize("path", ["bills/unpaid", "unenrolled"])
def test_the_lists_are_read_page_by_page_there_and_back_or_whole(
    clerk: Client, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    if path == "bills/unpaid":
        issue_all()
    monkeypatch.setattr(paging, "PAGE_ROWS", 7)
    monkeypatch.setattr(paging, "COUNTED_MAX", 12)
    address = f"/console/{path}?{TENGZHOU}"
    whole = re.findall(r'<th scope="row"><a href="/console/people/(\d+)/2025"', html_of(clerk, f"{address}&all=1"))

    paged, backwards, html = [], [], html_of(clerk, address)
    assert "共 12+ 人" in html
    while True:
        paged += re.findall(r'<th scope="row"><a href="/console/people/(\d+)/2025"', html)
        if not (after := re.search(r'href="\?([^"]*after=[^"]*)"', html)):
            break
        html = html_of(clerk, f"/console/{path}?{after[1]}".replace("&amp;", "&"))
    while True:
        backwards = re.findall(r'<th scope="row"><a href="/console/people/(\d+)/2025"', html) + backwards
        if not (before := re.search(r'href="\?([^"]*before=[^"]*)"', html)):
            break
        html = html_of(clerk, f"/console/{path}?{before[1]}".replace("&amp;", "&"))

    assert paged == whole == backwards and len(set(whole)) == len(whole) > 12
    assert len(table_of(clerk, f"/console/{path}/export?{TENGZHOU}")) == len(whole)


@pytest.mark.parametrize("cursor", ["x", "W10", "bnVsbA", "WyJhIl0", "WzEsMl0", "WyJhIiwtMV0", "%00"])
def test_a_cursor_that_is_none_leads_to_the_first_page(clerk: Client, cursor: str) -> None:
    first = html_of(clerk, f"/console/unenrolled?{TENGZHOU}")
    for name in ("after", "before"):
        response = clerk.get(f"/console/unenrolled?{TENGZHOU}&{name}={cursor}")
        if response.status_code != 404:
            assert response.content.decode().count('<th scope="row">') == first.count('<th scope="row">')
        response = clerk.get(f"/console/applications?{name}={cursor}")
        assert response.status_code in (200, 404)


def test_a_list_is_narrowed_by_what_is_asked_and_by_nothing_that_names_a_person(clerk: Client) -> None:
    def shown(query: str) -> set[int]:
        html = html_of(clerk, f"/console/unenrolled?{TENGZHOU}&all=1&{query}")
        return {int(pk) for pk in re.findall(r'<th scope="row"><a href="/console/people/(\d+)/2025"', html)}

    today, everybody = clock().today(), shown("")
    people = {person.pk: person for person in Resident.objects.filter(pk__in=everybody)}

    def age(person: Resident) -> int:
        born = person.birth_on
        return today.year - born.year - ((today.month, today.day) < (born.month, born.day))

    assert shown("age_from=18&age_until=59") == {pk for pk, one in people.items() if 18 <= age(one) <= 59} != everybody
    assert shown("student=pupil") == {pk for pk, one in people.items() if one.student == "pupil"}
    assert shown("employee=yes") == set() and shown("employee=no") == everybody
    held = ResidentCategory.objects.filter(
        Q(until_on=None) | Q(until_on__gt=today), code="subsistence_allowance", from_on__lte=today
    ).values_list("resident_id", flat=True)
    assert shown("category=subsistence_allowance") == everybody & set(held)
    assert shown("application=approved") == set()
    assert shown("category=nonsense&student=x&employee=2&age_from=-1&age_until=999") == everybody
    assert "没有符合条件的人" in html_of(clerk, f"/console/unenrolled?{TENGZHOU}&application=approved")


def test_the_list_of_a_village_holds_its_people_and_its_neighbours_can_be_chosen(clerk: Client) -> None:
    person = person_named("刘玉珍")
    issue_all()

    html = html_of(clerk, f"/console/bills/unpaid?policy=370481-2025&area={person.village_code}")

    assert "刘玉珍" in html
    options = re.findall(r'<option value="(\d+)"', html)
    villages = [code for code in options if len(code) == 12]
    assert person.village_code in villages and len(villages) > 1
    assert {code[:9] for code in villages} == {person.village_code[:9]}


def test_the_numbers_in_the_download_are_masked(clerk: Client) -> None:
    person = person_named("刘玉珍")
    issued(clerk, person)

    (row,) = table_of(clerk, f"/console/bills/unpaid/export?{TENGZHOU}")

    assert row["姓名"] == "刘玉珍" and row["应缴（元）"] == "200"
    assert person.id_number and row["证件号码"] == mask_id_number(person.id_number.unmasked)


def test_without_a_bill_nobody_is_called_paid(clerk: Client, signed_in: SignIn) -> None:
    html = html_of(clerk, "/console/bills/unpaid")
    assert "还没有开应缴单" in html and "都缴清了" not in html and "/console/bills?policy=370481-2025" in html
    assert "请经办机构开单" in html_of(signed_in("tax.tengzhou"), "/console/bills/unpaid")

    person = person_named("刘玉珍")
    clerk.post(page_of(person, "pay"), pay_form(issued(clerk, person)))

    assert "都缴清了" in html_of(clerk, "/console/bills/unpaid")


@pytest.mark.parametrize("name", ["bills/unpaid", "bills/unpaid/export", "unenrolled", "unenrolled/export"])
def test_the_lists_name_people_only_to_those_who_may_find_them(signed_in: SignIn, name: str) -> None:
    assert signed_in("supervision.tengzhou").get(f"/console/{name}").status_code == 403
    assert signed_in("clerk.tengzhou").get(f"/console/{name}?area=370700").status_code == 404


def test_the_auditor_sees_every_place(signed_in: SignIn) -> None:
    html = html_of(signed_in("auditor"), "/console/waiting")

    assert html.count("年度，等着办的") == 5


@pytest.mark.parametrize(
    ("username", "said", "unsaid"),
    [
        ("clerk.tengzhou", "可以办：登记、开出应缴单、收款", "账号和授权"),
        ("tax.tengzhou", "可以办：收款", "可以办：登记"),
        ("auditor", "从哪天起享受。<", "可以办"),
        ("administrator", "谁能登录，在哪里担任什么岗位。", "可以办："),
    ],
)
def test_the_home_page_promises_what_the_role_can_do(signed_in: SignIn, username: str, said: str, unsaid: str) -> None:
    html = html_of(signed_in(username), "/console/")

    assert said in html and unsaid not in html


@pytest.mark.parametrize(("username", "offered"), [("village.tengzhou", True), ("supervision.tengzhou", False)])
def test_the_search_box_is_there_for_those_who_may_search(signed_in: SignIn, username: str, offered: bool) -> None:
    assert ('data-focus-key="/"' in html_of(signed_in(username), "/console/")) is offered


def figures_of(html: str) -> list[int]:
    return [int(text.replace(",", "")) for text in re.findall(r'class="figure-value">([\d,]+)', html)]


@pytest.mark.parametrize(("username", "area"), [("clerk.shuozhou", "140600"), ("clerk.pingyin", "370124")])
def test_tiles_columns_and_sentence_follow_the_chosen_group(signed_in: SignIn, username: str, area: str) -> None:
    client = signed_in(username)
    page = html_of(client, "/console/progress")
    codes = re.findall(r'<option value="(\w*)"', page.split('name="target"')[1].split("</select>")[0])
    assert len(codes) > 1
    for code in codes:
        html = html_of(client, f"/console/progress?policy={area}-2025&area={area}&target={code}")
        should, enrolled, billed, settled, *_ = figures_of(html)
        rows = [[int(cell.replace(",", "")) for cell in cells[2:6]] for cells in progress_rows(html).values()]

        assert [sum(column) for column in zip(*rows, strict=True)] == [should, enrolled, billed, settled]
        sentence = re.search(r"合计：([\d,]+) 人中(已登记|已缴清) ([\d,]+) 人", html)
        assert sentence and int(sentence[1].replace(",", "")) == should
        assert int(sentence[3].replace(",", "")) == (enrolled if sentence[2] == "已登记" else settled)
        assert ("离目标还差" in html) is bool(code)


def test_a_finished_run_leads_to_who_has_to_pay(clerk: Client) -> None:
    issue_all()
    listed = re.search(r"/console/bills/runs/\d+", html_of(clerk, "/console/bills"))
    assert listed

    assert "/console/bills/unpaid?policy=370481-2025&amp;area=370481" in html_of(clerk, listed[0])


def test_the_tab_is_named_after_the_place(clerk: Client) -> None:
    assert "<title>进度 · 滕州市 2025" in html_of(clerk, "/console/progress")


def test_a_list_leaves_with_a_purpose_marked_and_logged(clerk: Client, signed_in: SignIn) -> None:
    path = f"/console/unenrolled/export?{TENGZHOU}"
    asked = clerk.post(path, {"purpose": " ", "form": "xlsx"})
    assert asked.status_code == 422 and "没有写用途" in asked.content.decode()

    answer = clerk.post(path, {"purpose": "入户动员", "form": "xlsx"})

    rows = [row for _, row in open_file(answer.content).sheets[0].rows()]
    assert "用途：入户动员" in str(rows[2][0]) and rows[3][:2] == ["姓名", "出生日期"]
    line = ExportLog.objects.get()
    assert (line.rows, line.purpose, line.what, line.form) == (len(rows) - 4, "入户动员", "unenrolled", "xlsx")
    assert "入户动员" in html_of(signed_in("auditor"), "/console/exports")
    assert clerk.get("/console/exports").status_code == 403
    assert signed_in("village.tengzhou").get(path).status_code == 403


def test_a_list_that_is_too_long_does_not_leave(clerk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("canbao.intake.actions.exports.FILE_ROWS_MAX", 3)

    answer = clerk.post(f"/console/unenrolled/export?{TENGZHOU}", {"purpose": "入户动员", "form": "xlsx"})

    assert answer.status_code == 422 and "一次最多导出 3 人" in answer.content.decode()
    assert not ExportLog.objects.exists()


def test_more_rows_than_a_sheet_holds_leave_as_text_alone(clerk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("canbao.intake.actions.exports.SHEET_ROWS_MAX", 3)
    path = f"/console/unenrolled/export?{TENGZHOU}"

    answer = clerk.post(path, {"purpose": "入户动员", "form": "xlsx"})

    assert answer.status_code == 422 and "请改选 .csv" in answer.content.decode()
    assert clerk.post(path, {"purpose": "入户动员", "form": "csv"}).status_code == 200


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("path", ["unenrolled", "people"])
def test_a_long_list_is_made_by_a_job_for_its_owner_alone(
    clerk: Client, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch, path: str, form: str
) -> None:
    where, asked = f"/console/{path}/export?{TENGZHOU}", {"purpose": "入户动员", "form": form}
    at_once = clerk.post(where, asked).content
    monkeypatch.setattr("canbao.intake.actions.exports.EXPORT_ROWS_MAX", 3)
    monkeypatch.setattr("canbao.faces.console.export_tables.READ_AT_ONCE", 4)

    assert "正在后台生成" in clerk.post(where, asked).content.decode()
    line = ExportLog.objects.order_by("-pk")[0]
    download = f"/console/exports/{line.pk}/file"
    assert clerk.get(download).status_code == 404
    make_file(line.pk, clock())

    (link,) = re.findall(r'href="(/console/exports/[^"]+)"', html_of(clerk, where))
    made = clerk.get(link)
    assert (link, made["Content-Disposition"]) == (
        download, f'attachment; filename="{line.what}-370481-2025-370481-{line.pk}.{form}"',
    )  # fmt: skip
    if form == "csv":
        assert made.content.splitlines()[:-2] == at_once.splitlines()[:-2]
        assert f"编号 {line.pk}".encode() in made.content
    else:
        first, later = ([row for _, row in open_file(each).sheets[0].rows()] for each in (at_once, made.content))
        assert later[3:] == first[3:] and f"编号 {line.pk}" in str(later[1][0])
    assert not ExportPiece.objects.filter(sealed__contains="入户动员".encode()).exists()
    assert signed_in("head.tengzhou").get(download).status_code == 404
    assert exports.remove_files(clock=FixedClock(clock().now() + timedelta(days=4))) == 1
    assert clerk.get(download).status_code == 404 and not ExportPiece.objects.exists()


def test_who_may_not_export_any_more_gets_no_file(clerk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("canbao.intake.actions.exports.EXPORT_ROWS_MAX", 3)
    clerk.post(f"/console/people/export?{TENGZHOU}", {"purpose": "入户动员", "form": "csv"})
    Login.objects.filter(username="clerk.tengzhou").update(is_active=False)

    make_file(ExportLog.objects.get().pk, clock())

    assert ExportFile.objects.get().state == "failed" and not ExportPiece.objects.exists()


def test_nobody_rewrites_what_was_exported(clerk: Client) -> None:
    clerk.post(f"/console/unenrolled/export?{TENGZHOU}", {"purpose": "入户动员", "form": "csv"})

    with pytest.raises(ProgrammingError), transaction.atomic():
        ExportLog.objects.update(purpose="别的")


def test_the_register_of_a_place_leaves_with_the_columns_that_are_chosen(clerk: Client) -> None:
    zhang = person_named("张桂兰")
    Resident.objects.filter(pk=zhang.pk).update(name="=1+1")
    path = f"/console/people/export?{TENGZHOU}"
    asked = html_of(clerk, path)
    assert 'value="birth_on"' in asked and 'value="name" checked' in asked

    answer = clerk.post(
        path, {"purpose": "核对户籍", "form": "csv", "column": ["village", "name", "id_number"], "area": "370481"}
    )
    table = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))[:-3]

    assert list(table[0]) == ["姓名", "证件号码", "村居"]
    assert {row["姓名"] for row in table} >= {"'=1+1"}
    assert all("*" in row["证件号码"] for row in table if row["证件号码"])
    line = ExportLog.objects.get()
    assert (line.what, line.rows, line.query["columns"]) == ("register", len(table), "name,id_number,village")
    assert Resident.objects.filter(village_code__startswith="370481", died_on=None).count() == len(table) > 0
