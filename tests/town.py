"""A small town for tests about money: two villages of Tengzhou, a clerk, and people made to measure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from canbao.areas.models import Area, AreaLevel, PoolingArea
from canbao.enrolment import actions as enrolment
from canbao.enrolment.models import Enrolment, Newcomer
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import FixedClock, shanghai
from canbao.kernel.scope import Scope, area_prefix
from canbao.registry import actions as registry
from canbao.registry.models import Department, Resident
from canbao.registry.queries.certifiers import certified_at

POLICY, YEAR, FUND, COUNTY = "370481-2025", 2025, "370400", "370481"
EAST_TOWN, WEST_TOWN = "370481101", "370481102"
EAST, WEST = "370481101201", "370481102201"
# A city whose adults choose between two tiers.
TIERS_POLICY, TIERS_FUND, TIERS_VILLAGE = "370700-2025", "370700", "370702001201"
IN_WINDOW = shanghai(2024, 11, 1, 9, 30)

EVERYTHING = frozenset(map(str, Capability))
CLERK = Scope(actor_id=12, actor_name="孙会计", prefixes=("370481",), purpose="test", capabilities=EVERYTHING)
EAST_CLERK = Scope(actor_id=15, actor_name="吴会计", prefixes=(EAST,), purpose="test", capabilities=EVERYTHING)
OTHER_CLERK = Scope(actor_id=13, actor_name="周会计", prefixes=(WEST,), purpose="test", capabilities=EVERYTHING)
TIERS_CLERK = Scope(actor_id=14, actor_name="高会计", prefixes=("3707",), purpose="test", capabilities=EVERYTHING)
FUND_OFFICE = Scope(actor_id=1, actor_name="枣庄基金科", prefixes=("3704",), purpose="test", capabilities=EVERYTHING)


def build_town() -> None:
    """The areas; the people come with `enrolled`."""
    parent: Area | None = None
    for code, name, level in (
        ("370000", "山东省", AreaLevel.PROVINCE),
        (FUND, "枣庄市", AreaLevel.CITY),
        (COUNTY, "滕州市", AreaLevel.COUNTY),
    ):
        parent = _area(code, name, level, parent)
    PoolingArea.objects.create(code=FUND, name="枣庄市")
    city = _area(TIERS_FUND, "潍坊市", AreaLevel.CITY, Area.objects.get(code="370000"))
    county = _area("370702", "潍城区", AreaLevel.COUNTY, city)
    _area(TIERS_VILLAGE, "潍城村", AreaLevel.VILLAGE, _area("370702001", "城关街道", AreaLevel.TOWNSHIP, county))
    PoolingArea.objects.create(code=TIERS_FUND, name="潍坊市")
    for town, village, name in ((EAST_TOWN, EAST, "东"), (WEST_TOWN, WEST, "西")):
        township = _area(town, f"{name}镇", AreaLevel.TOWNSHIP, parent)
        _area(village, f"{name}村", AreaLevel.VILLAGE, township)


def _area(code: str, name: str, level: AreaLevel, parent: Area | None) -> Area:
    return Area.objects.create(
        code=code, name=name, pinyin="", initials="", level=level, parent=parent, prefix=area_prefix(code)
    )


def resident(name: str, birth_on: date, village: str = EAST, **facts: Any) -> Resident:
    facts = {"hukou_area": COUNTY, "residence_area": village, "covered_years": list(range(2017, 2025))} | facts
    person = registry.NewResident(name=name, birth_on=birth_on, sex="female", village_code=village, facts=facts)
    return registry.register_resident(actor=FUND_OFFICE, person=person)


def certify(person: Resident, category: str) -> None:
    here = certified_at(person.village_code)
    registry.certify_category(
        clock=FixedClock(shanghai(2025, 1, 1)),
        actor=FUND_OFFICE,
        resident_id=person.pk,
        code=category,
        certified_by=Department(next(by for by in here if category in here[by])),
        from_on=date(2024, 1, 1),
    )


def certify_unread(person: Resident) -> None:
    """A category that no policy knows any more: today nobody may write one, but a row of former days may be there."""
    person.categories.create(
        pooling_area=person.pooling_area, code="a_code_no_policy_names", certified_by=Department.CIVIL_AFFAIRS,
        from_on=date(2024, 1, 1),
    )  # fmt: skip


def enrol(person: Resident, registered_on: date = date(2024, 10, 20)) -> Enrolment:
    return enrolment.enrol(
        actor=FUND_OFFICE,
        resident_id=person.pk,
        benefit_year=YEAR,
        policy_id=POLICY,
        tier=None,
        registered_on=registered_on,
        clock=FixedClock(IN_WINDOW),
    )


def enrolled(name: str, birth_on: date, village: str = EAST, category: str | None = None, **facts: Any) -> Resident:
    """A registered, perhaps certified, enrolled resident."""
    person = resident(name, birth_on, village, **facts)
    if category:
        certify(person, category)
    enrol(person)
    return person


def with_tier(name: str, tier: str, birth_on: date = date(1980, 3, 1)) -> Resident:
    """A resident of the city with tiers, enrolled with one of them."""
    facts = {"hukou_area": "370702", "residence_area": TIERS_VILLAGE, "covered_years": list(range(2017, 2025))}
    new = registry.NewResident(name=name, birth_on=birth_on, sex="male", village_code=TIERS_VILLAGE, facts=facts)
    person = registry.register_resident(actor=TIERS_CLERK, person=new)
    enrolment.enrol(
        actor=TIERS_CLERK,
        resident_id=person.pk,
        benefit_year=YEAR,
        policy_id=TIERS_POLICY,
        tier=tier,
        registered_on=date(2024, 10, 20),
        clock=FixedClock(IN_WINDOW),
    )
    return person


def asked(name: str, number: str = "370481199003070026", **further: Any) -> enrolment.NewApplication:
    """What somebody of the east village writes into the public form."""
    known: dict[str, Any] = {
        "policy_id": POLICY, "route": "town", "village_code": EAST, "name": name, "birth_on": date(1990, 3, 7),
        "sex": "female", "id_number": number, "phone": "13800000000", "applicant_name": name, "relation": "self",
        "facts": {"hukou_area": COUNTY},
    }  # fmt: skip
    return enrolment.NewApplication(**{**known, **further})


def applied(clock: FixedClock, name: str = "李新", **further: Any) -> tuple[int, int]:
    """An application that waits for the office, with one file: their ids."""
    who = enrolment.applicant()
    row = enrolment.begin_application(actor=who, asked=asked(name, **further), client="a phone", clock=clock)
    file = enrolment.add_evidence(
        actor=who, number=row.number, content=b"%PDF-1.4 " + name.encode(), name="证.pdf", clock=clock
    )
    enrolment.submit_application(actor=who, number=row.number, clock=clock)
    return row.pk, file.pk


PUPIL = enrolment.Proposed(
    area_code=COUNTY, name="宗新", birth_on=date(2014, 5, 6), sex="male", id_number="370481201405060015",
    student="pupil", school="滕州市第一小学", from_on=date(2024, 9, 1), until_on=None,
)  # fmt: skip


def newcomer(one: enrolment.Proposed = PUPIL) -> Newcomer:
    """Somebody of a roll whom the register does not know."""
    enrolment.propose_newcomers(actor=FUND_OFFICE, pooling_area=FUND, batch_id=1, people=[one], on=date(2024, 11, 1))
    return Newcomer.objects.latest("pk")


def columns(connection: Any, table: str) -> str:
    """The columns of a table that can be written, with commas between them."""
    row = connection.execute(
        "SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
        [table],
    ).fetchone()
    return str(row[0])


def violations() -> list[object]:
    """What every room's invariants find."""
    from canbao.billing import invariants as billing
    from canbao.entitlement import invariants as entitlement
    from canbao.ledger import invariants as ledger
    from canbao.mutual_aid import invariants as mutual_aid
    from canbao.payments import invariants as payments
    from canbao.reconciliation import invariants as reconciliation
    from canbao.registry import invariants as registry

    rooms = (registry, ledger, billing, payments, mutual_aid, entitlement, reconciliation)
    return [found for room in rooms for found in room.check()]


@pytest.fixture
def clock(db: None) -> FixedClock:
    """The town stands, and it is half past nine on a day inside the window."""
    build_town()
    return FixedClock(IN_WINDOW)


@pytest.fixture
def books(clock: FixedClock) -> Iterator[None]:
    """Whatever a test did, every invariant holds when it ends."""
    yield
    assert violations() == []
