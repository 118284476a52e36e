"""PY-45: after the window nobody of Pingyin pays before his data were maintained, registered in time or not."""

from __future__ import annotations

from datetime import date

import pytest

from canbao.areas.models import Area, AreaLevel, PoolingArea
from canbao.billing import actions as billing
from canbao.billing import queries as bills
from canbao.enrolment import actions
from canbao.enrolment.models import Enrolment, EnrolmentChange
from canbao.enrolment.refusals import NoMaintenance
from canbao.kernel.clock import FixedClock, shanghai
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.payments import actions as payments
from canbao.registry import actions as registry
from tests import town

pytestmark = pytest.mark.django_db
POLICY, VILLAGE = "370124-2025", "370124001001"
CENTRE = Scope(actor_id=17, actor_name="孟便民", prefixes=("3701",), purpose="test", capabilities=town.EVERYTHING)
IN_TIME, LATE = FixedClock(shanghai(2024, 11, 1, 9)), FixedClock(shanghai(2025, 2, 10, 9))


@pytest.fixture(autouse=True)
def pingyin() -> None:
    parent = None
    for code, name, level in (
        ("370000", "山东省", AreaLevel.PROVINCE), ("370100", "济南市", AreaLevel.CITY),
        ("370124", "平阴县", AreaLevel.COUNTY), (VILLAGE, "东关村", AreaLevel.VILLAGE),
    ):  # fmt: skip
        parent = Area.objects.create(code=code, name=name, pinyin="", initials="", level=level, parent=parent,
                                     prefix=code.rstrip("0") if len(code) == 6 else code)  # fmt: skip
    PoolingArea.objects.create(code="370100", name="济南市")


def enrolled(clock: FixedClock, name: str = "孟庆山") -> Enrolment:
    new = registry.NewResident(
        name=name, birth_on=date(1980, 5, 1), sex="male", village_code=VILLAGE,
        facts={"hukou_area": "370124", "residence_area": VILLAGE},
    )  # fmt: skip
    person = registry.register_resident(actor=CENTRE, person=new)
    return actions.enrol(
        actor=CENTRE, resident_id=person.pk, benefit_year=2025, policy_id=POLICY, tier=None,
        registered_on=clock.today(), clock=clock,
    )  # fmt: skip


def issue(row: Enrolment, clock: FixedClock) -> int:
    return billing.issue_bill(actor=CENTRE, resident_id=row.resident_id, benefit_year=2025, clock=clock).pk


def pay(bill_id: int, clock: FixedClock) -> str:
    try:
        payments.take_counter_payment(
            actor=CENTRE, bill_id=bill_id, amount_fen=44000, key=f"{clock.now()}", clock=clock
        )
    except Refusal as refusal:
        return refusal.code
    return "paid"


def maintain(row: Enrolment, clock: FixedClock) -> Enrolment:
    return actions.maintain_for_late_payment(
        actor=CENTRE, resident_id=row.resident_id, benefit_year=2025, seen=(), clock=clock
    )


def test_who_was_billed_in_time_pays_late_only_after_maintenance() -> None:
    row = enrolled(IN_TIME)
    bill = issue(row, IN_TIME)
    assert pay(bill, LATE) == "not_maintained"

    assert maintain(row, LATE).maintained_on == LATE.today()
    assert pay(bill, LATE) == "paid"
    noted = EnrolmentChange.objects.filter(enrolment=row).order_by("-id")[0]
    assert (noted.kind, noted.actor_name) == ("maintained", "孟便民")


def test_who_was_not_billed_in_time_gets_no_bill_before_maintenance() -> None:
    row = enrolled(IN_TIME)
    with pytest.raises(Refusal) as refused:
        issue(row, LATE)
    assert refused.value.code == "not_maintained" and "便民服务中心" in refused.value.todo[0]
    assert dict(bills.preview(CENTRE, POLICY, "370124", LATE).refused) == {"not_maintained": 1}
    run = billing.issue_bills(actor=CENTRE, policy_id=POLICY, area_code="370124", clock=LATE)
    assert (run.issued, run.refused) == (0, 1)

    maintain(row, LATE)
    assert billing.issue_bills(actor=CENTRE, policy_id=POLICY, area_code="370124", clock=LATE).issued == 1


def test_who_registers_late_has_it_done_with_the_registration() -> None:
    row = enrolled(LATE)
    assert (row.route, row.maintained_on) == ("late", LATE.today())
    assert pay(issue(row, LATE), LATE) == "paid"


def test_nothing_is_maintained_in_the_window_or_twice() -> None:
    row = enrolled(IN_TIME)
    with pytest.raises(NoMaintenance):
        maintain(row, IN_TIME)
    maintain(row, LATE)
    with pytest.raises(NoMaintenance):
        maintain(row, LATE)


def test_who_is_paid_for_needs_none() -> None:
    row = enrolled(IN_TIME)
    registry.certify_category(
        clock=FixedClock(shanghai(2025, 1, 1)),
        actor=CENTRE, resident_id=row.resident_id, code="extreme_poverty", certified_by="civil_affairs",
        from_on=date(2024, 1, 1),
    )  # fmt: skip
    assert billing.issue_bill(actor=CENTRE, resident_id=row.resident_id, benefit_year=2025, clock=LATE).payable_fen == 0
