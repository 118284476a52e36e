"""What a page draws: shares of a sum and a strip of days, worked out once and then only placed by a template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from typing import Literal

DAY = timedelta(days=1)
FILLS = 5


@dataclass(frozen=True)
class Share:
    """One payer's part. `left` and `width` are percentages of the bar; `fill` is the number of a colour."""

    payer: str
    fen: int
    left: float
    width: float
    fill: int


def shares(personal_fen: int, payers: Mapping[str, int]) -> list[Share]:
    """The person first, then the payers that pay anything, in order; empty if nobody pays anything."""
    parts = [("personal", personal_fen), *((payer, fen) for payer, fen in payers.items() if fen)]
    total = sum(fen for _, fen in parts)
    if total == 0:
        return []
    ends = list(accumulate(fen * 100 / total for _, fen in parts))
    lefts = [0.0, *ends[:-1]]
    return [
        Share(payer, fen, round(left, 3), round(end - left, 3), min(number, FILLS - 1))
        for number, ((payer, fen), left, end) in enumerate(zip(parts, lefts, ends, strict=True))
    ]


@dataclass(frozen=True)
class Segment:
    """Days [from_on, last_on] of one kind; `left` and `width` are percentages of the strip."""

    kind: Literal["waiting", "covered"]
    from_on: date
    last_on: date
    left: float
    width: float


@dataclass(frozen=True)
class Month:
    year: int
    month: int
    left: float


@dataclass(frozen=True)
class Strip:
    """The benefit year as a ruler of months, with the days of waiting and of cover on it."""

    benefit_year: int
    months: list[Month]
    segments: list[Segment]

    @property
    def covered(self) -> Segment | None:
        return next((segment for segment in self.segments if segment.kind == "covered"), None)

    @property
    def waiting(self) -> Segment | None:
        return next((segment for segment in self.segments if segment.kind == "waiting"), None)


def strip(benefit_year: int, start: date | None, last: date | None, waits_from: date | None) -> Strip:
    """The strip of a benefit year.

    `start` and `last` are the first and last covered day (both null: none), `waits_from` the day the waiting begins or
    null. The ruler is the calendar year, longer only where cover begins before it or ends after it.
    """
    opens = min(date(benefit_year, 1, 1), (start or date.max).replace(day=1))
    closes = max(date(benefit_year, 12, 31), last or date.min)
    days = (closes - opens).days + 1

    def segment(kind: Literal["waiting", "covered"], from_on: date, last_on: date) -> Segment:
        left = (from_on - opens).days * 100 / days
        width = ((last_on - from_on).days + 1) * 100 / days
        return Segment(kind, from_on, last_on, round(left, 3), round(width, 3))

    segments = []
    if waits_from is not None:
        waits_until = (start - DAY) if start else closes
        from_on = max(waits_from, opens)
        if from_on <= waits_until:
            segments.append(segment("waiting", from_on, waits_until))
    if start and last:
        segments.append(segment("covered", start, last))
    months = []
    first = opens
    while first <= closes:
        months.append(Month(first.year, first.month, round((first - opens).days * 100 / days, 3)))
        first = (first + 31 * DAY).replace(day=1)
    return Strip(benefit_year, months, segments)
