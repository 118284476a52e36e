"""Every role at every address, in its own area and in another, with GET and POST: exactly what is declared.

People of the other area are canaries: whatever is asked, no answer may contain one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver

from canbao.billing import actions as billing
from canbao.billing.models import Bill
from canbao.certificates import actions as certificates
from canbao.demo.outside.side import Trade
from canbao.enrolment.models import Application, EnrolmentBatch, Evidence, Newcomer
from canbao.intake.models import Batch
from canbao.kernel.clock import FixedClock, SystemClock
from canbao.kernel.personal import id_check_digit
from canbao.kernel.scope import Scope, area_prefix
from canbao.ledger import actions as ledger
from canbao.ledger import chart
from canbao.ledger.actions import Draft, Move
from canbao.payments import actions as payments
from canbao.payments.models import (
    Capture,
    Channel,
    CollectiveList,
    DebitRun,
    Deposit,
    DepositReceipt,
    Payment,
)
from canbao.reconciliation import actions as reconciliation
from canbao.reconciliation.models import Difference
from canbao.registry import actions as registry
from canbao.registry.codes import Purpose
from canbao.staff import actions as staff
from canbao.staff import approvals
from canbao.staff.capabilities import CAPABILITIES, Capability
from canbao.staff.models import Approval, Grant, Login, Role
from tests import town
from tests.matrix.declared import EVERYBODY, PROGRAM, ROWS, SIGNED_IN, Row
from tests.payments.outside import outside

pytestmark = pytest.mark.django_db
SHIFT = (date(2024, 11, 1) - SystemClock().today()).days
CANARY, CANARY_HEAD = "金丝雀甲", "金丝雀乙"
# What both names begin with: a page may echo what was sought.
SOUGHT = "金丝雀"
SEARCH = "console:people"
CANARY_PLACE = town.TIERS_FUND
KIND = approvals.Kind("matrix", "试", asks=Capability.KEEP_REGISTER, carry_out=lambda actor, approval, clock: None)
# Where the answer to what is allowed may be a refusal of the thing itself: a form without fields, a step not due.
ALLOWED = {200, 302, 400, 404, 405, 409, 422}


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


@dataclass(frozen=True)
class Ground:
    """What stands in an area: the parts of an address that lead there."""

    parts: Mapping[str, str]
    policy: str
    area: str


@pytest.fixture
def grounds(clock: FixedClock) -> tuple[Ground, Ground]:
    approvals.attach(KIND)
    born = "37048119800301102"
    person = registry.NewResident(
        name="本村人", birth_on=date(1980, 3, 1), sex="female", village_code=town.EAST,
        id_number=born + id_check_digit(born), facts={"hukou_area": town.COUNTY, "residence_area": town.EAST},
    )  # fmt: skip
    resident = registry.register_resident(actor=town.FUND_OFFICE, person=person)
    town.enrol(resident)
    own = _ground(resident.pk, town.CLERK, town.POLICY, town.COUNTY, town.EAST, clock)
    canary = town.with_tier(CANARY, "low")
    town.with_tier(CANARY_HEAD, "high")
    other = _ground(canary.pk, town.TIERS_CLERK, town.TIERS_POLICY, CANARY_PLACE, town.TIERS_VILLAGE, clock)
    return own, other


def _application(pooling_area: str, policy: str, village: str, name: str, clock: FixedClock) -> Application:
    row = Application(
        pooling_area=pooling_area, number=f"A{village[:6]}", policy_id=policy,
        benefit_year=town.YEAR, route="counter", state="submitted", village_code=village, name=name,
        birth_on=date(1980, 3, 1), sex="female", applicant_name=name, relation="self", begun_at=clock.now(),
        submitted_at=clock.now(),
    )  # fmt: skip
    row.seal("371402198003011234", "13800000000")
    row.save()
    return row


def _ground(resident_id: int, clerk: Scope, policy: str, area: str, village: str, clock: FixedClock) -> Ground:
    bill = billing.issue_bill(actor=clerk, resident_id=resident_id, benefit_year=town.YEAR, clock=clock)
    paid = payments.take_counter_payment(
        actor=clerk, bill_id=bill.pk, amount_fen=bill.payable_fen, key=f"{bill.pk}", clock=clock
    )
    run = billing.start_run(actor=clerk, policy_id=policy, area_code=area, clock=clock)
    wish = staff.ask_approval(
        actor=clerk, kind="matrix", area_code=village, key=village, subject={}, clock=clock,
        summary=(f"事 {area}", f"Something in {area}"),
    )  # fmt: skip
    fund = area_prefix(area)[:4].ljust(6, "0")
    name = CANARY if clerk is town.TIERS_CLERK else "本村人"
    application = _application(fund, policy, village, name, clock)
    evidence = Evidence.objects.create(
        pooling_area=fund, application=application, name="x.png", media_type="image/png", size_bytes=1, sha256=village,
        stored_as=f"{int(village):032x}", sent_at=clock.now(),
    )  # fmt: skip
    batch = Batch.objects.create(
        pooling_area=fund, area_code=area, source="deaths", file_name=name,
        file_bytes=1, digest=village, content_key=b"x", state="previewed", actor_id=99, actor_name="某人",
        handed_in_at=clock.now(),
    )  # fmt: skip
    enrolled = EnrolmentBatch.objects.create(
        pooling_area=fund, policy_id=policy, benefit_year=town.YEAR, area_code=area, people=1, made_at=clock.now(),
        actor_name="某人",
    )  # fmt: skip
    home = registry.move_resident(
        actor=clerk, resident_id=resident_id, village_code=village, household_id=None, kinship=None,
        from_on=clock.today(), clock=clock,
    )  # fmt: skip
    kept = Login.objects.create(username=f"kept.{area}", display_name=name, area_code=area)
    newcomer = Newcomer(
        pooling_area=fund, area_code=village, batch_id=batch.pk, name=name, birth_on=date(2014, 3, 1), sex="female",
        student="pupil", from_on=date(2024, 9, 1), proposed_on=clock.today(),
    )  # fmt: skip
    newcomer.seal("371402201403011234")
    newcomer.save()
    held = Grant.objects.create(login=kept, role=Role.VILLAGE_CADRE, area_code=village, from_on=date(2024, 1, 1))
    receipt = getattr(paid, "receipt_no", None) or paid.payment.receipt_no
    money = _held(policy, clock)
    said = payments.Asked("double", name, "本人", "另一张收据")
    back = payments.take_refund_application(actor=clerk, receipt_no=receipt, asked=said, clock=clock)
    parts = {
        "resident_id": str(resident_id), "benefit_year": str(town.YEAR), "receipt_no": receipt, "run_id": str(run.pk),
        "policy_id": policy, "approval_id": str(wish.pk), "application_id": str(application.pk),
        "evidence_id": str(evidence.pk), "batch_id": str(batch.pk), "village_code": village,
        "list_id": str(enrolled.pk), "login_id": str(kept.pk), "change_id": str(10**9), "which": "accesses",
        "grant_id": str(held.pk),
        "household_id": str(home.household_id),
        "bill_id": str(bill.pk), "channel_id": str(money.channel_id), "trade_no": "0" * 32, "capture_id": str(money.pk),
        "difference_id": str(_difference(clerk, money, clock).pk),
        "taken_id": str(application.pk), "refund_id": str(back.pk), "log_id": str(10**9),
        **_collection(clerk, paid.pk, fund, village, area, clock),
        "newcomer_id": str(newcomer.pk),
        "number": application.number, "source_code": "deaths", "source": "deaths",
        "code": certificates.certify(actor=clerk, receipt_no=receipt, clock=clock).code,
    }  # fmt: skip
    return Ground(parts, policy, area)


def _difference(clerk: Scope, money: Capture, clock: FixedClock) -> Difference:
    """A line of the channel's statement that nothing of ours answers."""
    day, merchant = clock.today() - timedelta(days=1), money.channel.merchant_id
    head = "流水号,订单号,金额,交易时间,类型,退款单号,商户号"
    reconciliation.take_statement(
        actor=clerk, channel_id=money.channel_id, day=day, layout="bank", file_name="a.csv", clock=clock,
        content=f"{head}\nx{money.pk},7,1,{day} 08:00:00,收款,,{merchant}\n".encode(),
    )  # fmt: skip
    return Difference.objects.get(channel=money.channel)


