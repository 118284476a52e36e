"""A list comes in through the browser: uploaded, its columns checked, previewed, approved by another, written."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from canbao.faces.visit import clock
from canbao.intake.actions import working
from canbao.intake.models import Batch, State
from canbao.intake.reading.files import open_file
from canbao.intake.reading.mapping import guess, locate
from canbao.intake.sources import SOURCES
from canbao.kernel.personal import IdNumber
from canbao.registry.models import Resident
from tests.faces.conftest import person_named
from tests.faces.test_console import html_of
from tests.intake.sheets import xlsx

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
IMPORTS = "/console/imports"


def number_of(person: Resident) -> str:
    number = person.id_number
    assert isinstance(number, IdNumber)
    return number.unmasked


def uploaded(client: Client, content: bytes, source: str = "deaths", **fields: str) -> str:
    """The address that the upload leads to, or the page that says why not."""
    sent = SimpleUploadedFile("死亡名单.xlsx", content)
    answer = client.post(f"{IMPORTS}/hand-in", {"source": source, "area": "370481", "file": sent, **fields})
    return str(answer["Location"]) if answer.status_code == 302 else answer.content.decode()


def previewed(client: Client, url: str) -> Batch:
    page = html_of(client, url)
    chosen = dict(re.findall(r'name="(column-\d+)".*?value="([\w.]+)" selected', page))
    assert client.post(f"{url}/columns", chosen).status_code == 302
    made = Batch.objects.get(pk=int(url.rsplit("/", 1)[1]))
    working.preview(batch_id=made.pk, clock=clock())
    made.refresh_from_db()
    return made


def deaths(*rows: list[str]) -> bytes:
    return xlsx([["姓名", "身份证号", "死亡日期"], *rows])


def test_a_list_goes_from_the_upload_to_the_register(signed_in: SignIn) -> None:
    clerk, head, zhang = signed_in("clerk.tengzhou"), signed_in("head.tengzhou"), person_named("张桂兰")
    number = number_of(zhang)
    url = uploaded(clerk, deaths([zhang.name, number, "2024年11月1日"], ["某某", "1", "2024-11-02"]))
    assert "数字都换成了星号" in html_of(clerk, url)

    made = previewed(clerk, url)
    page = html_of(clerk, url)
    assert "将新增 <strong>0</strong>，变更 <strong>1</strong>" in page
    assert number not in page and number[:4] + "*" * 10 + number[-4:] in page
    assert "2024年11月1日" in page and "应为 18 位" in page
    assert clerk.post(f"{url}/step", {"step": "submit"}).status_code == 302
    assert "同意，写入" not in html_of(clerk, url)
    assert "等复核的" in html_of(head, IMPORTS)
    assert head.post(f"{url}/decide", {"decision": "approve"}).status_code == 302
    working.apply(batch_id=made.pk, clock=clock())

    made.refresh_from_db()
    zhang.refresh_from_db()
    assert (made.state, str(zhang.died_on)) == (State.APPLIED, "2024-11-01")
    assert "已写入" in html_of(clerk, url)
    errors = clerk.get(f"{url}/errors.xlsx")
    (_, headings), (_, row) = open_file(errors.content).sheets[0].rows()
    assert headings[:3] == ["原因", "表", "行号"] and row[3:] == ["某某", "1", "2024-11-02"]
    assert "应为 18 位" in str(row[0]) and row[2] == "3"


def test_the_same_file_again_leads_to_the_first(signed_in: SignIn) -> None:
    clerk, content = signed_in("clerk.tengzhou"), deaths(["某某", "1", "2024-11-02"])
    url = uploaded(clerk, content)

    said = uploaded(clerk, content)

    assert "这个文件上传过了" in said and f'href="{url}"' in said


@pytest.mark.parametrize(
    ("content", "sentence"), [(b"", "文件是空的"), (b"<html>", "这不是名单"), (b"a,b\n1,2\n", "没有找到表头")]
)
def test_a_file_that_is_no_list_is_refused_on_the_page(signed_in: SignIn, content: bytes, sentence: str) -> None:
    assert sentence in uploaded(signed_in("clerk.tengzhou"), content)


def test_a_missing_column_is_named(signed_in: SignIn) -> None:
    clerk = signed_in("clerk.tengzhou")
    url = uploaded(clerk, xlsx([["姓名", "身份证号", "何日"], ["某某", "1", "2024-11-02"]]))

    answer = clerk.post(f"{url}/columns", {"column-0": "name", "column-1": "id_number"})

    assert answer.status_code == 422
    assert "还没有指明哪一列是：死亡日期" in answer.content.decode()


def test_lists_of_another_place_are_not_there_and_roles_without_lists_see_none(signed_in: SignIn) -> None:
    url = uploaded(signed_in("clerk.tengzhou"), deaths(["某某", "1", "2024-11-02"]))

    for path in (url, f"{url}/errors.xlsx"):
        assert signed_in("clerk.weifang").get(path).status_code == 404
        assert signed_in("village.tengzhou").get(path).status_code == 403
    assert signed_in("clerk.weifang").post(f"{url}/step", {"step": "withdraw"}).status_code == 404
    assert signed_in("village.tengzhou").get(IMPORTS).status_code == 403
    assert uploaded(signed_in("civil.tengzhou"), deaths(["某某", "2", ""]), source="employee_insured").startswith(
        "<!doctype"
    )


def test_withdrawing_removes_what_was_kept(signed_in: SignIn) -> None:
    clerk = signed_in("clerk.tengzhou")
    url = uploaded(clerk, deaths(["某某", "1", "2024-11-02"]))
    previewed(clerk, url)

    clerk.post(f"{url}/step", {"step": "withdraw"})

    assert "文件和预览都已删除" in html_of(clerk, url)
    assert clerk.get(f"{url}/errors.xlsx").status_code == 404


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.code)
def test_every_template_is_read_back_by_its_own_headings(signed_in: SignIn, source: object) -> None:
    code, columns = source.code, source.columns  # type: ignore[attr-defined]
    answer = signed_in("clerk.tengzhou").get(f"{IMPORTS}/templates/{code}.xlsx")

    located = locate(open_file(io.BytesIO(answer.content).getvalue()), columns)

    assert [each.key for each in guess(located.header.headings, columns)] == [column.key for column in columns]
