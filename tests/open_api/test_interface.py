"""The interface: tokens, scopes, areas, refusals in both languages, pages, the same answer to the same request."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client

from canbao.billing.actions import issue_bill
from canbao.enrolment.models import Enrolment
from canbao.entitlement.models import Cover
from canbao.faces.open_api.actions import TOKEN_LIFE, revoke_client
from canbao.faces.open_api.models import AccessToken
from canbao.faces.open_api.models import Client as Credentials
from canbao.faces.open_api.queries import digest
from canbao.faces.visit import clock
from canbao.kernel.clock import unique_key
from canbao.payments.actions import take_counter_payment
from canbao.policy import policies, quote
from canbao.registry.models import Resident
from canbao.staff import queries as staff
from canbao.staff.models import Login, Role
from tests.faces.conftest import person_named
from tests.open_api.conftest import ADMINISTRATOR, Program

POLICY = "370481-2025"
ADULT = {"birth_date": "1980-05-01", "hukou_area": "370481"}


def test_a_token_is_given_for_the_right_secret_alone_and_kept_as_a_digest(clerk: Program) -> None:
    wrong = Program(clerk.client_id, "not the secret").asked_for_token()
    unknown = Program("client-nobody", clerk.secret).asked_for_token()
    right = clerk.asked_for_token()

    assert (wrong.status_code, unknown.status_code, right.status_code) == (401, 401, 200)
    assert wrong.json() == unknown.json()
    token = right.json()["access_token"]
    assert AccessToken.objects.filter(digest=digest(token)).exists()
    assert not Credentials.objects.filter(secret_digest=clerk.secret).exists()


@pytest.mark.parametrize(
    ("path", "host", "status"), [("/api/v1/policies", "no host!", 400), ("/api/v1/nothing", "testserver", 404)]
)
def test_what_reaches_no_operation_is_refused_as_a_problem_too(path: str, host: str, status: int) -> None:
    answer = Client(headers={"Host": host, "Accept-Language": "en"}).get(path)

    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["detail"] == answer.json()["en"]
    page = Client(headers={"Host": host}).get("/nothing")
    assert (page.status_code, page["Content-Type"].startswith("text/html")) == (status, True)


def test_the_secret_may_come_as_http_basic(clerk: Program) -> None:
    pair = base64.b64encode(f"{clerk.client_id}:{clerk.secret}".encode()).decode()
    answer = Client().post(
        "/api/v1/token", {"grant_type": "client_credentials"}, headers={"Authorization": f"Basic {pair}"}
    )

    assert answer.status_code == 200


def test_a_token_ends_with_its_time_and_with_its_client(clerk: Program) -> None:
    assert clerk.get("/policies").status_code == 200
    AccessToken.objects.update(
        issued_at=clock().now() - 2 * TOKEN_LIFE, expires_at=clock().now() - timedelta(seconds=1)
    )
    assert clerk.get("/policies").status_code == 401

    clerk.with_token()
    assert clerk.get("/policies").status_code == 200
    assert revoke_client(actor=ADMINISTRATOR, client_id=clerk.client_id, clock=clock())
    assert clerk.get("/policies").status_code == 401
    assert clerk.asked_for_token().status_code == 401


def test_no_token_no_answer(town: None, db: None) -> None:
    answer = Client().get("/api/v1/policies")

    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_token_for_one_scope_opens_nothing_else(clerk: Program) -> None:
    clerk.with_token("see_policies")

    assert clerk.get("/policies").status_code == 200
    refused = clerk.get("/residents", q="张")
    assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")
    assert clerk.asked_for_token("manage_staff").json()["code"] == "invalid_scope"


def test_a_refusal_speaks_both_languages_and_the_one_asked_for(clerk: Program) -> None:
    said = clerk.get("/residents/999999999/years/2025")

    problem = said.json()
    assert (said.status_code, problem["code"], problem["type"]) == (
        404, "resident_not_found", "urn:canbao:problem:resident_not_found",
    )  # fmt: skip
    assert problem["detail"] == problem["en"] != problem["zh"]


def test_people_of_other_areas_are_not_there(make_program: Callable[..., Program]) -> None:
    here = make_program(Role.MEDICAL_INSURANCE_CLERK, "370481", username="here")
    there = make_program(Role.MEDICAL_INSURANCE_CLERK, "370124", username="there")
    person = Resident.objects.filter(village_code__startswith="370481").first()
    assert person is not None

    own, other = (program.get(f"/residents/{person.pk}/years/2025") for program in (here, there))
    assert (own.status_code, other.status_code) == (200, 404)
    assert own.json()["resident"]["name"] == person.name
    assert person.pk in [row["resident_id"] for row in here.get("/residents", q=person.name, limit=100).json()]
    assert there.get("/residents", q=person.name, limit=100).json() == []
    for path in ("/enrolments", "/bills", "/payments", "/tally"):
        refused = there.get(path, policy=POLICY, area="370481")
        assert (refused.status_code, refused.json()["code"]) == (404, "area_not_found")


def test_a_quote_is_that_of_the_engine(clerk: Program) -> None:
    answer = clerk.post(f"/policies/{POLICY}/quotes", {"person": ADULT, "on": "2024-11-20"})

    expected = quote(policies.get(POLICY), ADULT, on=date(2024, 11, 20)).as_dict()
    assert answer.json() == expected


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"person": {"hukou_area": "370481"}}, "body.person.birth_date"),
        ({"person": {**ADULT, "birth_date": "yesterday"}}, "body.person.birth_date"),
        ({"person": {**ADULT, "nickname": "x"}}, "body.person.nickname"),
        ({"person": {**ADULT, "disability_grade": 9}}, "body.person.disability_grade"),
        ({"person": {**ADULT, "employee_insured": "yes"}}, "body.person.employee_insured"),
        ({"person": {**ADULT, "birth_date": 946684800}}, "body.person.birth_date"),
        ({"person": {**ADULT, "birth_date": "1980-03-01T00:00:00"}}, "body.person.birth_date"),
        ({"person": ADULT, "as_year": "2026"}, "body.as_year"),
        ({"person": ADULT, "as_year": True}, "body.as_year"),
        ({"person": {**ADULT, "tier": "middle"}}, "body.person.tier"),
        ({"person": [1]}, "body.person"),
        ({}, "body.person"),
    ],
)
def test_a_bad_person_is_told_where_and_why_in_both_languages(clerk: Program, body: object, where: str) -> None:
    refused = clerk.post(f"/policies/{POLICY}/quotes", body)

    assert refused.status_code == 422
    places = {place["where"]: place for place in refused.json()["errors"]}
    assert where in places
    han = re.compile("[\u4e00-\u9fff]")
    assert han.search(places[where]["zh"]) and not han.search(places[where]["en"])
    assert not re.search("[a-z]{3,} [a-z]{2,} [a-z]{2,}", places[where]["zh"]), (
        "no English sentence inside a Chinese one"
    )


@pytest.mark.parametrize("resident_id", ["60027", True, 60027.0, None, 0])
def test_a_number_of_a_body_is_a_whole_number_and_nothing_else(clerk: Program, resident_id: object) -> None:
    body = {"resident_id": resident_id, "policy_id": POLICY}
    refused = clerk.post("/enrolments", body, **{"Idempotency-Key": "strict"})
    assert refused.status_code == 422 and refused.json()["errors"][0]["where"] == "body.resident_id"


def test_pages_by_cursor_hold_every_row_once(clerk: Program) -> None:
    expected = set(Enrolment.objects.filter(policy_id=POLICY).values_list("pk", flat=True))
    seen: list[int] = []
    cursor: dict[str, str] = {}
    while True:
        page = clerk.get("/enrolments", policy=POLICY, area="370481", limit=37, **cursor).json()
        seen += [row["enrolment_id"] for row in page["items"]]
        if page["next"] is None:
            break
        assert len(page["items"]) == 37
        cursor = {"cursor": page["next"]}

    assert len(expected) > 74
    assert sorted(seen) == sorted(expected)
    assert clerk.get("/enrolments", policy=POLICY, area="370481", cursor="bm9uZQ").status_code == 422


def test_an_enrolment_is_made_once_for_a_key(clerk: Program) -> None:
    enrolled = Enrolment.objects.filter(policy_id=POLICY, state="live").values("resident_id")
    person = (
        Resident.objects.filter(
            village_code__startswith="370481", hukou_area__startswith="370481", died_on=None,
            employee_insured=False, insured_elsewhere=False,
        )
        .exclude(pk__in=enrolled)
        .first()
    )  # fmt: skip
    assert person is not None, "the demo town has nobody left to enrol"
    body, key = {"resident_id": person.pk, "policy_id": POLICY}, {"Idempotency-Key": "order-1"}
    elsewhere = clerk.post("/enrolments", {**body, "route": "college"}, **{"Idempotency-Key": "order-0"})
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (409, "wrong_route")
    body |= {"route": "town", "seen": ["胡说"]}
    unheard = clerk.post("/enrolments", body, **{"Idempotency-Key": "order-3"})
    assert (unheard.status_code, unheard.json()["code"]) == (409, "evidence_unknown")
    body["seen"] = ["有效身份证件"]

    first, again = (clerk.post("/enrolments", body, **key) for _ in range(2))
    print(first.content.decode())

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert (first["Idempotency-Replayed"], again["Idempotency-Replayed"]) == ("false", "true")
    made = Enrolment.objects.get(resident_id=person.pk, benefit_year=2025, state="live")
    assert (made.route, first.json()["route"]) == ("town", "town")
    assert made.changes.get().detail == "有效身份证件"
    other = clerk.post("/enrolments", {**body, "tier": "low"}, **key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    twice = clerk.post("/enrolments", body, **{"Idempotency-Key": "order-2"})
    assert (twice.status_code, twice.json()["code"]) == (409, "already_enrolled")
    assert clerk.post("/enrolments", body).status_code == 422


def test_no_address_holds_a_whole_number_or_phone(clerk: Program) -> None:
    number, _ = _covered()
    spaced = f"{number[:6]} {number[6:14]} {number[14:]}"
    for written in (number, spaced, f"刘 {number}", "138 0000 1234", "13800001234", "E12345678"):
        refused = clerk.get("/residents", q=written)
        assert (refused.status_code, refused.json()["code"]) == (422, "number_in_address"), written
        for said in (refused.json()["zh"], refused.json()["en"]):
            assert "POST /api/v1/resident-searches" in said and "POST /api/v1/cover-queries" in said

    found = clerk.post("/resident-searches", {"q": number})
    assert found.status_code == 200 and number not in found.content.decode()
    assert found.json() == clerk.get("/residents", q=f"{found.json()[0]['name']} {number[-4:]}").json()


def test_cover_is_told_for_the_number_and_day_alone(clerk: Program) -> None:
    number, cover = _covered()
    inside = clerk.post("/cover-queries", {"id_number": number, "on": cover.cover_from.isoformat()}).json()
    before = clerk.post("/cover-queries", {"id_number": number, "on": "2020-01-01"}).json()

    assert (inside["covered"], inside["cover_from"]) == (True, cover.cover_from.isoformat())
    assert before == {"covered": False, "on": "2020-01-01", "cover_from": None, "last_covered_on": None}


def test_a_client_may_ask_so_often_and_no_more(make_program: Callable[..., Program]) -> None:
    program = make_program(Role.STATISTICS, "370481", requests_per_minute=3)

    answers = [program.get("/policies") for _ in range(4)]
    if {answer.status_code for answer in answers} == {200}:
        # A new minute began between them, which happens once.
        answers = [program.get("/policies") for _ in range(4)]

    refused = answers[-1]
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert int(refused["Retry-After"]) >= 1


def _covered() -> tuple[str, Cover]:
    """Number and cover of a person who has paid at the counter."""
    clerk, person = Login.objects.get(username="clerk.tengzhou"), person_named("刘玉珍")
    bill = issue_bill(
        actor=staff.scope_of(clerk, "issue_bills", clock()), resident_id=person.pk, benefit_year=2025, clock=clock()
    )
    take_counter_payment(
        actor=staff.scope_of(clerk, "take_payment", clock()),
        bill_id=bill.pk,
        amount_fen=bill.payable_fen,
        key=unique_key(),
        clock=clock(),
    )
    assert person.id_number is not None
    return person.id_number.unmasked, Cover.objects.get(resident_id=person.pk, benefit_year=2025)


def test_a_misspelt_filter_is_refused(clerk: Program) -> None:
    refused = clerk.get("/enrolments", policy=POLICY, area="370481", limmit=5)

    assert (refused.status_code, refused.json()["errors"][0]["where"]) == (422, "query.limmit")
