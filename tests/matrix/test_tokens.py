"""Every operation of the open interface: for every role's token, under every scope, in the own area and in others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction

from canbao.faces.open_api.actions import create_client
from canbao.faces.open_api.api import api
from canbao.faces.visit import clock
from canbao.kernel.capabilities import Capability as C
from canbao.registry.models import Resident
from canbao.staff.capabilities import CAPABILITIES
from canbao.staff.models import Grant, Login, Role
from tests import town
from tests.matrix.grounds import CANARIES, HOME, Ground, Grounds
from tests.matrix.watching import Watch
from tests.open_api.conftest import ADMINISTRATOR, Program

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
ALL = sorted({scope for scope in SCOPES.values() if scope is not OPEN})
# What the interface keeps of every request, whatever it asks.
KEPT = {"open_api_keptanswer", "open_api_askedinminute", "open_api_accesstoken"}


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


def _program(role: Role, scopes: Iterable[C], area: str = HOME) -> Program:
    login = Login.objects.create(username=f"program.{role}.{area}", display_name="接口")
    Grant.objects.create(login=login, role=role, area_code=area, from_on=town.IN_WINDOW.date().replace(day=1))
    made = create_client(actor=ADMINISTRATOR, login=login, scopes=scopes, clock=clock(), requests_per_minute=10_000)
    return Program(made.client_id, made.secret).with_token()


def _ask(program: Program, operation: Operation, ground: Ground) -> Any:
    person = Resident.objects.get(pk=ground.parts["resident_id"])
    number = person.id_number.unmasked if person.id_number else "370702198003011237"
    parts = {
        "policy_id": ground.policy, "resident_id": person.pk, "benefit_year": town.YEAR, "source": "deaths",
        "batch_id": ground.parts["batch_id"],
    }  # fmt: skip
    path = operation.path.format(**parts)
    query = {"q": person.name, "policy": ground.policy, "area": ground.area}
    if operation.method == "get":
        return program.get(path, **{name: query[name] for name in operation.query})
    # Whole bodies: what is malformed is refused before anybody is asked for a scope.
    bodies: dict[str, dict[str, Any]] = {
        "quote": {"person": {"person_id": "x", "birth_date": "1980-01-01"}},
        "searchResidents": {"q": number},
        "askCover": {"id_number": number, "on": "2025-01-01"},
        "enrol": {"resident_id": person.pk, "policy_id": ground.policy},
        "stopEnrolment": {"resident_id": person.pk, "benefit_year": town.YEAR, "reason": "moved"},
        "handInList": {"area": ground.area, "rows": [{"name": "x"}]},
        "submitList": {},
    }
    key = f"matrix-{operation.name}-{person.pk}-{program.client_id}"
    return program.post(path, bodies[operation.name], **{"Idempotency-Key": key[:100]})


def test_every_operation_declares_its_scope() -> None:
    known = {operation.name for operation in operations()}

    assert known == set(SCOPES), "declare the scope: tests/matrix/test_tokens.py"
    assert set(ALL) <= CAPABILITIES[Role.MEDICAL_INSURANCE_CLERK], "the program of this test must hold all of them"


@pytest.mark.parametrize("role", list(Role), ids=lambda role: str(role.value))
def test_the_token_of_a_role_reaches_what_the_role_may_and_nothing_else(role: Role, grounds: Grounds) -> None:
    """Each program has every scope there is: what it reaches follows from the grants of its login."""
    program = _program(role, ALL)
    watch, faults = Watch(grounds.foreign), []
    for operation in operations():
        needed = SCOPES[operation.name]
        if needed is OPEN:
            continue
        for ground in (grounds.own, *(grounds.others if needed in CAPABILITIES[role] else [grounds.neighbour])):
            with transaction.atomic():
                answer = _ask(program, operation, ground)
                written = watch.changed_foreign() if ground is grounds.own else watch.changed() - KEPT
                transaction.set_rollback(True)
            cell = f"{role} {operation.name} at {ground.name}: {answer.status_code}"
            if answer.status_code not in (REACHED if needed in CAPABILITIES[role] else {403}):
                faults.append(f"{cell}, declared {needed}")
            if "{resident_id}" in operation.path and ground is not grounds.own and answer.status_code == 200:
                faults.append(f"{cell} answers for a person of another area")
            if any(canary in answer.content.decode() for canary in CANARIES):
                faults.append(f"{cell} shows a person of another area")
            if written:
                faults.append(f"{cell} wrote {sorted(written)}")

    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("scope", ALL, ids=str)
def test_a_token_of_one_scope_reaches_what_that_names_and_nothing_else(scope: C, grounds: Grounds) -> None:
    program = _program(Role.MEDICAL_INSURANCE_CLERK, ALL, town.COUNTY).with_token(str(scope))
    faults = []
    for operation in operations():
        needed = SCOPES[operation.name]
        if needed is OPEN:
            continue
        status = _ask(program, operation, grounds.own).status_code
        if status not in (REACHED - {404} if scope == needed else {403}):
            faults.append(f"{operation.name} with {scope}: {status}, declared {needed}")

    assert not faults, "\n".join(faults)


def test_without_a_token_nothing_is_reached(grounds: Grounds) -> None:
    nobody = Program("nobody", "nothing")
    for operation in operations():
        if SCOPES[operation.name] is not OPEN:
            assert _ask(nobody, operation, grounds.own).status_code == 401, operation.name
