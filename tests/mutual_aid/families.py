"""A village of Shanghai with families: holders of accounts in the employee scheme, and the relatives they pay for."""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any

from canbao.areas.models import Area, AreaLevel, PoolingArea
from canbao.billing import actions as billing
from canbao.billing.models import Bill
from canbao.enrolment import actions as enrolment
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import FixedClock, shanghai
from canbao.kernel.personal import id_check_digit
from canbao.kernel.scope import Scope, area_prefix
from canbao.mutual_aid import actions
from canbao.mutual_aid.models import Hold, PersonalAccount, Relative
from canbao.registry import actions as registry
from canbao.registry.models import Resident

POLICY, YEAR, FUND = "310000-2025", 2025, "310000"
VILLAGE = "310112101201"
EVERYTHING = frozenset(map(str, Capability))
BUREAU = Scope(actor_id=31, actor_name="沈经办", prefixes=("31",), purpose="test", capabilities=EVERYTHING)
SECOND = Scope(actor_id=32, actor_name="顾复核", prefixes=("31",), purpose="test", capabilities=EVERYTHING)
NOVEMBER = shanghai(2024, 11, 20, 9)
RENEWAL_RUN = shanghai(2024, 12, 2, 8)
BORN = date(1980, 3, 1)
ADULT_FEN = 99_500
_numbers, _phones = count(1), count(1)


def build_city() -> None:
    parent: Area | None = None
    for code, name, level in (
        (FUND, "上海市", AreaLevel.PROVINCE),
        ("310112", "闵行区", AreaLevel.COUNTY),
        ("310112101", "莘庄镇", AreaLevel.TOWNSHIP),
        (VILLAGE, "东居委", AreaLevel.VILLAGE),
    ):
        parent = Area.objects.create(
            code=code, name=name, pinyin="", initials="", level=level, parent=parent, prefix=area_prefix(code)
        )
    PoolingArea.objects.create(code=FUND, name="上海市")


def number_of(birth_on: date) -> str:
    body = f"310112{birth_on:%Y%m%d}{2 * next(_numbers) + 1:03d}"
    return body + id_check_digit(body)


def person(name: str, birth_on: date = BORN, **facts: Any) -> Resident:
    known = {
        "hukou_area": "310112", "hukou_kind": "urban", "residence_area": VILLAGE, "covered_years": [2023, 2024],
    } | facts  # fmt: skip
    new = registry.NewResident(
        name=name, birth_on=birth_on, sex="male", village_code=VILLAGE, id_number=number_of(birth_on),
        facts=known,
    )  # fmt: skip
    made = registry.register_resident(actor=BUREAU, person=new)
    made.phone = f"138{next(_phones):08d}"
    made.save()
    return made


def holder(name: str = "沈建国", fen: int = 300_000, as_of: date = date(2024, 10, 31)) -> Resident:
    """Somebody of the employee scheme, with a past-year balance that the bureau handed in."""
    made = person(name, employee_insured=True)
    balances([(made, fen)], as_of)
    return made


def balances(rows: list[tuple[Resident, int]], as_of: date, clock: FixedClock | None = None) -> actions.Taken:
    head = "证件号码,姓名,历年结余（元）,截至日期"
    lines = [
        f"{one.id_number.unmasked if one.id_number else ''},{one.name},{fen // 100}.{fen % 100:02d},{as_of}"
        for one, fen in rows
    ]
    content = "\n".join([head, *lines]).encode()
    return actions.take_balances(actor=BUREAU, pooling_area=FUND, content=content, clock=clock or FixedClock(NOVEMBER))


def enrolled(name: str, birth_on: date = BORN, route: str | None = "renewal", **facts: Any) -> Resident:
    made = person(name, birth_on, **facts)
    enrol(made, route)
    return made


def enrol(made: Resident, route: str | None, on: date = date(2024, 11, 12)) -> None:
    enrolment.enrol(
        actor=BUREAU, resident_id=made.pk, benefit_year=YEAR, policy_id=POLICY, tier=None, registered_on=on,
        clock=FixedClock(shanghai(on.year, on.month, on.day, 10)), route=route,
    )  # fmt: skip


def billed(made: Resident, clock: FixedClock) -> Bill:
    return billing.issue_bill(actor=BUREAU, resident_id=made.pk, benefit_year=YEAR, clock=clock)


def tie(member: Resident, pays: Resident, clock: FixedClock, relation: str = "子女", **more: Any) -> Relative:
    """Both agreed at the counter."""
    assert pays.id_number
    said: dict[str, Any] = {
        "policy_id": POLICY, "member_id": member.pk, "holder_name": pays.name,
        "holder_number": pays.id_number.unmasked, "relation": relation, "kinship_evidence": "户口簿",
        "member_evidence": "本人到窗口", "holder_evidence": "本人到窗口签字", "limit_fen": None,
    } | more  # fmt: skip
    return actions.record_both(actor=BUREAU, clock=clock, **said)


def confirmed(member: Resident, pays: Resident, clock: FixedClock) -> Hold:
    """Bill, tie and hold."""
    billed(member, clock)
    return actions.confirm(actor=BUREAU, relative_id=tie(member, pays, clock).pk, clock=clock)


def account(of: Resident) -> PersonalAccount:
    return PersonalAccount.objects.get(holder=of)
