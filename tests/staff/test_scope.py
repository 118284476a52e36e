"""From dated grants to a scope: where a login may look, and what it may do there."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from canbao.kernel.clock import FixedClock, shanghai
from canbao.kernel.scope import Scope, program
from canbao.staff import actions, queries
from canbao.staff.capabilities import CAPABILITIES, Capability
from canbao.staff.models import Grant, Login, Role

ADMINISTRATOR = program("test", Capability.MANAGE_STAFF)
pytestmark = pytest.mark.django_db
TODAY = FixedClock(shanghai(2024, 11, 1, 9))


@pytest.fixture
def login() -> Login:
    return actions.create_login(
        actor=ADMINISTRATOR, username="clerk", display_name="林经办", password="a long enough password", clock=TODAY
    )


def grant(login: Login, role: Role, area: str, from_on: date = date(2024, 1, 1), until_on: date | None = None) -> Grant:
    return actions.grant_role(
        actor=ADMINISTRATOR, login=login, role=role, area_code=area, from_on=from_on, until_on=until_on
    )


def scope(login: Login, purpose: Capability) -> Scope:
    return queries.scope_of(login, purpose, TODAY)


def test_a_clerk_takes_payments_in_the_granted_county_only(login: Login) -> None:
    grant(login, Role.MEDICAL_INSURANCE_CLERK, "370481")

    own = scope(login, Capability.TAKE_PAYMENT)
    assert own.covers("370481001008")
    assert own.can("take_payment")
    assert not own.covers("370124001019")
    assert not own.covers("370400")


def test_a_role_without_the_capability_gives_an_empty_scope(login: Login) -> None:
    grant(login, Role.SUPERVISION_OFFICE, "370481")

    assert scope(login, Capability.SEE_PROGRESS).covers("370481")
    assert scope(login, Capability.SEE_PERSON).prefixes == ()
    assert not scope(login, Capability.SEE_PERSON).can("see_person")


def test_a_login_without_a_grant_sees_nothing(login: Login) -> None:
    for purpose in Capability:
        assert scope(login, purpose).prefixes == ()
    assert queries.capabilities_of(login, TODAY) == frozenset()


def test_a_grant_counts_from_its_first_day_until_the_day_before_its_last(login: Login) -> None:
    ended = grant(login, Role.VILLAGE_CADRE, "370481001008", until_on=date(2024, 11, 1))
    grant(login, Role.VILLAGE_CADRE, "370481001009", from_on=date(2024, 11, 2))
    assert scope(login, Capability.FIND_PEOPLE).prefixes == ()

    Grant.objects.filter(pk=ended.pk).update(until_on=date(2024, 11, 2))
    assert scope(login, Capability.FIND_PEOPLE).prefixes == ("370481001008",)


def test_two_roles_in_two_areas_do_not_lend_each_other_powers(login: Login) -> None:
    grant(login, Role.MEDICAL_INSURANCE_CLERK, "370481001")
    grant(login, Role.MEDICAL_INSURANCE_REVIEWER, "370124")

    looking = scope(login, Capability.SEE_PERSON)
    assert looking.prefixes == ("370124", "370481001")
    assert not looking.can("take_payment")
    assert looking.can("see_ledger")
    paying = scope(login, Capability.TAKE_PAYMENT)
    assert paying.prefixes == ("370481001",)
    assert paying.can("take_payment")


def test_a_wider_grant_swallows_a_narrower_one(login: Login) -> None:
    grant(login, Role.MEDICAL_INSURANCE_CLERK, "370481")
    grant(login, Role.TOWNSHIP_CLERK, "370481001")

    assert scope(login, Capability.FIND_PEOPLE).prefixes == ("370481",)


def test_a_login_that_was_switched_off_has_no_scope(login: Login) -> None:
    grant(login, Role.AUDITOR, "370000")
    login.is_active = False

    assert scope(login, Capability.SEE_PERSON).prefixes == ()


def test_a_purpose_is_a_capability(login: Login) -> None:
    with pytest.raises(ValueError, match="browse"):
        queries.scope_of(login, "browse", TODAY)


def test_every_role_is_declared_and_the_strong_capabilities_are_few() -> None:
    assert set(CAPABILITIES) == set(Role)
    assert {role for role, held in CAPABILITIES.items() if Capability.TAKE_PAYMENT in held} == {
        Role.MEDICAL_INSURANCE_CLERK, Role.TAX_OFFICER, Role.TOWNSHIP_CLERK, Role.VILLAGE_CADRE,
    }  # fmt: skip
    assert {role for role, held in CAPABILITIES.items() if Capability.KEEP_COLLECTION in held} == {Role.TAX_OFFICER}


def test_the_database_refuses_an_unknown_role_and_days_that_run_backwards(login: Login) -> None:
    usual = {"login": login, "role": Role.AUDITOR, "area_code": "370481", "from_on": date(2024, 1, 1)}
    for changes in ({"role": "king"}, {"area_code": "3704"}, {"until_on": date(2023, 12, 31)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Grant.objects.create(**{**usual, **changes})
    Grant.objects.create(**usual)
