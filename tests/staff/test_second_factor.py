"""The second factor: a phone's codes, each once; the codes on paper, each once; and taking it off."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import override_settings

from canbao.kernel import vault
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import FixedClock, shanghai
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import program
from canbao.staff import actions, queries
from canbao.staff.actions.keys import rotate_keys
from canbao.staff.codes import STEP_SECONDS, code_at, key_uri
from canbao.staff.models import Login, LoginEvent, RecoveryCode, Role, SecondFactor
from canbao.staff.refusals import CodeWrong, SecondFactorMissing, SignInLocked

PASSWORD = "a long enough password"
ADMINISTRATOR = program("test", Capability.MANAGE_STAFF, Capability.KEEP_KEYS)
pytestmark = pytest.mark.django_db
STEP = timedelta(seconds=STEP_SECONDS)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(shanghai(2024, 11, 1, 9))


@pytest.fixture
def phone() -> FixedClock:
    """The machine's own clock, on another day than the demo's."""
    return FixedClock(shanghai(2026, 3, 3, 14, 0, 5))


@pytest.fixture
def login(clock: FixedClock) -> Login:
    return actions.create_login(
        actor=ADMINISTRATOR, username="head", display_name="宋主任", password=PASSWORD, clock=clock, area_code="370481"
    )


def _bind(login: Login, phone: FixedClock, clock: FixedClock) -> tuple[str, list[str]]:
    """The secret, and the codes on paper."""
    secret = actions.begin_second_factor(login=login).secret
    codes = actions.confirm_second_factor(login=login, code=code_at(secret, phone.now()), phone=phone, clock=clock)
    return secret, codes


def _check(login: Login, code: str, phone: FixedClock, clock: FixedClock) -> None:
    actions.check_code(login=login, code=code, phone=phone, clock=clock)


def test_codes_are_those_of_the_standard() -> None:
    """The examples of RFC 6238, appendix B, cut to six digits."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    moments = {59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037"}

    from datetime import UTC, datetime

    assert {s: code_at(secret, datetime.fromtimestamp(s, UTC)) for s in moments} == moments
    assert key_uri(secret, "lin").startswith("otpauth://totp/Canbao:lin?") and secret in key_uri(secret, "lin")


def test_a_phone_is_bound_by_its_first_right_code(login: Login, phone: FixedClock, clock: FixedClock) -> None:
    secret = actions.begin_second_factor(login=login).secret
    assert actions.begin_second_factor(login=login).secret == secret, "the page loaded twice shows one secret"
    with pytest.raises(CodeWrong):
        actions.confirm_second_factor(login=login, code="000000", phone=phone, clock=clock)
    assert queries.second_factor_of(login) is None

    codes = actions.confirm_second_factor(login=login, code=code_at(secret, phone.now()), phone=phone, clock=clock)

    assert queries.second_factor_of(login) is not None
    assert len(set(codes)) == 10 and queries.recovery_codes_left(login) == 10
    with pytest.raises(SecondFactorMissing):
        actions.confirm_second_factor(login=login, code=code_at(secret, phone.now()), phone=phone, clock=clock)


def test_no_code_is_accepted_twice_nor_an_earlier_one(login: Login, phone: FixedClock, clock: FixedClock) -> None:
    secret, _ = _bind(login, phone, clock)
    used = code_at(secret, phone.now())
    with pytest.raises(CodeWrong):
        _check(login, used, phone, clock)

    phone.move(STEP)
    _check(login, code_at(secret, phone.now()), phone, clock)
    with pytest.raises(CodeWrong):
        _check(login, code_at(secret, phone.now()), phone, clock)
    with pytest.raises(CodeWrong):
        _check(login, used, phone, clock)


@pytest.mark.parametrize(("ahead", "accepted"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_phone_may_be_one_step_off(
    login: Login, phone: FixedClock, clock: FixedClock, ahead: int, accepted: bool
) -> None:
    secret, _ = _bind(login, phone, clock)
    phone.move(10 * STEP)
    code = code_at(secret, phone.now() + ahead * STEP)

    if accepted:
        _check(login, f" {code[:3]} {code[3:]} ", phone, clock)
    else:
        with pytest.raises(CodeWrong):
            _check(login, code, phone, clock)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "12345\0"])
def test_what_is_no_code_is_refused_like_a_wrong_one(
    login: Login, phone: FixedClock, clock: FixedClock, code: str
) -> None:
    _bind(login, phone, clock)

    with pytest.raises(CodeWrong):
        _check(login, code, phone, clock)


def test_five_wrong_codes_lock_and_a_right_password_does_not_unlock(
    login: Login, phone: FixedClock, clock: FixedClock
) -> None:
    """Whoever has the password must not get a fresh set of guesses by entering it again."""
    secret, codes = _bind(login, phone, clock)
    for _ in range(5):
        actions.sign_in(username="head", password=PASSWORD, clock=clock)
        with pytest.raises(CodeWrong):
            _check(login, "000000", phone, clock)
    phone.move(3 * STEP)

    for code in (code_at(secret, phone.now()), codes[0]):
        with pytest.raises(SignInLocked):
            _check(login, code, phone, clock)
    clock.move(timedelta(minutes=15))
    _check(login, code_at(secret, phone.now()), phone, clock)


def test_a_code_on_paper_works_once_however_it_is_written(login: Login, phone: FixedClock, clock: FixedClock) -> None:
    _, codes = _bind(login, phone, clock)

    _check(login, codes[0].lower().replace("-", " "), phone, clock)

    with pytest.raises(CodeWrong):
        _check(login, codes[0], phone, clock)
    assert queries.recovery_codes_left(login) == 9
    assert LoginEvent.objects.filter(login=login, kind="recovery_code_used").count() == 1