def _collection(clerk: Scope, payment_id: int, fund: str, village: str, area: str, clock: FixedClock) -> dict[str, str]:
    """A slip for the payment, a file for a bank and a collective list of the place."""
    bank = Channel.objects.create(
        pooling_area=fund, policy_id=f"{area}-2025", code="bank_debit", shape="file", name_zh="某银行",
        name_en="a bank", partner="debit_file", merchant_id="1", open_from=clock.today(),
    )  # fmt: skip
    run = DebitRun.objects.create(
        pooling_area=fund, channel=bank, sequence=1, area_code=area, count=1, total_fen=1, digest="0" * 64,
        made_on=clock.today(), made_at=clock.now(), made_by="某人",
    )  # fmt: skip
    listed = CollectiveList.objects.create(
        pooling_area=fund, channel=bank, institution=CANARY if clerk is town.TIERS_CLERK else "某学校",
        area_code=village, count=1, sum_fen=1, made_at=clock.now(), made_by="某人",
    )  # fmt: skip
    return {
        "debit_run_id": str(run.pk),
        "collective_id": str(listed.pk),
        "deposit_id": str(_deposit(clerk, payment_id, fund, clock).pk),
    }


def _deposit(clerk: Scope, payment_id: int, fund: str, clock: FixedClock) -> Deposit:
    """A slip for the payment, inside the test's own transaction."""
    known = Payment.objects.get(pk=payment_id)
    entry = ledger.post(
        actor=clerk.deputed(Capability.KEEP_LEDGER, fund), clock=clock,
        draft=Draft(
            fund, f"deposit {fund}", "deposit", fund, clock.today(),
            (
                Move(
                    chart.channel_money(fund, "cash_deposit"),
                    chart.counter_money(fund, "cash", clerk.actor_id or 0),
                    known.amount_fen,
                ),
            ),
        ),
    )  # fmt: skip
    made = Deposit.objects.create(
        pooling_area=fund, collector_id=clerk.actor_id, collected_by="某人", bank="某银行", slip_no=fund,
        deposited_on=clock.today(), amount_fen=known.amount_fen, receipts_fen=known.amount_fen, evidence="0" * 32,
        evidence_type="image/png", recorded_at=clock.now(), entry=entry,
    )  # fmt: skip
    DepositReceipt.objects.create(pooling_area=fund, deposit=made, payment=known)
    return made


