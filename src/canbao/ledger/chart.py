"""The chart of accounts: every account the books may name, as typed segments `kind/pooling area/…`.

    receivable/370400/2025/resident                  what residents still owe on issued bills
    receivable/370400/2025/subsidy/city_finance      what a payer of subsidies owes
    expected/370400/2025                             contra of the first: billed to residents, not yet paid
    income/370400/2025/contribution                  fund income, recognised when it is certain
    income/370400/2025/repair                        fund income for repaired years
    cash/370400/counter/12                           cash in the hands of collector 12
    clearing/370400/pos/12                           card money of collector 12, on its way to the treasury
    clearing/370400/channel/wechat                   what a named channel took, on its way to the treasury
    held/370400/wechat/wrong_amount                  money that settled no bill, kept under the reason, not ours
    refund_due/370400/wechat                         held money that goes back to who paid it

Choices. Enrolment is voluntary, so an issued bill is no income: it stands in `expected` against the resident's
receivable until the money is there, and a void bill takes both back. A payer's receivable arises on settlement,
not on issue, because an award may depend on the person's own payment (A-53: the city's half for the ages 60 to 69).
The year is the benefit year, so one calendar day may post to two years. The area is the pooling area: the fund is its.

`PATTERN` is what the database checks in `ledger_account_is_declared`; a test holds the two together, and a new kind
is a new line here and a migration that replaces the function.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from canbao.ledger import refusals

AREA, YEAR = r"[0-9]{6}", r"[0-9]{4}"
KINDS: dict[str, str] = {
    "receivable": rf"{YEAR}/(resident|subsidy/[a-z_]+)",
    "expected": YEAR,
    "income": rf"{YEAR}/(contribution|repair)",
    "cash": r"counter/[0-9]+",
    "clearing": r"(pos/[0-9]+|channel/[a-z_]+)",
    "held": r"[a-z_]+/[a-z_]+",
    "refund_due": r"[a-z_]+",
}
PATTERN = "^(" + "|".join(f"{kind}/{AREA}/{rest}" for kind, rest in KINDS.items()) + ")$"
_DECLARED = re.compile(PATTERN)


@dataclass(frozen=True, slots=True)
class Account:
    """One declared account. `str()` is its name in the books."""

    kind: str
    pooling_area: str
    rest: tuple[str, ...]

    def __post_init__(self) -> None:
        if not _DECLARED.fullmatch(str(self)):
            raise refusals.undeclared_account(str(self))

    def __str__(self) -> str:
        return "/".join((self.kind, self.pooling_area, *self.rest))


def account(name: str) -> Account:
    """The declared account of that name; a refusal `undeclared_account` if the chart does not know it."""
    if not _DECLARED.fullmatch(name):
        raise refusals.undeclared_account(name)
    kind, pooling_area, *rest = name.split("/")
    return Account(kind, pooling_area, tuple(rest))


def resident_receivable(pooling_area: str, benefit_year: int) -> Account:
    return Account("receivable", pooling_area, (str(benefit_year), "resident"))


def subsidy_receivable(pooling_area: str, benefit_year: int, payer: str) -> Account:
    return Account("receivable", pooling_area, (str(benefit_year), "subsidy", payer))


def expected(pooling_area: str, benefit_year: int) -> Account:
    return Account("expected", pooling_area, (str(benefit_year),))


def income(pooling_area: str, benefit_year: int, item: str) -> Account:
    """`item` is `contribution` or `repair`."""
    return Account("income", pooling_area, (str(benefit_year), item))


def counter_money(pooling_area: str, method: str, collector_id: int) -> Account:
    """Where money taken at a counter is until it reaches the treasury. `method` is `cash` or `pos`."""
    kind, detail = {"cash": ("cash", "counter"), "pos": ("clearing", "pos")}[method]
    return Account(kind, pooling_area, (detail, str(collector_id)))


def channel_money(pooling_area: str, channel: str) -> Account:
    """What a named channel took and has not handed on yet."""
    return Account("clearing", pooling_area, ("channel", channel))


def held_money(pooling_area: str, channel: str, reason: str) -> Account:
    """Where money of a channel that settled no bill is kept, under the reason."""
    return Account("held", pooling_area, (channel, reason))


def refund_due(pooling_area: str, channel: str) -> Account:
    """What somebody decided to give back through a channel."""
    return Account("refund_due", pooling_area, (channel,))
