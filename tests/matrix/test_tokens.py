"""Every operation of the open interface under every scope, in its own area and in another: exactly what is declared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from canbao.faces.open_api.api import api
from canbao.kernel.capabilities import Capability as C
from canbao.registry.models import Resident
from canbao.staff.capabilities import CAPABILITIES
from canbao.staff.models import Role
from tests.faces.conftest import in_campaign, person_named, town
from tests.open_api.conftest import Program, make_program

__all__ = ["in_campaign", "make_program", "town"]
pytestmark = pytest.mark.django_db
OPEN = None
# Operation → the scope without which it is refused; OPEN asks for no token. A new operation fails until it stands here.
SCOPES: dict[str, C | None] = {
    "getToken": OPEN,
    "listPolicies": C.SEE_POLICIES,
    "getPolicy": C.SEE_POLICIES,
    "quote": C.SEE_POLICIES,
    "getProgress": C.SEE_PROGRESS,
    "getTally": C.SEE_PROGRESS,
    "findResidents": C.FIND_PEOPLE,
    "searchResidents": C.FIND_PEOPLE,
    "getPersonYear": C.SEE_PERSON,
    "listBills": C.SEE_PERSON,
    "listPayments": C.SEE_PERSON,
    "askCover": C.SEE_PERSON,
    "listEnrolments": C.SEE_PERSON,
    "enrol": C.ENROL,
    "stopEnrolment": C.ENROL,
    "listSources": C.IMPORT_LISTS,
    "handInList": C.IMPORT_LISTS,
    "listLists": C.IMPORT_LISTS,
    "getList": C.IMPORT_LISTS,
    "listRows": C.IMPORT_LISTS,
    "submitList": C.IMPORT_LISTS,
}
REACHED = {200, 201, 202, 400, 404, 409, 422}


@dataclass(frozen=True)
class Operation:
    name: str
    method: str
    path: str
    query: tuple[str, ...]


def operations() -> Iterator[Operation]:
    for path, methods in api.get_openapi_schema()["paths"].items():
        for method, told in methods.items():
            asked = tuple(p["name"] for p in told.get("parameters", []) if p["in"] == "query" and p.get("required"))
            yield Operation(told["operationId"], method, path.removeprefix("/api/v1"), asked)


def _ask(program: Program, operation: Operation, place: dict[str, str], person: Resident) -> Any:
    parts = {
        "policy_id": place["policy"], "resident_id": person.pk, "benefit_year": 2025, "source": "deaths",
        "batch_id": 10**9,
    }  # fmt: skip
    path = operation.path.format(**parts)
    query = {"q": person.name, **place}
    if operation.method == "get":
        return program.get(path, **{name: query[name] for name in operation.query})
    # Whole bodies: what is malformed is refused before anybody is asked for a scope.
    bodies: dict[str, dict[str, Any]] = {
        "quote": {"person": {"person_id": "x", "birth_date": "1980-01-01"}},
        "searchResidents": {"q": person.id_number.unmasked},
        "askCover": {"id_number": person.id_number.unmasked, "on": "2025-01-01"},
        "enrol": {"resident_id": person.pk, "policy_id": place["policy"]},
        "stopEnrolment": {"resident_id": person.pk, "benefit_year": 2025, "reason": "moved"},
        "handInList": {"area": place["area"], "rows": [{"name": "x"}]},
        "submitList": {},
    }
    return program.post(path, bodies[operation.name], **{"Idempotency-Key": f"matrix-{operation.name}-{person.pk}"})


def test_every_operation_declares_its_scope() -> None:
    known = {operation.name for operation in operations()}

    assert known == set(SCOPES), "declare the scope: tests/matrix/test_tokens.py"
    needed = {scope for scope in SCOPES.values() if scope is not OPEN}
    assert needed <= CAPABILITIES[Role.MEDICAL_INSURANCE_CLERK], "the program of this test must hold all of them"


def test_a_token_reaches_what_its_scope_names_and_nothing_else(make_program: Callable[..., Program]) -> None:
    own, foreign = person_named("刘玉珍"), Resident.objects.filter(village_code__startswith="3707").earliest("pk")
    here, there = (
        {"policy": "370481-2025", "area": "370481"},
        {"policy": "370700-2025", "area": "370700"},
    )
    program = make_program(Role.MEDICAL_INSURANCE_CLERK, "370481", requests_per_minute=10_000)
    faults = []
    for scope in sorted({scope for scope in SCOPES.values() if scope is not OPEN}):
        program.with_token(str(scope))
        for operation in operations():
            needed = SCOPES[operation.name]
            if needed is OPEN:
                continue
            for place, person in ((here, own), (there, foreign)):
                answer = _ask(program, operation, place, person)
                cell = f"{operation.name} with {scope} in {place['area']}: {answer.status_code}"
                if scope != needed and answer.status_code != 403:
                    faults.append(f"{cell}, declared 403")
                elif scope == needed and answer.status_code not in REACHED:
                    faults.append(f"{cell}, declared to be reached")
                if person is foreign and foreign.name in answer.content.decode():
                    faults.append(f"{cell} shows a person of another area")

    assert not faults, "\n".join(faults)


def test_without_a_token_nothing_is_reached(town: None) -> None:
    nobody = Program("nobody", "nothing")
    person = person_named("刘玉珍")
    for operation in operations():
        if SCOPES[operation.name] is not OPEN:
            answer = _ask(nobody, operation, {"policy": "370481-2025", "area": "370481"}, person)
            assert answer.status_code == 401, operation.name
