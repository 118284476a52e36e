"""A collection under way: bills issued in most of each place, and some of them paid, here more and there less.

Everything goes through the actions that the counter uses, on days that lie behind the demo's today, so the books, the
receipts and the cover are as real as any. What a run would do again is left alone, so it may be stopped at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from threading import Thread

from django.db import DatabaseError, connection

from canbao.areas import queries as areas
from canbao.billing import actions as billing
from canbao.billing import queries as bills
from canbao.demo import families
from canbao.demo.places import PLACES, Place
from canbao.enrolment import queries as enrolment
from canbao.kernel.clock import FixedClock, shanghai
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope, lies_in
from canbao.payments import actions as payments
from canbao.staff import queries as staff

_ISSUED_AT = shanghai(2024, 11, 21, 9)
_PAID_FROM = shanghai(2024, 11, 22, 8, 30)
_PAID_DAYS = 10
_OFFICE_SECONDS = 9 * 60 * 60
_CLERKS = {
    "370481": ("clerk.tengzhou", "tax.tengzhou"),
    "370700": ("clerk.weifang",),
    "370124": ("clerk.pingyin",),
    "140600": ("clerk.shuozhou",),
    "310000": ("clerk.shanghai",),
}
_RUNS_MAX = 1000
# One part in this many is left for the visitor to issue himself; the cast's part always is.
_LEFT_OUT_OF = 7
# The shares of the bills paid, from the slowest township to the quickest; about a fifth of all.
_SHARES = (0.02, 0.06, 0.10, 0.16, 0.24, 0.36, 0.48)


@dataclass(frozen=True)
class _Due:
    paid_at: datetime
    bill_id: int
    amount_fen: int
    clerk: Scope


def issue(progress: Callable[[str], None], seed: int, cast_villages: dict[str, str]) -> int:
    """Issue the bills of most counties (or townships) of each place; how many there are."""
    clock = FixedClock(_ISSUED_AT)
    issued = 0
    for place in PLACES:
        clerk = staff.scope_of(staff.login_named(_CLERKS[place.area][0]), "issue_bills", clock)
        chance = Random(f"{seed} issue {place.area}")
        # An interrupted first start goes on here; what it finished may have been changed by the visitor since.
        issued_before = {run.area_code for run in bills.runs(clerk, place.policy_id, _RUNS_MAX) if run.state == "done"}
        for part in areas.children(clerk, place.area):
            left_out = chance.randrange(_LEFT_OUT_OF) == 0 or lies_in(cast_villages[place.area], part.code)
            if (
                left_out
                or part.code in issued_before
                or not enrolment.count_enrolled(clerk, place.policy_id, part.code)
            ):
                continue
            run = billing.issue_bills(actor=clerk, policy_id=place.policy_id, area_code=part.code, clock=clock)
            issued += run.issued
    progress(f"demo: {issued:,} bills issued")
    return issued


def pay(progress: Callable[[str], None], seed: int) -> int:
    """Pay about a fifth of the open bills at the counter, day by day; how many were paid."""
    due = sorted(
        (item for place in PLACES for item in _due(place, seed)), key=lambda item: (item.paid_at, item.bill_id)
    )
    paid = 0
    for item in due:
        try:
            payments.take_counter_payment(
                actor=item.clerk,
                bill_id=item.bill_id,
                amount_fen=item.amount_fen,
                key=f"demo-{item.bill_id}",
                clock=FixedClock(item.paid_at),
                method="pos" if item.bill_id % 3 else "cash",
            )
        except Refusal:
            # The visitor was quicker, or has changed what the bill rests on.
            continue
        paid += 1
    progress(f"demo: {paid:,} bills paid at the counter")
    return paid


def _due(place: Place, seed: int) -> Iterator[_Due]:
    clock = FixedClock(_PAID_FROM)
    clerks = [staff.scope_of(staff.login_named(name), "take_payment", clock) for name in _CLERKS[place.area]]
    # Its own bills alone: what the visitor issued since is his to pay.
    own = bills.visible(clerks[0]).filter(state="issued", policy_id=place.policy_id, issued_at=_ISSUED_AT)
    open_bills = own.order_by("id")
    rows = open_bills.values_list("id", "village_code", "personal_fen", "repair_fen")
    for bill_id, village, personal_fen, repair_fen in rows:
        share = Random(f"{seed} share {village[:9]}").choice(_SHARES)
        chance = Random(f"{seed} pay {bill_id}")
        if chance.random() >= share:
            continue
        at = timedelta(days=chance.randrange(_PAID_DAYS), seconds=chance.randrange(_OFFICE_SECONDS))
        yield _Due(_PAID_FROM + at, bill_id, personal_fen + repair_fen, chance.choice(clerks))


def begin(
    progress: Callable[[str], None], seed: int, cast_villages: dict[str, str], when_done: Callable[[], None]
) -> None:
    """Issue now; pay in the background while the pages are already there to be looked at; then say it is done."""
    issue(progress, seed, cast_villages)
    families.begin(progress, seed)
    Thread(target=_pay_quietly, args=(seed, when_done), name="demo-payments", daemon=True).start()


def _pay_quietly(seed: int, when_done: Callable[[], None]) -> None:
    # A connection outside the pool: a pool whose database stops complains that it cannot connect again.
    options = {key: value for key, value in connection.settings_dict["OPTIONS"].items() if key != "pool"}
    connection.settings_dict = {**connection.settings_dict, "OPTIONS": options}
    try:
        pay(lambda line: None, seed)
        when_done()
    except DatabaseError:
        # Ctrl-C stops the database under this thread. What was paid is whole, what was not stays open.
        return
    finally:
        connection.close()
