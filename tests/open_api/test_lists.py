"""Departments' lists through the interface: handed in row by row, previewed, applied after a second person's yes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from canbao.enrolment.models import Enrolment
from canbao.faces.visit import clock
from canbao.intake import sources as lists
from canbao.intake.actions import working
from canbao.intake.models import Batch
from canbao.registry.models import Resident
from canbao.staff import actions as staff_actions
from canbao.staff import queries as staff
from canbao.staff.models import Login, Role
from tests.faces.conftest import person_named
from tests.faces.test_imports import number_of
from tests.open_api.conftest import Program

pytestmark = pytest.mark.django_db
MakeProgram = Callable[..., Program]


def death_of(person: Resident, **further: str) -> dict[str, object]:
    row = {"name": person.name, "id_number": number_of(person), "died_on": "2024-11-01", **further}
    return {"area": "370481", "rows": [row], "reference": "2024年11月死亡名单"}


def handed_in(program: Program, source: str, body: object, key: str = "list-1") -> dict[str, object]:
    answer = program.post(f"/lists/{source}", body, **{"Idempotency-Key": key})
    assert answer.status_code == 202, answer.content.decode()
    found: dict[str, object] = answer.json()
    return found


def test_deaths_go_from_public_security_to_the_register_by_a_second_persons_yes(make_program: MakeProgram) -> None:
    police, person = make_program(Role.PUBLIC_SECURITY, "370481"), person_named("张桂兰")
    body = death_of(person)
    body["rows"] = [*body["rows"], {"name": "某某", "id_number": "1", "died_on": "2024-11-02"}]  # type: ignore[misc]
    made = handed_in(police, "deaths", body)
    assert (made["state"], made["reference"]) == ("reading", "2024年11月死亡名单")
    working.preview(batch_id=int(str(made["batch_id"])), clock=clock())

    path = f"/lists/batches/{made['batch_id']}"
    known = police.get(path).json()
    assert (known["state"], known["changed"], known["refused"]) == ("previewed", 1, 1)
    first, second = police.get(f"{path}/rows").json()["items"]
    assert (first["row"], first["outcome"], first["resident_id"]) == (1, "changed", person.pk)
    assert number_of(person) not in str(first)
    (reason,) = second["reasons"]
    assert (second["outcome"], reason["column"]) == ("refused", "id_number") and reason["zh"] and reason["en"]
    assert [row["row"] for row in police.get(f"{path}/rows", outcome="refused").json()["items"]] == [2]

    asked = police.post(f"{path}/submission", {}, **{"Idempotency-Key": "submit-1"})
    assert (asked.status_code, asked.json()["state"]) == (200, "waiting")
    batch = Batch.objects.get(pk=made["batch_id"])
    head = staff.scope_of(Login.objects.get(username="head.tengzhou"), "approve", clock())
    assert batch.approval_id is not None
    staff_actions.approve(actor=head, approval_id=batch.approval_id, clock=clock())
    working.apply(batch_id=batch.pk, clock=clock())

    person.refresh_from_db()
    assert str(person.died_on) == "2024-11-01"
    assert police.get(path).json()["state"] == "applied"
    assert made["batch_id"] in [row["batch_id"] for row in police.get("/lists", state="applied").json()["items"]]


def test_the_same_list_is_taken_once_for_a_key_and_once_at_all(make_program: MakeProgram) -> None:
    police, body = make_program(Role.PUBLIC_SECURITY, "370481"), death_of(person_named("张桂兰"))
    first = handed_in(police, "deaths", body)

    assert handed_in(police, "deaths", body) == first
    again = police.post("/lists/deaths", body, **{"Idempotency-Key": "list-2"})
    assert (again.status_code, again.json()["code"]) == (409, "handed_in_before")
    assert Batch.objects.filter(source="deaths").count() == 1


@pytest.mark.parametrize(
    ("source", "change", "status", "code"),
    [
        ("categories", {}, 404, "list_not_found"),
        ("deaths", {"area": "310000"}, 404, None),
        ("deaths", {"category": "orphan"}, 422, "bad_option"),
        ("deaths", {"rows": []}, 422, "invalid_request"),
        ("deaths", {"rows": [{"nickname": "x"}]}, 422, "unknown_column"),
        ("deaths", {"rows": [{"name": "x\u0000"}]}, 422, "invalid_request"),
        ("deaths", {"secret": 1}, 422, "invalid_request"),
        ("nonsense", {}, 422, "invalid_request"),
    ],
)
def test_a_list_that_cannot_be_taken_is_refused_and_leaves_nothing(
    make_program: MakeProgram, source: str, change: dict[str, object], status: int, code: str | None
) -> None:
    police, body = make_program(Role.PUBLIC_SECURITY, "370481"), death_of(person_named("张桂兰"))
    refused = police.post(f"/lists/{source}", {**body, **change}, **{"Idempotency-Key": "list-1"})

    print(refused.content.decode())
    assert refused.status_code == status
    assert code is None or refused.json()["code"] == code
    assert refused.json()["zh"] != refused.json()["en"]
    assert not Batch.objects.exists()


def test_a_department_certifies_its_own_categories_and_no_others(make_program: MakeProgram) -> None:
    civil, person = make_program(Role.CIVIL_AFFAIRS, "370481"), person_named("单雄飞")
    rows = [{"name": person.name, "id_number": number_of(person), "from_on": "2024-11-01"}]
    body = {"area": "370481", "rows": rows, "department": "civil_affairs"}

    made = handed_in(civil, "categories", {**body, "category": "subsistence_allowance"})
    working.preview(batch_id=int(str(made["batch_id"])), clock=clock())
    known = civil.get(f"/lists/batches/{made['batch_id']}").json()
    assert (known["new"] + known["changed"], known["refused"]) == (1, 0)
    changes: list[dict[str, str | None]] = [
        {"department": "veterans_affairs"}, {"category": "severe_disability"}, {"department": None},
    ]  # fmt: skip
    for number, change in enumerate(changes):
        refused = civil.post("/lists/categories", {**body, **change}, **{"Idempotency-Key": f"bad-{number}"})
        assert (refused.status_code, refused.json()["code"]) == (422, "bad_option"), change


def test_each_department_is_told_its_own_lists_and_sees_no_others(make_program: MakeProgram) -> None:
    police = make_program(Role.PUBLIC_SECURITY, "370481", username="police")
    school = make_program(Role.SCHOOL, "370481", username="school")
    elsewhere = make_program(Role.PUBLIC_SECURITY, "310000", username="elsewhere")
    made = handed_in(police, "deaths", death_of(person_named("张桂兰")))

    assert {"deaths", "household_population"} <= {each["code"] for each in police.get("/lists/sources").json()}
    assert {each["code"] for each in school.get("/lists/sources").json()} == {"school_rolls", "university_rolls"}
    for other in (school, elsewhere):
        assert other.get(f"/lists/batches/{made['batch_id']}").status_code == 404
        assert other.get(f"/lists/batches/{made['batch_id']}/rows").status_code == 404
        assert other.get("/lists").json()["items"] == []


@pytest.mark.parametrize(("role", "source"), [(Role.SCHOOL, "university_rolls"), (Role.HOSPITAL, "newborns")])
def test_the_list_of_one_institution_is_not_there_for_another(
    make_program: MakeProgram, role: Role, source: str
) -> None:
    first, second = (make_program(role, "370481", username=name) for name in ("first", "second"))
    bureau = make_program(Role.MEDICAL_INSURANCE_CLERK, "370481", username="bureau")
    person = person_named("张桂兰")
    known = {"name": person.name, "id_number": number_of(person)}
    wanted = next(each for each in lists.SOURCES if each.code == source)
    row = {column.key: known.get(column.key, column.example) for column in wanted.columns if column.required}
    made = handed_in(first, source, {"area": "370481", "rows": [row]})
    working.preview(batch_id=int(str(made["batch_id"])), clock=clock())
    path = f"/lists/batches/{made['batch_id']}"

    assert second.get("/lists").json()["items"] == []
    for hidden in (path, f"{path}/rows"):
        assert second.get(hidden).status_code == 404
        assert first.get(hidden).status_code == bureau.get(hidden).status_code == 200
    before = Batch.objects.values().get(pk=made["batch_id"])
    refused = second.post(f"{path}/submission", {}, **{"Idempotency-Key": "submit-1"})
    assert (refused.status_code, refused.json()["code"]) == (404, "batch_not_found")
    assert Batch.objects.values().get(pk=made["batch_id"]) == before


def test_an_enrolment_is_stopped_once_and_a_paid_one_stays(clerk: Program) -> None:
    enrolment = Enrolment.objects.filter(policy_id="370481-2025", state="live").order_by("pk").first()
    assert enrolment is not None
    body = {"resident_id": enrolment.resident_id, "benefit_year": 2025, "reason": "迁出"}

    first, again = (clerk.post("/enrolments/stops", body, **{"Idempotency-Key": "stop-1"}) for _ in range(2))

    assert (first.status_code, first.json()["state"]) == (201, "stopped")
    assert first.content == again.content
    twice = clerk.post("/enrolments/stops", body, **{"Idempotency-Key": "stop-2"})
    assert twice.status_code in (404, 409)
    assert clerk.post("/enrolments/stops", {**body, "reason": ""}, **{"Idempotency-Key": "stop-3"}).status_code == 422


def test_the_tally_and_the_payments_are_those_of_the_area(make_program: MakeProgram) -> None:
    tax = make_program(Role.TAX_OFFICER, "370481", username="tax")
    other = make_program(Role.TAX_OFFICER, "370124", username="other")
    query = {"policy": "370481-2025", "area": "370481"}

    total = tax.get("/tally", **query).json()["total"]
    assert total["residents"] >= total["should"] >= total["enrolled"] > 0
    assert other.get("/tally", **query).status_code == 404
    paid = tax.get("/payments", **query).json()["items"]
    assert all(row["benefit_year"] == 2025 and row["amount_fen"] > 0 for row in paid)
    assert other.get("/payments", **query).status_code == 404
