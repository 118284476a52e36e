"""Whatever anybody sends to the console, each answer is a page of ours, and no browser may keep it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from canbao.billing.models import BillRun, RunState
from canbao.faces.console.urls import urlpatterns
from tests.faces.conftest import person_named
from tests.faces.pages import console_pages

pytestmark = pytest.mark.django_db
calm = effort(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

EDGES = [0, 1, 1899, 1900, 2024, 2025, 2999, 3000, 9999, 32767, 32768, 99999, 2**31, 2**63 - 1, 2**63, 10**18, 10**30]
NUMBERS = st.one_of(st.sampled_from(EDGES), st.integers(0, 10**20))
WORDS = st.one_of(
    st.sampled_from(["", "0", "-1", "²", "٣", "9" * 18, "9" * 25, "low", "high", "cash", "clerk.tengzhou", "x" * 61]),
    st.sampled_from(["370481-2025", "370481", "3704", "370481001", "\0", "%", "<b>", "//example.org", "刘" * 300]),
    st.text(max_size=80),
)
FIELDS = ("username", "password", "next", "q", "tier", "bill", "amount_fen", "key", "method", "policy", "area", "code")
SENT = st.dictionaries(st.sampled_from(FIELDS), WORDS)
PLACES = sorted({str(pattern.pattern) for pattern in urlpatterns})


def address(place: str, numbers: list[int], word: str) -> str:
    """An address of the console with its parts filled in."""
    rest = iter(numbers)
    parts = re.sub(r"<(?:id|year):\w+>", lambda _: str(next(rest)), place)
    return "/console/" + re.sub(r"<str:\w+>", lambda _: word, parts)


@calm
@given(place=st.sampled_from(PLACES), numbers=st.lists(NUMBERS, min_size=2, max_size=2), sent=SENT)
def test_no_number_in_an_address_and_no_field_breaks_the_console(
    clerk: Client, place: str, numbers: list[int], sent: dict[str, str]
) -> None:
    path = address(place, numbers, "370481-2025")

    for response in (clerk.get(path, sent), clerk.post(path, sent)):
        assert response.status_code in (200, 302, 400, 403, 404, 405, 422), (path, sent)
        assert response["Cache-Control"] == "no-store"


@calm
@given(st.sampled_from(["enrol", "choose-tier", "issue-bill", "pay"]), st.integers(1900, 2999), SENT)
def test_no_field_breaks_what_is_done_for_a_person(clerk: Client, name: str, year: int, sent: dict[str, str]) -> None:
    path = reverse(f"console:{name}", args=[person_named("刘玉珍").pk, year])

    assert clerk.post(path, sent).status_code in (302, 404, 422)


@calm
@given(username=WORDS, password=WORDS, wanted=WORDS)
def test_no_name_and_no_password_breaks_signing_in(
    town: None, client: Client, username: str, password: str, wanted: str
) -> None:
    sent = {"username": username, "password": password, "next": wanted}

    assert client.post("/console/sign-in", sent).status_code in (200, 422)


@pytest.mark.parametrize("length", [60, 61, 5000])
def test_a_long_name_signs_nobody_in_and_is_told_so(town: None, client: Client, length: int) -> None:
    response = client.post("/console/sign-in", {"username": "x" * length, "password": "wrong"})

    assert response.status_code == 422
    assert "用户名或密码不正确" in response.content.decode()


@pytest.mark.parametrize("year", ["99999", "999999999999", "32768", "0", "1"])
def test_a_year_that_no_table_holds_is_not_there(clerk: Client, year: str) -> None:
    person = person_named("刘玉珍").pk

    assert clerk.get(f"/console/people/{person}/{year}").status_code == 404


@pytest.mark.parametrize("year", [1900, 2031, 2999])
def test_a_year_without_a_policy_says_so(clerk: Client, year: int) -> None:
    response = clerk.get(reverse("console:person-year", args=[person_named("刘玉珍").pk, year]))

    assert "还没有这一年度的政策文件" in response.content.decode()


def test_every_number_in_an_address_is_bounded() -> None:
    assert not [place for place in PLACES if "<int:" in place]


def test_no_page_of_the_console_may_be_stored(signed_in: Callable[[str], Client]) -> None:
    covered = person_named("刘玉珍")
    for page in console_pages(covered.pk, person_named("张桂兰").pk, covered.household_id or 0):
        assert page.opened_by(signed_in(page.login or ""))["Cache-Control"] == "no-store", page.name
    assert Client().get("/console/people")["Cache-Control"] == "no-store"
    assert Client().get("/console/sign-in")["Cache-Control"] == "no-store"


def test_looking_at_a_run_does_not_work_it(clerk: Client) -> None:
    def jobs() -> list[object]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT args ->> 'run_id' FROM procrastinate_jobs WHERE task_name = 'billing.run'"
                " AND args ->> 'run_id' = %s",
                [str(run.pk)],
            )
            return [row[0] for row in cursor.fetchall()]

    clerk.post("/console/bills/issue", {"policy": "370481-2025", "area": "370481"})
    run = BillRun.objects.get()
    assert (run.state, jobs()) == (RunState.RUNNING, [str(run.pk)])

    clerk.get(f"/console/bills/runs/{run.pk}")
    clerk.post("/console/bills/issue", {"policy": "370481-2025", "area": "370481"})
    assert jobs() == [str(run.pk)]
