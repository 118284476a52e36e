"""The whole way over HTTP: a resident's pages, a simulated partner as a server, and its telling to our address."""

from __future__ import annotations

import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from http.server import ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from django.test import Client, override_settings
from pytest_django.live_server_helper import LiveServer

from canbao.billing import actions as billing
from canbao.billing.models import Bill
from canbao.demo.outside import memory, server
from canbao.demo.outside.agreed import agreed
from canbao.kernel.clock import SHANGHAI, FixedClock, ShiftedClock, SystemClock
from canbao.kernel.personal import id_check_digit
from canbao.payments.models import Attempt, Capture, Payment
from canbao.registry import actions as registry
from tests import town
from tests.payments.outside import pairs

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("books")]
SHIFT = (date(2024, 11, 1) - SystemClock().today()).days
HEAD = "37048119800301102"
NUMBER = HEAD + id_check_digit(HEAD)
SECONDS_MAX = 30


@pytest.fixture(autouse=True)
def in_the_campaign() -> Iterator[None]:
    with override_settings(CLOCK_SHIFT_DAYS=SHIFT):
        yield


@pytest.fixture
def bill(clock: FixedClock) -> Bill:
    person = registry.NewResident(
        name="张桂兰", birth_on=date(1980, 3, 1), sex="female", village_code=town.EAST, id_number=NUMBER,
        facts={"hukou_area": town.COUNTY, "residence_area": town.EAST, "covered_years": list(range(2017, 2025))},
    )  # fmt: skip
    row = registry.register_resident(actor=town.FUND_OFFICE, person=person)
    town.enrol(row)
    return billing.issue_bill(actor=town.CLERK, resident_id=row.pk, benefit_year=town.YEAR, clock=clock)


@pytest.fixture(params=[("wechat", "wechat_pay"), ("alipay", "alipay"), ("union_pay", "union_pay")])
def partners(request: pytest.FixtureRequest, bill: Bill) -> Iterator[int]:
    """The partners' server; gives the key of the channel."""
    running = ThreadingHTTPServer(("127.0.0.1", 0), server.Handler)
    code, kind = request.param
    channel, side = agreed(
        policy_id=town.POLICY, code=code, kind=kind, address=f"http://127.0.0.1:{running.server_port}/0",
        pairs=pairs(), open_from=date(2024, 1, 1), now=ShiftedClock(SHIFT).now,
    )  # fmt: skip
    server.Handler.sides = [side]
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    yield channel.pk
    running.shutdown()
    running.server_close()
    thread.join()


@pytest.fixture
def resident(live_server: LiveServer) -> Client:
    """A browser without a login, at the address of the running server."""
    return Client(headers={"host": urlsplit(live_server.url).netloc})


def at_the_cashier(resident: Client, bill: Bill, channel_id: int) -> Attempt:
    """Name and number, the bill, the choice of the channel: up to the address of the cashier page."""
    who = {"policy": town.POLICY, "name": "张桂兰", "id_number": NUMBER}
    assert resident.post("/pay", who)["Location"] == f"/pay/bills/{bill.pk}"
    assert "400" in resident.get(f"/pay/bills/{bill.pk}").content.decode()
    begun = resident.post(f"/pay/bills/{bill.pk}/begin", {"channel": channel_id, "paid_by": "self"})
    attempt = Attempt.objects.get()
    assert begun["Location"] == f"/pay/attempts/{attempt.trade_no}"
    with urllib.request.urlopen(attempt.pay_url) as page:
        assert "模拟收银台" in page.read().decode()
    return attempt


def choose(attempt: Attempt, how: str) -> None:
    """Press one of the cashier's buttons, without following where it leads."""
    place = urlsplit(attempt.pay_url)
    body = urlencode({"trade_no": attempt.trade_no, "how": how}).encode()
    opener = urllib.request.build_opener(_Stay)
    with pytest.raises(urllib.error.HTTPError, match="303"):
        opener.open(f"{place.scheme}://{place.netloc}/0/cashier", body)


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object, **further: object) -> None:
        return None


