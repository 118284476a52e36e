"""The auditor's pages: found by who, what, whom and when; masked; taken away only for a purpose; never changed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import translation

from canbao.enrolment.models import Application, ApplicationEvent, Enrolment, EnrolmentChange
from canbao.faces import trail_words, words
from canbao.faces.console.audit import masked
from canbao.faces.console.record import SCREENS
from canbao.faces.console.trails import TRAILS
from canbao.faces.visit import clock
from canbao.intake.models import Batch
from canbao.kernel.binding import bound
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import SHANGHAI
from canbao.registry.codes import NumberKind, Purpose
from canbao.staff import actions
from canbao.staff import queries as staff
from canbao.staff.models import Access, Change, Grant, Login, LoginEventKind, Role, SignInAttempt
from tests.faces.conftest import person_named
from tests.faces.pages import stray_chinese

pytestmark = pytest.mark.usefixtures("town")
CHANGES, ACCESSES = "/console/audit/changes", "/console/audit/accesses"


@pytest.fixture
def auditor(signed_in: Callable[[str], Client]) -> Client:
    return signed_in("auditor")


@pytest.fixture
def changed(db: None) -> Change:
    """A grant that the administrator ended."""
    keeper = Login.objects.get(username="administrator")
    scope = staff.scope_of(keeper, "manage_staff", clock())
    login = Login.objects.get(username="village.tengzhou")
    with bound(scope):
        actions.end_grant(
            actor=scope, login=login, grant_id=login.grants.get().pk, until_on=date(2025, 1, 1), clock=clock()
        )
    return Change.objects.get(table_name="staff_grant")


def test_a_change_shows_who_when_before_and_after(auditor: Client, changed: Change) -> None:
    listed = auditor.get(CHANGES).content.decode()
    assert "许管理" in listed and f"{CHANGES}/{changed.pk}" in listed

    page = auditor.get(f"{CHANGES}/{changed.pk}").content.decode()
    assert "终止日期" in page and "2025-01-01" in page and "管理账号" in page
    assert "until_on" not in page and "manage_staff" not in page and "until_on" not in listed


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("who=administrator", True),
        ("who=许管理", True),
        ("who=clerk.tengzhou", False),
        ("who=nobody", False),
        ("what=staff_grant", True),
        ("what=registry_resident", False),
        ("first={day}&last={day}", True),
        ("last={before}", False),
        ("first={after}", False),
        ("first=0001-01-01&last=9999-12-31", True),
        ("first=nonsense&last=2024-13-45&resident=x&before=y", True),
    ],
)
def test_filters_of_changes(auditor: Client, changed: Change, query: str, found: bool) -> None:
    day = changed.at.astimezone(SHANGHAI).date()
    query = query.format(day=day, before=day - timedelta(days=1), after=day + timedelta(days=1))

    assert ("许管理" in auditor.get(f"{CHANGES}?{query}").content.decode()) is found


def test_who_looked_at_whom(auditor: Client, clerk: Client) -> None:
    person = person_named("刘玉珍")
    asked = {"kind": "number", "purpose": Purpose.values[0], "screen": "person"}
    assert clerk.post(f"/console/people/{person.pk}/reveal", asked).status_code == 200
    shown = Access.objects.filter(resident_id=person.pk).latest("pk")

    page = auditor.get(f"{ACCESSES}?resident={person.pk}").content.decode()
    assert shown.actor_name in page and f"/console/people/{person.pk}" in page
    assert "林经办" not in auditor.get(f"{ACCESSES}?resident={person.pk + 1}").content.decode()
    assert "林经办" not in auditor.get(f"{ACCESSES}?what=phone").content.decode()


def test_the_last_day_that_a_date_can_be_is_a_filter_too(auditor: Client, changed: Change) -> None:
    for page in (f"/console/audit/{which}" for which in TRAILS):
        assert auditor.get(f"{page}?first=0001-01-01&last=9999-12-31").status_code == 200


def test_a_change_of_a_person_is_found_by_the_persons_number(auditor: Client, clerk: Client) -> None:
    person = person_named("刘玉珍")
    with bound(staff.scope_of(Login.objects.get(username="clerk.tengzhou"), "keep_register", clock())):
        type(person).objects.filter(pk=person.pk).update(name="刘玉珍珍")

    row = Change.objects.get(table_name="registry_resident", row_id=str(person.pk))
    assert f"{CHANGES}/{row.pk}" in auditor.get(f"{CHANGES}?resident={person.pk}").content.decode()
    page = auditor.get(f"{CHANGES}/{row.pk}").content.decode()
    assert "刘玉珍</td>" in page and "刘玉珍珍</td>" in page


TOLD = {
    "additions": ("授权", "许管理", "新增"),
    "enrolments": ("参保登记", "370481-2025"),
    "applications": ("待审核", "370481-2025"),
    "lists": ("死亡", "新增 0 行"),
    "approvals": ("授予重要岗位", "待审批", "许管理"),
    "logins": ("登录", "clerk.tengzhou"),
    "attempts": ("验证码", "clerk.tengzhou", "203.0.113.9"),
}


@pytest.mark.parametrize("which", TOLD)
def test_each_trail_says_in_words_who_did_what(which: str, auditor: Client, deeds: int) -> None:
    page = auditor.get(f"/console/audit/{which}").content.decode()
    assert [word for word in TOLD[which] if word not in page] == []

    file = auditor.post(f"/console/audit/{which}/export", {"purpose": "年度审计"})
    assert [word for word in TOLD[which] if word not in file.content.decode()] == []
    if TRAILS[which].of_people and which != "additions":
        assert f"/console/people/{deeds}" in page
        assert TOLD[which][0] + "<br>" in auditor.get(f"/console/audit/{which}?resident={deeds}").content.decode()
    assert "没有找到记录" in auditor.get(f"/console/audit/{which}?who=no.grant").content.decode()
    assert "没有找到记录" in auditor.get(f"/console/audit/{which}?last=2001-01-01").content.decode()


@pytest.fixture
def deeds(db: None) -> int:
    """A sign-in, a new grant and one that is asked for, a list, an enrolment and an application of one resident."""
    keeper = Login.objects.get(username="administrator")
    scope = staff.scope_of(keeper, "manage_staff", clock())
    cadre = Login.objects.get(username="village.tengzhou")
    with bound(scope):
        actions.grant_role(actor=scope, login=cadre, role=Role.STATISTICS, area_code="370481", from_on=clock().today())
        actions.ask_grant(
            actor=scope, login=cadre, role=Role.MEDICAL_INSURANCE_HEAD, area_code="370481",
            from_on=clock().today(), until_on=None,
            clock=clock(),
        )  # fmt: skip
    clerk = Login.objects.get(username="clerk.tengzhou")
    actions.record_event(login=clerk, kind=LoginEventKind.SIGNED_IN, clock=clock())
    SignInAttempt.objects.create(
        username="clerk.tengzhou", stage="code", address="203.0.113.9", at=clock().now(), succeeded=False
    )
    enrolled = Enrolment.objects.filter(policy_id="370481-2025").earliest("pk")
    person = enrolled.resident
    by = {"pooling_area": person.pooling_area, "at": clock().now(), "actor_id": clerk.pk, "actor_name": "林经办"}
    EnrolmentChange.objects.create(enrolment=enrolled, kind="enrolled", **by)
    asked = Application(
        pooling_area=person.pooling_area, number="A0001", policy_id="370481-2025", benefit_year=2025, route="counter",
        state="submitted", village_code=person.village_code, name="某人", birth_on=date(1980, 3, 1), sex="female",
        applicant_name="某人", relation="self", begun_at=clock().now(), submitted_at=clock().now(), resident=person,
    )  # fmt: skip
    asked.seal("371402198003011234", "13800000000")
    asked.save()
    ApplicationEvent.objects.create(application=asked, state="submitted", **by)
    Batch.objects.create(
        pooling_area=person.pooling_area, area_code="370481", source="deaths", file_name="死亡.csv", file_bytes=1,
        digest="x", content_key=b"x", state="previewed", actor_id=clerk.pk, actor_name="林经办",
        handed_in_at=clock().now(),
    )  # fmt: skip
    return person.pk


def test_pages_follow_each_other_without_gap_or_repeat(auditor: Client, db: None) -> None:
    scope = staff.scope_of(Login.objects.get(username="clerk.tengzhou"), "see_person", clock())
    Access.objects.bulk_create(
        Access(
            pooling_area="370400", at=clock().now() - timedelta(seconds=number // 3), actor_id=scope.actor_id,
            actor_name="林经办", purpose="see_person", screen="test", what="person", resident_id=500_000 + number,
        )
        for number in range(250)
    )  # fmt: skip
    import re

    seen: list[str] = []
    address = f"{ACCESSES}?who=clerk.tengzhou"
    for _ in range(5):
        page = auditor.get(address).content.decode()
        seen += re.findall(r">(500\d{3})<", page)
        older = re.search(r'href="\?([^"]*)" rel="next"', page)
        if older is None:
            break
        address = f"{ACCESSES}?{older[1].replace('&amp;', '&')}"

    assert len(seen) == len(set(seen)) == 250


def test_an_export_needs_a_purpose_and_is_itself_in_the_log(auditor: Client, changed: Change) -> None:
    refused = auditor.post(f"{CHANGES}/export", {"purpose": " "})
    assert refused.status_code == 422 and "没有写做什么用" in refused.content.decode()

    file = auditor.post(f"{CHANGES}/export", {"purpose": "年度审计", "what": "staff_grant"})

    said = file.content.decode()
    assert file["Content-Type"].startswith("text/csv")
    assert "授权" in said and "终止日期" in said and "管理账号" in said and "staff_grant" not in said
    line = Access.objects.latest("pk")
    assert (line.screen, line.what, line.purpose, line.people) == ("audit-changes", "list", "年度审计", 1)
    assert "年度审计" in auditor.get(ACCESSES).content.decode()


def test_the_auditor_changes_nothing(auditor: Client, changed: Change) -> None:
    for name in ("grant", "reset-password", "disable-login"):
        login = Login.objects.get(username="village.other")
        assert auditor.post(reverse(f"console:{name}", kwargs={"login_id": login.pk})).status_code == 403
    assert auditor.post(CHANGES).status_code == 405
    with pytest.raises(NoReverseMatch):
        reverse("console:audit-delete")
    assert Grant.objects.filter(pk=changed.row_id).exists()


def test_others_are_told_that_they_may_not(signed_in: Callable[[str], Client]) -> None:
    for name in ("administrator", "head.tengzhou", "clerk.tengzhou"):
        answer = signed_in(name).get(CHANGES)
        assert answer.status_code == 403 and "您没有权限看这一页" in answer.content.decode()


def test_another_places_trail_is_not_there(auditor: Client, changed: Change, db: None) -> None:
    Grant.objects.filter(login__username="auditor", area_code="370000").delete()
    assert auditor.get(f"{CHANGES}/{changed.pk}").status_code == 404
    assert "许管理" not in auditor.get(CHANGES).content.decode()


def test_values_are_masked() -> None:
    translation.activate("zh-hans")
    assert masked("370481198003011234") == "3704************34"
    assert masked("13800001234") == "1380*****34"
    assert masked("\\x00ff") == "（密封）"
    assert masked({"phone": "13800001234"}) == "{'phone': '1380*****34'}"
    assert masked(None) == "—" and masked("2025-01-01") == "2025-01-01" and masked(7) == "7"


def test_the_pages_speak_english(auditor: Client, changed: Change) -> None:
    auditor.cookies["django_language"] = "en"
    for path in (*(f"/console/audit/{which}" for which in TRAILS), f"{CHANGES}/{changed.pk}"):
        assert stray_chinese(auditor.get(path).content.decode()) == [], path


def test_every_purpose_screen_and_column_of_the_trail_has_a_word() -> None:
    root = Path(settings.ROOT) / "src" / "canbao"
    written = "\n".join(file.read_text(encoding="utf-8") for file in root.rglob("*.py"))
    purposes = {*Capability, *Purpose, *re.findall(r'\bpurpose="([^"]+)"', written)}
    screens = {*SCREENS, *(f"audit-{which}" for which in TRAILS)}
    screens |= set(re.findall(r'(?:\bscreen=|\bSCREEN = )"([^"]+)"', written))
    columns = {field.column for model in staff.history.tables().values() for field in model._meta.concrete_fields}
    whats = set(re.findall(r'\bwhat="([^"]+)"', written)) & set(words.SHOWN) | set(NumberKind)

    assert "operation" in purposes and "import-errors" in screens and "evidence" in whats, "the patterns find them"
    assert sorted(purposes - set(trail_words.PURPOSES)) == []
    assert sorted(screens - set(trail_words.SCREENS)) == []
    assert sorted({*columns, "known_since"} - set(trail_words.COLUMNS)) == []
    assert set(staff.audit.whats()) == set(words.SHOWN) and whats <= set(words.SHOWN)


@pytest.mark.parametrize(("people", "said"), [(1, "1 person"), (2, "2 people")])
def test_an_english_list_counts_its_people(auditor: Client, people: int, said: str) -> None:
    scope = staff.scope_of(Login.objects.get(username="auditor"), "see_audit", clock())
    actions.record_access(actor=scope, screen="import-errors", what="list", clock=clock(), people=people)
    auditor.cookies["django_language"] = "en"

    page = auditor.get(ACCESSES).content.decode()
    assert said in page and "Rows refused in an import" in page and "See the audit" in page
    assert "import-errors" not in page and "see_audit" not in page
