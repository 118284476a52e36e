"""What stands in each area of the matrix: a person with a bill, a payment, lists, applications, logins and their trail.

The own ground is the east village of the town. The neighbour is the next village of the same county, whose money lies
in the same pooling area; the city is another pooling area altogether; the other house is a second school or hospital of
the same place, which shares every area with the first. What stands outside the own ground are canaries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from django.db import connection
from psycopg import sql

from canbao.billing import actions as billing
from canbao.certificates import actions as certificates
from canbao.enrolment.models import Application, EnrolmentBatch, Evidence, Newcomer
from canbao.intake.models import Batch
from canbao.kernel.clock import FixedClock
from canbao.kernel.personal import id_check_digit
from canbao.kernel.scope import Scope, area_prefix
from canbao.payments import actions as payments
from canbao.registry import actions as registry
from canbao.registry.models import Resident
from canbao.staff import actions as staff
from canbao.staff import approvals
from canbao.staff.capabilities import Capability
from canbao.staff.models import Change, Grant, Login, Role
from tests import town
from tests.matrix.collected import Place, collected
from tests.matrix.watching import key_columns

# What the names of all canaries begin with: a page may echo what was sought.
SOUGHT = "金丝雀"
OWN, NEIGHBOUR, CITY, HOUSE = "本村人", f"{SOUGHT}邻", f"{SOUGHT}城", f"{SOUGHT}校"
CANARIES = (NEIGHBOUR, CITY, HOUSE)
HOME = town.EAST_TOWN
"""Where every login of the matrix is granted its role."""
# Logins of the tests are numbered from one: none of them is by chance who took the money.
CLERK, TIERS_CLERK = replace(town.CLERK, actor_id=9_000_012), replace(town.TIERS_CLERK, actor_id=9_000_014)
KIND = approvals.Kind("matrix", "test", asks=Capability.KEEP_REGISTER, carry_out=lambda actor, approval, clock: None)


@dataclass(frozen=True)
class Ground:
    """`parts` of an address that lead there; `policy` and `area` as the lists are chosen by them."""

    name: str
    parts: Mapping[str, str]
    policy: str
    area: str
    village: str
    # Keys of what stands there, as forms send them.
    sent: Mapping[str, str]


@dataclass(frozen=True)
class Grounds:
    own: Ground
    neighbour: Ground
    city: Ground
    house: Ground
    # Table → keys of the rows that do not belong to the own ground.
    foreign: Mapping[str, tuple[str, ...]]

    @property
    def others(self) -> tuple[Ground, ...]:
        return self.neighbour, self.city


def build(clock: FixedClock) -> Grounds:
    """In the town of the tests, whose areas stand."""
    approvals.attach(KIND)
    empty = rows_by_key()
    neighbour = _ground(
        NEIGHBOUR, _resident(NEIGHBOUR, town.WEST), CLERK, town.POLICY, town.WEST_TOWN, town.WEST, clock
    )
    canary = town.with_tier(CITY, "low")
    city = _ground(CITY, canary, TIERS_CLERK, town.TIERS_POLICY, town.TIERS_FUND, town.TIERS_VILLAGE, clock)
    foreign = {table: tuple(keys - empty[table]) for table, keys in rows_by_key().items()}
    own = _ground(OWN, _resident(OWN, town.EAST), CLERK, town.POLICY, HOME, town.EAST, clock)
    before = rows_by_key()
    house = _other_house(own, clock)
    for table, keys in rows_by_key().items():
        foreign[table] += tuple(keys - before[table])
    return Grounds(own, neighbour, city, house, {table: keys for table, keys in foreign.items() if keys})


def rows_by_key() -> dict[str, set[str]]:
    """Table → keys of its rows as text."""
    found = {}
    with connection.cursor() as cursor:
        for table, column in key_columns().items():
            cursor.execute(sql.SQL("SELECT {}::text FROM {}").format(sql.Identifier(column), sql.Identifier(table)))
            found[table] = {key for (key,) in cursor.fetchall()}
    return found


def _resident(name: str, village: str) -> Resident:
    first = f"{town.COUNTY}19800301{10 + int(village[8]):02}2"[:17]
    person = registry.NewResident(
        name=name, birth_on=date(1980, 3, 1), sex="female", village_code=village,
        id_number=first + id_check_digit(first), facts={"hukou_area": town.COUNTY, "residence_area": village},
    )  # fmt: skip
    row = registry.register_resident(actor=town.FUND_OFFICE, person=person)
    town.enrol(row)
    return row


def _ground(
    name: str, person: Resident, clerk: Scope, policy: str, area: str, village: str, clock: FixedClock
) -> Ground:
    bill = billing.issue_bill(actor=clerk, resident_id=person.pk, benefit_year=town.YEAR, clock=clock)
    paid = payments.take_counter_payment(
        actor=clerk, bill_id=bill.pk, amount_fen=bill.payable_fen, key=f"{bill.pk}", clock=clock
    )
    run = billing.start_run(actor=clerk, policy_id=policy, area_code=area, clock=clock)
    wish = staff.ask_approval(
        actor=clerk, kind="matrix", area_code=village, key=village, subject={}, clock=clock,
        summary=(f"事 {name}", f"Something of {name}"),
    )  # fmt: skip
    fund = area_prefix(village)[:4].ljust(6, "0")
    application = _application(fund, policy, village, name, clock)
    evidence = Evidence.objects.create(
        pooling_area=fund, application=application, name="x.png", media_type="image/png", size_bytes=1, sha256=village,
        stored_as=f"{int(village):032x}", sent_at=clock.now(),
    )  # fmt: skip
    enrolled = EnrolmentBatch.objects.create(
        pooling_area=fund, policy_id=policy, benefit_year=town.YEAR, area_code=village, people=1, made_at=clock.now(),
        actor_name="某人",
    )  # fmt: skip
    home = registry.move_resident(
        actor=clerk, resident_id=person.pk, village_code=village, household_id=None, kinship=None,
        from_on=clock.today(), clock=clock,
    )  # fmt: skip
    change = Change.objects.filter(village_code=village).latest("pk")
    kept = Login.objects.create(username=f"kept.{village}", display_name=name, area_code=village)
    held = Grant.objects.create(login=kept, role=Role.VILLAGE_CADRE, area_code=village, from_on=date(2024, 1, 1))
    receipt = paid.receipt_no
    batch = _batch(name, fund, area, "deaths", clock)
    said = payments.Asked("double", name, "本人", "另一张收据")
    back = payments.take_refund_application(actor=clerk, receipt_no=receipt, asked=said, clock=clock)
    money, sent = collected(Place(name, fund, policy, area, village, clerk, clock), paid)
    parts = {
        "resident_id": str(person.pk), "first_id": str(person.pk), "second_id": str(person.pk),
        "benefit_year": str(town.YEAR), "receipt_no": receipt, "run_id": str(run.pk),
        "policy_id": policy, "approval_id": str(wish.pk), "application_id": str(application.pk),
        "evidence_id": str(evidence.pk), "batch_id": batch,
        "village_code": village, "list_id": str(enrolled.pk), "login_id": str(kept.pk), "change_id": str(change.pk),
        "which": "accesses", "grant_id": str(held.pk), "household_id": str(home.household_id),
        "bill_id": str(bill.pk), "trade_no": "0" * 32, "taken_id": str(application.pk),
        "newcomer_id": str(_newcomer(name, fund, village, int(batch), clock).pk),
        "refund_id": str(back.pk), "log_id": str(10**9),
        "number": application.number, "source_code": "deaths", "source": "deaths",
        "code": certificates.certify(actor=clerk, receipt_no=receipt, clock=clock).code,
        **money,
    }  # fmt: skip
    return Ground(name, parts, policy, area, village, {**sent, "list": str(enrolled.pk), "person": str(person.pk)})


def _other_house(own: Ground, clock: FixedClock) -> Ground:
    """A school and a hospital of the same place: what they handed in and took down is their own."""
    handed_in = _batch(HOUSE, town.FUND, own.area, "university_rolls", clock)
    application = _application(town.FUND, town.POLICY, own.village, HOUSE, clock, taken_by=98)
    parts = {**own.parts, "batch_id": handed_in, "taken_id": str(application.pk)}
    return Ground(HOUSE, parts, own.policy, own.area, own.village, own.sent)


def _batch(name: str, fund: str, area: str, source: str, clock: FixedClock) -> str:
    row = Batch.objects.create(
        pooling_area=fund, area_code=area, source=source, file_name=name, file_bytes=1, digest=name,
        content_key=b"x", state="previewed", actor_id=99, actor_name="某人", handed_in_at=clock.now(),
    )  # fmt: skip
    return str(row.pk)


def _application(
    fund: str, policy: str, village: str, name: str, clock: FixedClock, taken_by: int | None = None
) -> Application:
    row = Application(
        pooling_area=fund, number=f"A{village[:9]}{taken_by or 0}", policy_id=policy,
        benefit_year=town.YEAR, route="counter", state="submitted", village_code=village, name=name,
        birth_on=date(1980, 3, 1), sex="female", applicant_name=name, relation="self", begun_at=clock.now(),
        submitted_at=clock.now(), taken_by_id=taken_by, taken_by_name="某人" if taken_by else "",
        taken_in=HOME if taken_by else "",
    )  # fmt: skip
    row.seal("371402198003011234", "13800000000")
    row.save()
    return row


def _newcomer(name: str, fund: str, village: str, batch_id: int, clock: FixedClock) -> Newcomer:
    """Somebody of a roll of the place whom the register does not know."""
    row = Newcomer(
        pooling_area=fund, area_code=village, batch_id=batch_id, name=name, birth_on=date(2014, 3, 1), sex="female",
        student="pupil", from_on=date(2024, 9, 1), proposed_on=clock.today(),
    )  # fmt: skip
    row.seal(f"37140220140301{village[7:9]}34")
    row.save()
    return row
