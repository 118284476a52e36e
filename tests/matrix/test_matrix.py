"""Every role at every address, in its own area and in others, with GET and POST: exactly what is declared.

Whoever and whatever stands outside the own area is a canary: no answer may contain one, and no request may change one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from canbao.registry.codes import Purpose
from canbao.staff.capabilities import CAPABILITIES
from canbao.staff.models import INSTITUTIONS, Grant, Login, Role
from tests import town
from tests.matrix.declared import EVERYBODY, PROGRAM, ROWS, SIGNED_IN, Row
from tests.matrix.grounds import CANARIES, CITY, HOME, HOUSE, NEIGHBOUR, SOUGHT, Ground, Grounds
from tests.matrix.watching import Watch

SEARCH = "console:people"
# Where the answer to what is allowed may be a refusal of the thing itself: a form without fields, a step not due.
ALLOWED = {200, 302, 400, 404, 405, 409, 422}
# What whoever asks keeps for himself, whatever the form names: the secret of the phone that he is about to bind.
FOR_HIMSELF = {"console:bind-phone": {"staff_secondfactor"}}


@dataclass(frozen=True)
class Address:
    name: str
    path: str
    """With `{names}` of its parts."""


def addresses() -> list[Address]:
    return list(_walk(get_resolver(), "", ""))


def _walk(resolver: URLResolver, namespace: str, before: str) -> Iterator[Address]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inside = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern, inside, before + _plain(str(pattern.pattern)))
        else:
            assert isinstance(pattern, URLPattern)
            yield Address(f"{namespace}{pattern.name}", before + _plain(str(pattern.pattern)))


def _plain(route: str) -> str:
    """`people/<id:resident_id>` as `people/{resident_id}`."""
    return "".join(
        "{" + part.split(":")[-1].removesuffix(">") + "}" + rest if rest is not None else part
        for part, rest in _parts(route)
    )


def _parts(route: str) -> Iterator[tuple[str, str | None]]:
    first, *others = route.split("<")
    yield first, None
    for other in others:
        name, _, rest = other.partition(">")
        yield name, rest


def test_every_address_has_a_row_and_every_row_an_address() -> None:
    known = {address.name for address in addresses()}

    assert known - set(ROWS) == set(), "declare who may ask there: tests/matrix/declared.py"
    assert set(ROWS) - known == set(), "the address is gone: remove its row"


def test_every_part_of_an_address_leads_somewhere_here(grounds: Grounds) -> None:
    unknown = {
        part.split("}")[0]
        for address in addresses()
        if ROWS[address.name].who not in (EVERYBODY, PROGRAM)
        for part in address.path.split("{")[1:]
    } - set(grounds.own.parts)

    assert not unknown, f"let Ground.parts say what stands there: {unknown}"


def _may(row: Row, held: frozenset[str]) -> bool:
    return bool(held & set(map(str, row.who if isinstance(row.who, tuple) else (row.who,))))


def signed_in(role: Role | None, area: str = HOME) -> Client:
    login = Login.objects.create(username=f"matrix.{role or 'nobody'}.{area}", display_name="某人")
    if role is not None:
        Grant.objects.create(login=login, role=role, area_code=area, from_on=date(2024, 1, 1))
    client = Client(raise_request_exception=True)
    client.force_login(login)
    return client


def _ask(client: Client, address: Address, method: str, ground: Ground, there: Ground, chosen: bool) -> Any:
    """Ask `there`, with a form or a choice that names `ground`."""
    path = "/" + address.path.format(**there.parts)
    place = {"policy": ground.policy, "area": ground.area} if chosen or method == "POST" else {}
    if method == "GET":
        return client.get(path, place)
    asked = {"resident": ground.parts["resident_id"], "q": SOUGHT, "next": "/console/", "village": ground.village}
    asked |= {"kind": "number", "purpose": Purpose.values[0], "screen": "person", **ground.sent}
    # The search answers a script at once, and anybody else with a page to be led to.
    return client.post(path, {**place, **asked}, headers={"HX-Request": "true"} if address.name == SEARCH else {})


_PUBLIC_PARTS = {"which", "policy_id", "benefit_year", "source_code"}


def _has_parts(address: Address, ground: Ground) -> bool:
    return any(f"{{{part}}}" in address.path for part in ground.parts if part not in _PUBLIC_PARTS)


def _expected(row: Row, method: str, held: frozenset[str], own: bool, has_parts: bool) -> set[int]:
    if row.who == PROGRAM:
        return {401, 404, 405, 422, 400}
    if method not in row.methods.split():
        # A form's address opened by itself leads back; any other says that it takes no such thing.
        return {302, 405}
    if row.who in (EVERYBODY, SIGNED_IN):
        return ALLOWED
    if not _may(row, held):
        return {403}
    if own and row.absent:
        return ALLOWED
    return ALLOWED - {404} if own and method == "GET" else ALLOWED if own or not has_parts else {404}


@dataclass(frozen=True)
class Cell:
    method: str
    ground: Ground
    own: bool
    """Whether whoever asks finds it in his own area."""
    county: bool = False
    """Whether a login of the whole county asks, or one of the township."""


def _cells(role: Role, address: Address, row: Row, may: bool, grounds: Grounds) -> Iterator[Cell]:
    """What asks the same is asked once. The other city is asked for by the county, which sees the more."""
    for method in ("GET", "POST"):
        yield Cell(method, grounds.own, True, row.wide)
        if method not in row.methods.split():
            continue
        if method == "GET" and not row.query and "{" not in address.path:
            if may:
                yield Cell(method, grounds.own, True, True)
            continue
        yield Cell(method, grounds.neighbour, row.fund, row.fund and row.wide)
        if may:
            yield Cell(method, grounds.city, False, True)
        if may and row.wide:
            yield Cell(method, grounds.own, False)
    if may and role in INSTITUTIONS and {"{batch_id}", "{taken_id}"} & set(re.findall(r"{\w+}", address.path)):
        yield Cell("GET", grounds.house, False)


@pytest.mark.parametrize("role", list(Role), ids=lambda role: str(role.value))
def test_a_role_gets_what_is_declared_and_nothing_else(role: Role, grounds: Grounds) -> None:
    held = frozenset(map(str, CAPABILITIES[role]))
    faults: list[str] = []
    asked = 0
    here, county = signed_in(role), signed_in(role, town.COUNTY)
    watch = Watch(grounds.foreign)
    for address in addresses():
        row = ROWS[address.name]
        if row.who in (EVERYBODY, PROGRAM):
            continue
        may = row.who == SIGNED_IN or _may(row, held)
        for one in _cells(role, address, row, may, grounds):
            # The row stands, its file does not: only who may not have it can be asked about it.
            if address.name == "console:evidence" and one.own and may:
                continue
            asked += 1
            whose = "the county" if one.county else "the town"
            cell = f"{role} of {whose} {one.method} {address.name} at {one.ground.name}"
            with transaction.atomic():
                client = county if one.county else here
                answer = _ask(client, address, one.method, one.ground, one.ground, row.query)
                written = watch.changed_foreign() if one.own else watch.changed() - FOR_HIMSELF.get(address.name, set())
                transaction.set_rollback(True)
            expected = _expected(row, one.method, held, one.own, _has_parts(address, one.ground))
            if answer.status_code not in expected:
                faults.append(f"{cell}: {answer.status_code}, declared {sorted(expected)}")
            if any(canary in answer.content.decode("utf-8", "replace") for canary in _unseen(role, one.county)):
                faults.append(f"{cell}: shows somebody else")
            if written and not (row.fund and one.own):
                faults.append(f"{cell}: wrote {sorted(written)}")

    assert not faults, "\n".join(faults)
    assert asked > 150


def _unseen(role: Role, county: bool) -> tuple[str, ...]:
    """Whom no page of theirs may show: an office sees both houses of its place, the county every village of it."""
    return (CITY, *([] if county else [NEIGHBOUR]), *([HOUSE] if role in INSTITUTIONS else []))


@pytest.mark.parametrize("who", ["a visitor", "a login without a role", "a clerk"])
def test_what_everybody_may_see_shows_nobody_to_anybody(who: str, grounds: Grounds) -> None:
    """Where nobody is asked who he is, or a program is asked for its token: the same for whoever is signed in."""
    role = Role.MEDICAL_INSURANCE_CLERK if who == "a clerk" else None
    client = Client() if who == "a visitor" else signed_in(role)
    watch, faults = Watch(grounds.foreign), []
    for address in addresses():
        row = ROWS[address.name]
        if who != "a login without a role" and row.who not in (EVERYBODY, PROGRAM):
            continue
        for method in ("GET", "POST"):
            # Signing out ends the client of this test.
            if address.name == "console:sign-out":
                continue
            cell = f"{who} {method} {address.name}"
            with transaction.atomic():
                answer = _ask(client, address, method, grounds.neighbour, grounds.neighbour, row.query)
                written = watch.changed() - FOR_HIMSELF.get(address.name, set())
                transaction.set_rollback(True)
            expected = _expected(row, method, frozenset(), True, False)
            if answer.status_code not in expected:
                faults.append(f"{cell}: {answer.status_code}, declared {sorted(expected)}")
            if any(canary in answer.content.decode("utf-8", "replace") for canary in CANARIES):
                faults.append(f"{cell}: shows somebody")
            if written:
                faults.append(f"{cell}: wrote {sorted(written)}")

    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("role", list(Role), ids=lambda role: str(role.value))
def test_a_form_of_its_own_that_names_somebody_else_changes_nothing_of_theirs(role: Role, grounds: Grounds) -> None:
    held = frozenset(map(str, CAPABILITIES[role]))
    here, county, watch = signed_in(role), signed_in(role, town.COUNTY), Watch(grounds.foreign)
    faults = []
    for address in addresses():
        row = ROWS[address.name]
        if row.who in (EVERYBODY, PROGRAM, SIGNED_IN) or "POST" not in row.methods.split() or not _may(row, held):
            continue
        for ground, client, unseen in ((grounds.neighbour, here, CANARIES[:2]), (grounds.city, county, CANARIES[1:2])):
            with transaction.atomic():
                answer = _ask(client, address, "POST", ground, grounds.own, row.query)
                written = watch.changed_foreign()
                transaction.set_rollback(True)
            if written and not row.fund:
                faults.append(f"{role} {address.name} for {ground.name}: wrote {sorted(written)}")
            if any(canary in answer.content.decode("utf-8", "replace") for canary in unseen):
                faults.append(f"{role} {address.name} for {ground.name}: shows a person of another area")

    assert not faults, "\n".join(faults)


def test_a_visitor_sees_no_page_of_the_console(grounds: Grounds) -> None:
    for address in addresses():
        row = ROWS[address.name]
        if row.who in (EVERYBODY, PROGRAM):
            continue
        for method in row.methods.split():
            answer = _ask(Client(), address, method, grounds.own, grounds.own, row.query)
            assert answer.status_code == 302 and "/console/sign-in" in answer["Location"], address


def test_the_canaries_would_be_seen_if_they_were_shown(grounds: Grounds) -> None:
    """The control: clerks of their own places do see them, at the same addresses."""
    for ground, place in ((grounds.city, town.TIERS_FUND), (grounds.neighbour, town.COUNTY)):
        client = signed_in(Role.MEDICAL_INSURANCE_CLERK, place)
        person = client.get(f"/console/people/{ground.parts['resident_id']}/{town.YEAR}").content.decode()
        found = client.post("/console/people", {"q": SOUGHT}, headers={"HX-Request": "true"}).content.decode()

        assert ground.name in person and ground.name in found


def test_the_watch_sees_an_update_of_one_column_and_only_that_of_others(grounds: Grounds) -> None:
    """The control: a row of a canary is changed, by a statement of its own and by the product; then one of our own.

    Each of the two places holds a canary and the holder of his account.
    """
    watch = Watch(grounds.foreign)
    assert watch.others["registry_resident"][0] == 4 and watch.changed() == set()

    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE registry_resident SET sex = 'male' WHERE id = %s", [grounds.neighbour.parts["resident_id"]]
        )
    assert "registry_resident" in watch.changed_foreign()

    watch = Watch(grounds.foreign)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE registry_resident SET sex = 'male' WHERE id = %s", [grounds.own.parts["resident_id"]])
    assert {"registry_resident", "staff_change"} <= watch.changed()

    watch = Watch(grounds.foreign)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE registry_resident SET sex = 'female' WHERE id = %s", [grounds.own.parts["resident_id"]])
    assert watch.changed_foreign() == set()
