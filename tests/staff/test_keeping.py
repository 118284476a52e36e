"""Keeping logins: roles by days, powerful ones by two people, leavers, and lost phones."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import override_settings

from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import FixedClock
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope, area_prefix
from canbao.staff import actions, queries
from canbao.staff.codes import code_at
from canbao.staff.demands import is_powerful
from canbao.staff.models import Approval, Change, Grant, Login, Role, Session
from tests import town

pytestmark = pytest.mark.django_db
ONE_DAY = timedelta(days=1)


def _keeper(number: int, area: str) -> Scope:
    held = frozenset({Capability.MANAGE_STAFF, Capability.SEE_STAFF, Capability.APPROVE_STAFF})
    return Scope(number, f"管理员{number}", prefixes=(area_prefix(area),), capabilities=held)


FIRST, SECOND, ELSEWHERE = _keeper(901, town.COUNTY), _keeper(902, town.COUNTY), _keeper(903, town.TIERS_FUND)


@pytest.fixture
def login(clock: FixedClock) -> Login:
    made, _ = actions.make_login(actor=FIRST, username="lin", display_name="林经办", area_code=town.COUNTY, clock=clock)
    return made


def _ask(login: Login, role: Role, clock: FixedClock, area: str = town.COUNTY, actor: Scope = FIRST,
         from_on: date | None = None, until_on: date | None = None) -> Grant | Approval:  # fmt: skip
    return actions.ask_grant(
        actor=actor, login=login, role=role, area_code=area, from_on=from_on or clock.today(), until_on=until_on,
        clock=clock,
    )  # fmt: skip


def _may(login: Login, capability: Capability, clock: FixedClock) -> bool:
    return bool(queries.scope_of(login, capability, clock).prefixes)


def test_a_new_login_has_a_one_time_password_and_no_power(login: Login, clock: FixedClock) -> None:
    assert login.one_time_until is not None and queries.capabilities_of(login, clock) == frozenset()
    with pytest.raises(Refusal) as taken:
        actions.make_login(actor=FIRST, username="lin", display_name="另一人", area_code=town.COUNTY, clock=clock)
    assert taken.value.code == "name_taken"
    for name in ("", "林", "Lin", "a b", "x" * 61):
        with pytest.raises(Refusal) as unfit:
            actions.make_login(actor=FIRST, username=name, display_name="林", area_code=town.COUNTY, clock=clock)
        assert unfit.value.code == "name_unfit"


def test_an_ordinary_role_holds_at_once_and_says_who_granted_it(login: Login, clock: FixedClock) -> None:
    made = _ask(login, Role.VILLAGE_CADRE, clock, town.EAST_TOWN)

    assert isinstance(made, Grant)
    assert (made.granted_by_id, made.granted_by, made.granted_at, made.asked_by) == (
        901, "管理员901", clock.now(), "",
    )  # fmt: skip
    assert _may(login, Capability.ENROL, clock)


def test_a_role_begins_and_ends_by_itself(login: Login, clock: FixedClock) -> None:
    begins, ends = clock.today() + 3 * ONE_DAY, clock.today() + 5 * ONE_DAY
    _ask(login, Role.VILLAGE_CADRE, clock, town.EAST_TOWN, from_on=begins, until_on=ends)

    held = []
    for _ in range(7):
        held.append(_may(login, Capability.ENROL, clock))
        clock.move(ONE_DAY)
    assert held == [False, False, False, True, True, False, False]


def test_a_powerful_role_waits_for_a_second_person(login: Login, clock: FixedClock) -> None:
    wish = _ask(login, Role.MEDICAL_INSURANCE_HEAD, clock)
    assert isinstance(wish, Approval) and not _may(login, Capability.APPROVE, clock)
    with pytest.raises(Refusal) as oneself:
        actions.approve(actor=FIRST, approval_id=wish.pk, clock=clock)
    with pytest.raises(Refusal) as far:
        actions.approve(actor=ELSEWHERE, approval_id=wish.pk, clock=clock)
    assert (oneself.value.code, far.value.code) == ("not_by_yourself", "approval_not_found")

    clock.move(2 * ONE_DAY)
    actions.approve(actor=SECOND, approval_id=wish.pk, clock=clock)

    grant = login.grants.get()
    assert (grant.asked_by, grant.granted_by) == ("管理员901", "管理员902")
    assert grant.from_on == clock.today(), "days that went by are not made up for"
    assert _may(login, Capability.APPROVE, clock)


@pytest.mark.parametrize("role", [Role.MEDICAL_INSURANCE_CLERK, Role.TAX_OFFICER, Role.TOWNSHIP_CLERK])
def test_whoever_reveals_numbers_or_takes_money_is_granted_by_two(login: Login, clock: FixedClock, role: Role) -> None:
    wish = _ask(login, role, clock)

    assert isinstance(wish, Approval) and queries.capabilities_of(login, clock) == frozenset()
    actions.approve(actor=SECOND, approval_id=wish.pk, clock=clock)
    assert _may(login, Capability.TAKE_PAYMENT, clock)


@pytest.mark.parametrize("apart", [Role.AUDITOR, Role.SYSTEM_ADMINISTRATOR])
def test_who_audits_or_keeps_logins_does_no_other_work(login: Login, clock: FixedClock, apart: Role) -> None:
    tomorrow = clock.today() + ONE_DAY
    _ask(login, Role.VILLAGE_CADRE, clock, town.EAST_TOWN, until_on=tomorrow)
    with pytest.raises(Refusal) as refused:
        _ask(login, apart, clock)
    assert refused.value.code == "must_stay_apart" and str(apart.label) in refused.value.zh
    wish = _ask(login, apart, clock, from_on=tomorrow)
    assert isinstance(wish, Approval)
    actions.approve(actor=SECOND, approval_id=wish.pk, clock=clock)
    for role in (Role.STATISTICS, next(each for each in (Role.AUDITOR, Role.SYSTEM_ADMINISTRATOR) if each != apart)):
        with pytest.raises(Refusal) as refused:
            _ask(login, role, clock, from_on=tomorrow)
        assert refused.value.code == "must_stay_apart"


def test_a_wish_asked_before_another_role_was_granted_is_refused_when_it_is_decided(
    login: Login, clock: FixedClock
) -> None:
    wish = _ask(login, Role.AUDITOR, clock)
    assert isinstance(wish, Approval)
    _ask(login, Role.VILLAGE_CADRE, clock, town.EAST_TOWN)
    with pytest.raises(Refusal) as refused:
        actions.approve(actor=SECOND, approval_id=wish.pk, clock=clock)
    assert refused.value.code == "must_stay_apart" and login.grants.count() == 1


def test_a_locked_login_is_seen_and_unlocked(login: Login, clock: FixedClock) -> None:
    for _ in range(5):
        with pytest.raises(Refusal):
            actions.sign_in(username=login.username, password="guess", clock=clock)
    until = queries.locked_until(login.username, clock.now())
    assert until is not None and queries.locked_of([login.username, "nobody"], clock.now()) == {login.username: until}
    clock.move(timedelta(seconds=1))
    actions.unlock_login(actor=FIRST, login=login, clock=clock)
    assert queries.locked_until(login.username, clock.now()) is None
    with pytest.raises(Refusal) as failed:
        actions.sign_in(username=login.username, password="guess", clock=clock)
    assert failed.value.code == "sign_in_failed"
    with pytest.raises(Refusal) as again:
        actions.unlock_login(actor=FIRST, login=login, clock=clock)
    assert again.value.code == "not_locked"


def test_which_roles_are_powerful() -> None:
    assert {role for role in Role if is_powerful(role)} == {
        Role.MEDICAL_INSURANCE_CLERK, Role.MEDICAL_INSURANCE_REVIEWER, Role.MEDICAL_INSURANCE_HEAD, Role.TAX_OFFICER,
        Role.TOWNSHIP_CLERK, Role.AUDITOR, Role.SYSTEM_ADMINISTRATOR,
    }  # fmt: skip


def test_who_decides_does_not_decide_on_his_own_power(login: Login, clock: FixedClock) -> None:
    wish = _ask(login, Role.SYSTEM_ADMINISTRATOR, clock)
    assert isinstance(wish, Approval)
    own = Scope(login.pk, "林经办", prefixes=("3704",), capabilities=SECOND.capabilities)

    with pytest.raises(Refusal) as refused:
        actions.approve(actor=own, approval_id=wish.pk, clock=clock)
    assert refused.value.code == "not_for_yourself" and not Grant.objects.exists()
    for act in (
        lambda: _ask(login, Role.VILLAGE_CADRE, clock, town.EAST, own),
        lambda: actions.disable_login(actor=own, login=login, clock=clock),
    ):
        with pytest.raises(Refusal) as refused:
            act()
        assert refused.value.code == "not_for_yourself"


@pytest.mark.parametrize(
    ("from_days", "until_days", "code"),
    [(-1, None, "grant_days_wrong"), (2, 2, "grant_days_wrong"), (2, 1, "grant_days_wrong")],
)
def test_days_that_cannot_be_are_refused(
    login: Login, clock: FixedClock, from_days: int, until_days: int | None, code: str
) -> None:
    until_on = None if until_days is None else clock.today() + until_days * ONE_DAY
    with pytest.raises(Refusal) as refused:
        _ask(
            login, Role.VILLAGE_CADRE, clock, town.EAST, from_on=clock.today() + from_days * ONE_DAY, until_on=until_on
        )

    assert refused.value.code == code and not Grant.objects.exists()


def test_the_same_role_is_not_granted_twice_for_a_day(login: Login, clock: FixedClock) -> None:
    until = clock.today() + 10 * ONE_DAY
    _ask(login, Role.VILLAGE_CADRE, clock, town.EAST, until_on=until)

    with pytest.raises(Refusal) as refused:
        _ask(login, Role.VILLAGE_CADRE, clock, town.EAST, from_on=until - ONE_DAY)
    assert refused.value.code == "already_granted"
    _ask(login, Role.VILLAGE_CADRE, clock, town.EAST, from_on=until)
    _ask(login, Role.VILLAGE_CADRE, clock, town.WEST)


def test_an_ended_role_is_gone_today_and_its_end_is_in_the_history(login: Login, clock: FixedClock) -> None:
    now, later = (
        _ask(login, Role.VILLAGE_CADRE, clock, town.EAST),
        _ask(login, Role.CIVIL_AFFAIRS, clock, town.EAST_TOWN, from_on=clock.today() + ONE_DAY),
    )
    assert isinstance(now, Grant) and isinstance(later, Grant)
    for grant in (now, later):
        actions.end_grant(actor=FIRST, login=login, grant_id=grant.pk, until_on=clock.today(), clock=clock)

    clock.move(2 * ONE_DAY)
    assert not _may(login, Capability.ENROL, clock)
    assert {held.state for held in queries.keeping.held_by(login, clock.today())} == {"ended"}
    assert set(Change.objects.values_list("row_id", flat=True)) == {str(now.pk), str(later.pk)}
    with pytest.raises(Refusal) as refused:
        actions.end_grant(actor=FIRST, login=login, grant_id=now.pk, until_on=clock.today() + 9 * ONE_DAY, clock=clock)
    assert refused.value.code == "grant_days_wrong", "what has ended does not come back"


def test_a_leaver_is_out_at_once(login: Login, clock: FixedClock) -> None:
    _ask(login, Role.VILLAGE_CADRE, clock, town.EAST)
    Session.objects.create(session_key="x", session_data="", expire_date=clock.now(), login_id=login.pk)

    actions.disable_login(actor=FIRST, login=login, clock=clock)

    assert not Session.objects.exists() and queries.capabilities_of(login, clock) == frozenset()
    with pytest.raises(Refusal):
        actions.disable_login(actor=ELSEWHERE, login=login, clock=clock)
    actions.enable_login(actor=FIRST, login=login, clock=clock)
    assert _may(login, Capability.ENROL, clock)


def test_a_lost_phone_is_taken_off_by_two_people(login: Login, clock: FixedClock) -> None:
    with pytest.raises(Refusal) as none:
        actions.ask_factor_reset(actor=FIRST, login=login, clock=clock)
    assert none.value.code == "no_second_factor"
    secret = actions.begin_second_factor(login=login).secret
    actions.confirm_second_factor(login=login, code=code_at(secret, clock.now()), phone=clock, clock=clock)

    wish = actions.ask_factor_reset(actor=FIRST, login=login, clock=clock)
    assert queries.second_factor_of(login) is not None
    with pytest.raises(Refusal):
        actions.approve(actor=FIRST, approval_id=wish.pk, clock=clock)
    actions.approve(actor=SECOND, approval_id=wish.pk, clock=clock)

    assert queries.second_factor_of(login) is None
    with override_settings(SECOND_FACTOR=frozenset({"everybody"})):
        _ask(login, Role.VILLAGE_CADRE, clock, town.EAST)
        assert queries.must_set_up_second_factor(login, clock)


def test_who_sees_a_login_is_whose_area_it_touches(login: Login, clock: FixedClock) -> None:
    seen = queries.keeping.logins
    assert list(seen(FIRST)) == [login] and list(seen(ELSEWHERE)) == []
    actions.grant_role(
        actor=ELSEWHERE, login=login, role=Role.VILLAGE_CADRE, area_code=town.TIERS_VILLAGE, from_on=clock.today()
    )

    assert list(seen(ELSEWHERE, "林")) == [login] and list(seen(ELSEWHERE, "王")) == []
    assert not queries.keeping.keeps(FIRST, login, clock.today()), "works elsewhere too: a matter of the office above"
    assert queries.keeping.keeps(_keeper(904, "370000"), login, clock.today())