def until(done: object) -> None:
    """Wait until the telling has come; it comes from another thread."""
    deadline = time.monotonic() + SECONDS_MAX
    while not done() and time.monotonic() < deadline:  # type: ignore[operator]
        time.sleep(0.1)
    assert done()  # type: ignore[operator]


def test_a_resident_pays_and_sees_receipt_and_cover(resident: Client, bill: Bill, partners: int) -> None:
    attempt = at_the_cashier(resident, bill, partners)
    choose(attempt, "pay")
    until(Payment.objects.exists)

    page = resident.get(f"/pay/attempts/{attempt.trade_no}?back=1").content.decode()
    assert Payment.objects.get().receipt_no in page
    assert "2025年1月1日" in page
    assert "不用再缴" in resident.get(f"/pay/bills/{bill.pk}").content.decode()


def test_a_wrong_sum_is_said_to_be_safe(resident: Client, bill: Bill, partners: int) -> None:
    attempt = at_the_cashier(resident, bill, partners)
    choose(attempt, "wrong")
    until(Capture.objects.exists)

    assert "这笔钱没有丢" in resident.get(f"/pay/attempts/{attempt.trade_no}").content.decode()
    assert not Payment.objects.exists()


def test_a_terminal_finds_the_bill_takes_the_money_and_gives_its_statement(
    live_server: LiveServer, bill: Bill, tmp_path: Path
) -> None:
    running = ThreadingHTTPServer(("127.0.0.1", 0), server.Handler)
    here = f"http://127.0.0.1:{running.server_port}"
    channel, side = agreed(
        policy_id=town.POLICY, code="ccb_device", kind="signed_push", address=f"{here}/0", pairs=pairs("sm2"),
        open_from=date(2024, 1, 1), now=ShiftedClock(SHIFT).now,
    )  # fmt: skip
    side.told_at = f"{live_server.url}/callbacks/{channel.pk}"
    server.Handler.sides, server.Handler.memory = [side], tmp_path / "memory.json"
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()

    def at(path: str, **fields: object) -> str:
        with urllib.request.urlopen(f"{here}{path}", urlencode(fields).encode() if fields else None) as page:
            return str(page.read().decode())

    try:
        assert "查不到" in at("/0/pull", name="别人", id_number=NUMBER)
        assert "400.00" in at("/0/pull", name="张桂兰", id_number=NUMBER)
        assert "完成" in at("/0/take", how="pay", bill=bill.pk, fen=bill.payable_fen)
        until(Payment.objects.exists)
        payment = Payment.objects.get()
        assert (payment.shape, payment.channel) == ("push", "ccb_device")
        day = payment.paid_at.astimezone(SHANGHAI).date()
        told = at(f"/0/statement?day={day}")
        assert f",{payment.amount_fen // 100}.00," in told and Capture.objects.get().transaction_id in told
        arrived = at("/fund", day=day, arrived=day, how="all", place=town.COUNTY)
        assert f"{side.merchant_id},{day},400.00" in arrived
        # Another run of the server remembers.
        later = replace(side, trades={})
        assert memory.recall(tmp_path / "memory.json", [later]) == []
        assert [trade.paid_fen for trade in later.trades.values()] == [40000]
    finally:
        server.Handler.memory = None
        running.shutdown()
        running.server_close()
        thread.join()


def test_a_stranger_with_the_address_sees_nothing(resident: Client, bill: Bill, partners: int) -> None:
    attempt = at_the_cashier(resident, bill, partners)
    stranger = Client()

    for path in (f"/pay/attempts/{attempt.trade_no}", f"/pay/bills/{bill.pk}"):
        assert stranger.get(path).status_code == 404
    assert stranger.post(f"/pay/bills/{bill.pk}/begin", {"channel": partners}).status_code == 404
    for wrong in ({"name": "别人", "id_number": NUMBER}, {"name": "张桂兰", "id_number": "370481198003011000"}):
        answer = stranger.post("/pay", {"policy": town.POLICY, **wrong})
        assert answer.status_code == 422 and "没有查到" in answer.content.decode()
