"""Families of the demo whose account holders pay for their relatives: balances, ties and confirmations, so that the
first group can be deducted and the next one confirmed on the demo's day.

Everything goes through the actions that the bureau uses, on days that lie behind the demo's today.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from random import Random

from canbao.billing import queries as bills
from canbao.demo.places import PLACES, Place
from canbao.kernel.clock import FixedClock, shanghai
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.mutual_aid import actions, balance_file, queries
from canbao.policy import policies
from canbao.registry import actions as registry_actions
from canbao.registry import queries as registry
from canbao.registry.models import Resident
from canbao.staff import queries as staff

_AT = shanghai(2024, 11, 28, 10)
_AS_OF = date(2024, 10, 31)
_FAMILIES = 24
_YEAR_OF_THE_SCHEME_FEN = 60_000
_CLERK = "clerk.shanghai"
_ADULT, _MEMBERS_LOOKED_AT = 30, 2000


def begin(progress: Callable[[str], None], seed: int) -> int:
    """Ties of some families in the place whose notice lets accounts pay; how many confirmed. None where they stand."""
    clock = FixedClock(_AT)
    clerk = staff.scope_of(staff.login_named(_CLERK), "keep_mutual_aid", clock)
    confirmed = 0
    for place in PLACES:
        if policies.get(place.policy_id).notice.mutual_aid is None or queries.relatives(clerk).exists():
            continue
        confirmed += _families(clerk, place, Random(f"{seed} aid {place.area}"), clock)
    progress(f"demo: {confirmed:,} people let a relative's account pay")
    return confirmed


def _families(clerk: Scope, place: Place, chance: Random, clock: FixedClock) -> int:
    living = registry.living_in(clerk, place.area)
    holders = list(living.filter(employee_insured=True, number_index__isnull=False).order_by("pk")[: 2 * _FAMILIES])
    # Some of the balances do not reach, as in life.
    balances = [chance.choice((2, 4, 6, 8)) * _YEAR_OF_THE_SCHEME_FEN for _ in holders]
    for number, holder in enumerate(holders):
        registry_actions.record_contact(
            actor=clerk, resident_id=holder.pk, phone=f"1390000{number:04d}", bank_card=None
        )
    _hand_in(clerk, place, list(zip(holders, balances, strict=True)), clock)
    confirmed = 0
    for holder, member in zip(holders[:_FAMILIES], _members(clerk, place, clock), strict=False):
        confirmed += _family(clerk, place, holder, member, clock)
    return confirmed


def _hand_in(clerk: Scope, place: Place, rows: Sequence[tuple[Resident, int]], clock: FixedClock) -> None:
    lines = [
        f"{holder.id_number.unmasked},{holder.name},{fen // 100},{_AS_OF}" for holder, fen in rows if holder.id_number
    ]
    content = "\n".join([",".join(balance_file.HEAD), *lines]).encode()
    actions.take_balances(actor=clerk, pooling_area=place.pooling_area, content=content, clock=clock)


def _members(clerk: Scope, place: Place, clock: FixedClock) -> list[Resident]:
    """People with an open bill, other than holders."""
    rows = bills.open_bills(clerk, place.policy_id, place.area).filter(resident__employee_insured=False)
    people = [bill.resident for bill in rows[:_MEMBERS_LOOKED_AT] if bill.payable_fen]
    return [person for person in people if person.birth_on.year < clock.today().year - _ADULT]


def _family(clerk: Scope, place: Place, holder: Resident, member: Resident, clock: FixedClock) -> int:
    older = member.birth_on < holder.birth_on
    relation = "父母" if older else "兄弟姐妹"
    assert holder.id_number is not None
    try:
        tie = actions.record_both(
            actor=clerk, policy_id=place.policy_id, member_id=member.pk, holder_name=holder.name,
            holder_number=holder.id_number.unmasked, relation=relation, kinship_evidence="户口簿",
            member_evidence="本人到窗口签字", holder_evidence="本人到窗口签字", limit_fen=None, clock=clock,
        )  # fmt: skip
        actions.confirm(actor=clerk, relative_id=tie.pk, clock=clock)
    except Refusal:
        # A balance that does not reach, or somebody in whose way the notice stands: the tie is there all the same.
        return 0
    return 1