def test_new_codes_on_paper_end_the_old(login: Login, phone: FixedClock, clock: FixedClock) -> None:
    _, old = _bind(login, phone, clock)

    new = actions.renew_recovery_codes(login=login, clock=clock)

    with pytest.raises(CodeWrong):
        _check(login, old[0], phone, clock)
    _check(login, new[0], phone, clock)


def test_neither_secret_nor_paper_codes_stand_in_the_database(
    login: Login, phone: FixedClock, clock: FixedClock
) -> None:
    secret, codes = _bind(login, phone, clock)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT to_jsonb(t)::text FROM staff_secondfactor t UNION ALL"
            " SELECT to_jsonb(t)::text FROM staff_recoverycode t"
        )
        kept = " ".join(row[0] for row in cursor.fetchall())

    assert kept
    for text in (secret, *codes, *(code.replace("-", "") for code in codes)):
        assert text not in kept and text.encode().hex() not in kept
    moved = SecondFactor(login_id=login.pk + 1, secret_sealed=SecondFactor.objects.get().secret_sealed)
    with pytest.raises(vault.VaultFault):
        _ = moved.secret


def test_taken_off_it_is_set_up_anew(login: Login, phone: FixedClock, clock: FixedClock) -> None:
    secret, codes = _bind(login, phone, clock)

    actions.remove_second_factor(actor=ADMINISTRATOR, login=login, clock=clock)

    assert queries.second_factor_of(login) is None and not RecoveryCode.objects.exists()
    assert actions.begin_second_factor(login=login).secret != secret
    with pytest.raises(SecondFactorMissing):
        _check(login, codes[0], phone, clock)
    with pytest.raises(SecondFactorMissing):
        actions.remove_second_factor(actor=ADMINISTRATOR, login=login, clock=clock)


def test_the_secret_follows_a_new_key(login: Login, phone: FixedClock, clock: FixedClock) -> None:
    secret, _ = _bind(login, phone, clock)
    ring = vault.ring_of({vault.ENVIRONMENT: f"{vault.new_key()},{os.environ[vault.ENVIRONMENT]}"})
    with pytest.MonkeyPatch.context() as patch:
        for module in ("canbao.staff.models.entry", "canbao.staff.actions.keys"):
            patch.setattr(f"{module}.ring", lambda: ring)
        assert sum(rotate_keys(actor=ADMINISTRATOR)) == 1
        assert sum(rotate_keys(actor=ADMINISTRATOR)) == 0
        assert SecondFactor.objects.get().secret == secret
        assert bytes(SecondFactor.objects.get().secret_sealed).startswith(ring.active_id)


@pytest.fixture
def office() -> Iterator[None]:
    with override_settings(SECOND_FACTOR=frozenset({"office", "bank"})):
        yield


DEMANDED = [
    (Role.MEDICAL_INSURANCE_HEAD, "370481101", True),
    (Role.SYSTEM_ADMINISTRATOR, "370481101", True),
    (Role.AUDITOR, "370481", True),
    (Role.MEDICAL_INSURANCE_CLERK, "370481", True),
    (Role.MEDICAL_INSURANCE_CLERK, "370481101", False),
    (Role.CIVIL_AFFAIRS, "370400", True),
    (Role.TOWNSHIP_CLERK, "370481101", False),
    (Role.VILLAGE_CADRE, "370481101201", False),
    (Role.SUPERVISION_OFFICE, "370481", False),
    (Role.BANK, "370481101", True),
]


@pytest.mark.parametrize(("role", "area", "demanded"), DEMANDED, ids=lambda value: str(value))
def test_the_office_asks_whoever_decides_keeps_logins_or_sees_a_county(
    login: Login, office: None, clock: FixedClock, role: Role, area: str, demanded: bool
) -> None:
    actions.grant_role(actor=ADMINISTRATOR, login=login, role=role, area_code=area, from_on=date(2024, 1, 1))

    assert queries.must_set_up_second_factor(login, clock) is demanded
    with override_settings(SECOND_FACTOR=frozenset({"off"})):
        assert queries.must_set_up_second_factor(login, clock) is False
    with override_settings(SECOND_FACTOR=frozenset({"everybody"})):
        assert queries.must_set_up_second_factor(login, clock) is True


def test_who_has_bound_a_phone_need_not_again(login: Login, office: None, phone: FixedClock, clock: FixedClock) -> None:
    actions.grant_role(
        actor=ADMINISTRATOR, login=login, role=Role.AUDITOR, area_code="370481", from_on=date(2024, 1, 1)
    )
    _bind(login, phone, clock)

    assert queries.must_set_up_second_factor(login, clock) is False


def test_what_happened_to_a_login_cannot_be_rewritten(login: Login, phone: FixedClock, clock: FixedClock) -> None:
    _bind(login, phone, clock)

    assert list(queries.events_of(login).values_list("kind", flat=True)) == ["factor_set_up", "made"]
    for statement in ("UPDATE staff_loginevent SET actor_name = ''", "DELETE FROM staff_loginevent"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_a_county_cannot_reset_who_works_for_the_province_too(login: Login, clock: FixedClock) -> None:
    from canbao.kernel.scope import Scope

    county = Scope(5, "县管理员", prefixes=("370481",), capabilities=frozenset({Capability.MANAGE_STAFF}))
    actions.reset_password(actor=county, login=login, clock=clock)
    actions.grant_role(
        actor=ADMINISTRATOR, login=login, role=Role.AUDITOR, area_code="370000", from_on=date(2025, 1, 1)
    )

    with pytest.raises(Refusal) as refused:
        actions.reset_password(actor=county, login=login, clock=clock)
    assert refused.value.code == "outside_your_area"
