"""A list belongs to who handed it in: another school, another hospital and another office have no part in it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from canbao.faces.visit import clock
from canbao.intake.actions import working
from canbao.intake.models import Batch, State
from canbao.kernel.capabilities import Capability
from canbao.kernel.scope import program
from canbao.staff import actions as staff
from canbao.staff.models import Role
from tests.faces.conftest import person_named
from tests.faces.test_console import html_of
from tests.faces.test_imports import IMPORTS, SignIn, deaths, number_of, previewed, uploaded
from tests.intake.sheets import xlsx

pytestmark = pytest.mark.django_db
ADMINISTRATOR = program("a test", Capability.MANAGE_STAFF)
COUNTY = "370481"


@pytest.fixture
def hired(town: None, db: None) -> Callable[..., Client]:
    """A client of a new login with these roles, each a role and an area."""

    def hire(username: str, *grants: tuple[Role, str]) -> Client:
        login = staff.create_login(
            actor=ADMINISTRATOR, username=username, display_name=username, password="unused here", clock=clock()
        )
        for role, area in grants:
            staff.grant_role(actor=ADMINISTRATOR, login=login, role=role, area_code=area, from_on=clock().today())
        client = Client()
        client.force_login(login)
        return client

    return hire


def roll(second: str = "1") -> bytes:
    zhang = person_named("张桂兰")
    return xlsx([["姓名", "身份证号", "学生类别"], [zhang.name, number_of(zhang), "本科"], ["某某", second, "本科"]])


def newborns() -> bytes:
    mother = number_of(person_named("张桂兰"))
    return xlsx([["姓名", "性别", "出生日期", "母亲身份证号"], ["小宝", "男", "2024-10-20", mother],
                 ["小贝", "女", "2024-10-20", "1"]])  # fmt: skip


def applied(giver: Client, head: Client, url: str) -> Batch:
    made = Batch.objects.get(pk=int(url.rsplit("/", 1)[1]))
    assert giver.post(f"{url}/step", {"step": "submit"}).status_code == 302
    assert head.post(f"{url}/decide", {"decision": "approve"}).status_code == 302
    working.apply(batch_id=made.pk, clock=clock())
    made.refresh_from_db()
    return made


def refused_every_step(stranger: Client, url: str) -> None:
    before = Batch.objects.values().get(pk=int(url.rsplit("/", 1)[1]))
    assert stranger.get(f"{url}/errors.xlsx").status_code == 404
    assert stranger.post(f"{url}/columns", {"column-0": "name", "column-1": "id_number"}).status_code == 404
    for step in ("submit", "preview", "withdraw", "undo"):
        assert stranger.post(f"{url}/step", {"step": step}).status_code == 404, step
    assert Batch.objects.values().get(pk=before["id"]) == before


@pytest.mark.parametrize(
    ("role", "source", "content"),
    [(Role.SCHOOL, "university_rolls", roll), (Role.HOSPITAL, "newborns", newborns)],
    ids=["school", "hospital"],
)
def test_an_institution_has_no_part_in_the_list_of_another_in_its_area(
    hired: Callable[..., Client], signed_in: SignIn, role: Role, source: str, content: Callable[[], bytes]
) -> None:
    first, second = hired("first", (role, COUNTY)), hired("second", (role, COUNTY))
    file = content()
    url, again = uploaded(first, file, source=source), uploaded(second, file, source=source)
    assert "没有读入" in again and f'href="{url}"' not in again
    refused_every_step(second, url)

    previewed(first, url)
    assert second.get(url).status_code == 404
    assert url not in html_of(second, IMPORTS) and url in html_of(first, IMPORTS)
    refused_every_step(second, url)
    assert first.get(f"{url}/errors.xlsx").status_code == 200
    assert signed_in("clerk.tengzhou").get(f"{url}/errors.xlsx").status_code == 200

    assert applied(first, signed_in("head.tengzhou"), url).state == State.APPLIED
    refused_every_step(second, url)
    assert first.post(f"{url}/step", {"step": "undo"}).status_code == 302


def test_a_roll_of_newcomers_alone_is_handed_in_from_the_page(hired: Callable[..., Client]) -> None:
    school = hired("first", (Role.SCHOOL, COUNTY))
    grid = [["姓名", "身份证号", "学生类别"], ["王新生", "370481200601011232", "本科"]]
    url = uploaded(school, xlsx(grid), source="university_rolls")
    previewed(school, url)

    page = html_of(school, url)
    assert "提交复核" in page and "没有要写入的" not in page
    assert "名册新人 <strong>1</strong>" in page and "行不能写入" not in page and "下载不能写入的行" not in page
    assert "proposed_newcomer" not in page and 'class="tag tag-bad"' not in page
    assert "王新生" in html_of(school, f"{url}?outcome=newcomer")
    assert "王新生" not in html_of(school, f"{url}?outcome=refused")
    assert school.get(f"{url}/errors.xlsx").status_code == 404
    assert school.post(f"{url}/step", {"step": "submit"}).status_code == 302


def test_an_office_sees_the_list_of_a_school_and_leaves_it_alone(hired: Callable[..., Client]) -> None:
    school, office = hired("first", (Role.SCHOOL, COUNTY)), hired("office", (Role.EDUCATION, COUNTY))
    url = uploaded(school, roll(), source="university_rolls")
    previewed(school, url)

    page = html_of(office, url)
    assert "提交复核" not in page and "撤回并删除文件" not in page and "下载不能写入的行" not in page
    refused_every_step(office, url)


def test_a_colleague_of_the_same_office_carries_on_and_the_office_above_does_not(hired: Callable[..., Client]) -> None:
    first = hired("first", (Role.PUBLIC_SECURITY, COUNTY))
    colleague, above = (
        hired("colleague", (Role.PUBLIC_SECURITY, COUNTY)),
        hired("above", (Role.PUBLIC_SECURITY, "370400")),
    )
    zhang = person_named("张桂兰")
    url = uploaded(first, deaths([zhang.name, number_of(zhang), "2024-11-01"], ["某某", "1", "2024-11-02"]))
    previewed(first, url)

    assert above.get(url).status_code == 200
    refused_every_step(above, url)
    assert colleague.get(f"{url}/errors.xlsx").status_code == 200
    assert colleague.post(f"{url}/step", {"step": "submit"}).status_code == 302


def test_who_hands_in_and_approves_elsewhere_may_do_both(hired: Callable[..., Client], signed_in: SignIn) -> None:
    both = hired("both", (Role.MEDICAL_INSURANCE_CLERK, COUNTY), (Role.MEDICAL_INSURANCE_REVIEWER, "370400"))
    zhang = person_named("张桂兰")
    own = uploaded(both, deaths([zhang.name, number_of(zhang), "2024-11-01"], ["某某", "1", "2024-11-02"]))
    previewed(both, own)

    assert "上传名单" in html_of(both, IMPORTS)
    page = html_of(both, own)
    assert "提交复核" in page and "撤回并删除文件" in page and "下载不能写入的行" in page
    assert both.get(f"{own}/errors.xlsx").status_code == 200
    assert applied(both, signed_in("head.tengzhou"), own).state == State.APPLIED
    assert "撤销这份名单" in html_of(both, own)

    liu = person_named("刘玉珍")
    other = uploaded(signed_in("clerk.tengzhou"), deaths([liu.name, number_of(liu), "2024-11-03"]))
    previewed(signed_in("clerk.tengzhou"), other)
    signed_in("clerk.tengzhou").post(f"{other}/step", {"step": "submit"})
    assert "同意，写入" in html_of(both, other)


def test_a_waiting_list_is_taken_back_by_who_handed_it_in_or_asked(hired: Callable[..., Client]) -> None:
    role = (Role.PUBLIC_SECURITY, COUNTY)
    first, asker, third = hired("first", role), hired("asker", role), hired("third", role)
    zhang = person_named("张桂兰")
    url = uploaded(first, deaths([zhang.name, number_of(zhang), "2024-11-01"]))
    made = previewed(first, url)
    asker.post(f"{url}/step", {"step": "submit"})

    shown = {name: "撤回并删除文件" in html_of(client, url) for name, client in
             (("first", first), ("asker", asker), ("third", third))}  # fmt: skip
    assert shown == {"first": True, "asker": True, "third": False}
    assert third.post(f"{url}/step", {"step": "withdraw"}).status_code == 404
    assert first.post(f"{url}/step", {"step": "withdraw"}).status_code == 302
    made.refresh_from_db()
    assert made.state == State.WITHDRAWN

    again = uploaded(first, deaths([zhang.name, number_of(zhang), "2024-11-01"]))
    previewed(first, again)
    asker.post(f"{again}/step", {"step": "submit"})
    assert asker.post(f"{again}/step", {"step": "withdraw"}).status_code == 302