def _held(policy: str, clock: FixedClock) -> Capture:
    """Money that a channel of the place took for nobody knows what."""
    out = outside(clock, "alipay", policy_id=policy)
    trade = out.side.open_trade(Trade(policy[:6].rjust(32, "0"), 40000))
    out.side.pay(trade)
    out.tell(out.telling(trade))
    return Capture.objects.get(channel=out.channel)


@pytest.fixture(autouse=True)
def in_the_campaign() -> Iterator[None]:
    with override_settings(CLOCK_SHIFT_DAYS=SHIFT):
        yield


def test_every_address_has_a_row_and_every_row_an_address() -> None:
    known = {address.name for address in addresses()}

    assert known - set(ROWS) == set(), "declare who may ask there: tests/matrix/declared.py"
    assert set(ROWS) - known == set(), "the address is gone: remove its row"


def test_every_part_of_an_address_leads_somewhere_here(grounds: tuple[Ground, Ground]) -> None:
    unknown = {
        part.split("}")[0]
        for address in addresses()
        if ROWS[address.name].who not in (EVERYBODY, PROGRAM)
        for part in address.path.split("{")[1:]
    } - set(grounds[0].parts)

    assert not unknown, f"let Ground.parts say what stands there: {unknown}"


def _may(row: Row, held: frozenset[str]) -> bool:
    return bool(held & set(map(str, row.who if isinstance(row.who, tuple) else (row.who,))))


# What is written down although nothing was done: who looked, who tried, what could not be believed, what was counted.
_COUNTED_ALL_THE_SAME = {
    "staff.Access", "staff.SignInAttempt", "staff.Session", "enrolment.PublicAttempt", "payments.Alarm",
    "supervision.VillageCount", "supervision.TouchedVillage",
}  # fmt: skip


def _rows() -> dict[str, int]:
    """What must not grow because somebody asked for another area."""
    return {
        model._meta.label: model._default_manager.count()
        for app in apps.get_app_configs()
        if app.name.startswith("canbao.")
        for model in app.get_models()
        if model._meta.label not in _COUNTED_ALL_THE_SAME
    }


def _login(role: Role | None) -> Client:
    login = Login.objects.create(username=f"matrix.{role or 'nobody'}", display_name="某人")
    if role is not None:
        Grant.objects.create(login=login, role=role, area_code=town.COUNTY, from_on=date(2024, 1, 1))
    client = Client(raise_request_exception=True)
    client.force_login(login)
    return client


def _ask(client: Client, address: Address, method: str, ground: Ground, policy_and_area: bool) -> Any:
    path = "/" + address.path.format(**ground.parts)
    place = {"policy": ground.policy, "area": ground.area} if policy_and_area or method == "POST" else {}
    if method == "GET":
        return client.get(path, place)
    asked = {"resident": ground.parts["resident_id"], "q": SOUGHT, "next": "/console/"}
    asked |= {"kind": "number", "purpose": Purpose.values[0], "screen": "person"}
    # The search answers a script at once, and anybody else with a page to be led to.
    return client.post(path, {**place, **asked}, headers={"HX-Request": "true"} if address.name == SEARCH else {})


def _expected(row: Row, method: str, held: frozenset[str], own: bool, has_parts: bool) -> set[int]:
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


@pytest.mark.parametrize("role", [*Role, None], ids=lambda role: str(role.value if role else "no_role"))
def test_a_role_gets_what_is_declared_and_nothing_else(role: Role | None, grounds: tuple[Ground, Ground]) -> None:
    own, other = grounds
    held = frozenset(map(str, CAPABILITIES[role])) if role is not None else frozenset()
    faults: list[str] = []
    asked = 0
    for address in addresses():
        row = ROWS[address.name]
        for method in ("GET", "POST"):
            for ground in (own, other):
                # Signing in or out, or being asked for a token, ends or changes nothing here.
                if address.name == "console:sign-out" and method == "POST":
                    continue
                # The row stands, its file does not: only who may not have it can be asked about it.
                if address.name == "console:evidence" and ground is own and _may(row, held):
                    continue
                client = _client(role)
                before = _rows() if ground is other and method == "POST" else None
                answer = _ask(client, address, method, ground, row.query)
                asked += 1
                cell = f"{role} {method} {address.name} in {'its own' if ground is own else 'another'} area"
                has_parts = any(f"{{{part}}}" in address.path for part in own.parts if part not in _PUBLIC_PARTS)
                if row.who == PROGRAM:
                    expected = {401, 404, 405, 422, 400}
                else:
                    expected = _expected(row, method, held, ground is own, has_parts)
                if answer.status_code not in expected:
                    faults.append(f"{cell}: {answer.status_code}, declared {sorted(expected)}")
                if any(canary in answer.content.decode("utf-8", "replace") for canary in (CANARY, CANARY_HEAD)):
                    faults.append(f"{cell}: shows a person of another area")
                if before is not None and _rows() != before:
                    faults.append(f"{cell}: wrote something")

    assert not faults, "\n".join(faults)
    assert asked > 200


_PUBLIC_PARTS = {"which", "policy_id", "benefit_year", "source_code"}
_clients: dict[object, Client] = {}


@pytest.fixture(autouse=True)
def _fresh_clients() -> Iterator[None]:
    _clients.clear()
    yield
    _clients.clear()


def _client(role: Role | None) -> Client:
    if role not in _clients:
        _clients[role] = _login(role)
    return _clients[role]


def test_a_visitor_sees_no_page_of_the_console(grounds: tuple[Ground, Ground]) -> None:
    for address in addresses():
        row = ROWS[address.name]
        if row.who in (EVERYBODY, PROGRAM):
            continue
        for method in row.methods.split():
            answer = _ask(Client(), address, method, grounds[0], row.query)
            assert answer.status_code == 302 and "/console/sign-in" in answer["Location"], address


def test_the_canaries_would_be_seen_if_they_were_shown(grounds: tuple[Ground, Ground]) -> None:
    """The control: a clerk of their own city does see them, at the same addresses."""
    login = Login.objects.create(username="matrix.control", display_name="对照")
    Grant.objects.create(
        login=login, role=Role.MEDICAL_INSURANCE_CLERK, area_code=CANARY_PLACE, from_on=date(2024, 1, 1)
    )
    client = Client()
    client.force_login(login)
    _, other = grounds
    person = client.get(f"/console/people/{other.parts['resident_id']}/{town.YEAR}").content.decode()
    found = client.post("/console/people", {"q": SOUGHT}, headers={"HX-Request": "true"}).content.decode()

    assert CANARY in person
    assert CANARY in found and CANARY_HEAD in found
    assert Approval.objects.count() == 2 and Bill.objects.count() == 2
