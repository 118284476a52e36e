"""Which readings make the answers of many people provisional: asked once for each situation, counted for everybody."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from ..assess import unsettled_readings, work_out
from ..codes import PERSON_COLUMNS
from ..policy import Policy
from ..situations import Codes
from .outcomes import Outcomes, distinct
from .persons import person_of
from .register import SCHEMA, Register


class UnsettledCounts:
    """How many people rest on each unsettled reading. Feed it facts as bills pin them, any number at a time.

    Beside what the policy tells apart, the days of settlement and of birth are kept apart as far as they can move a
    date of cover: whether another reading moves it may depend on the very day.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.people: Counter[str] = Counter()
        self._outcomes = Outcomes(policy)
        self._known: dict[tuple[int, ...], tuple[str, ...]] = {}
        self._register = Register(Path(), list(SCHEMA), [])

    def add(self, facts: Iterable[Mapping[str, Any]], on: date | None) -> None:
        """`on`: the day asked about, None for inside the window (Bill.quoted_on)."""
        rows = [_row(each) for each in facts]
        if not rows:
            return
        frame = pl.DataFrame(rows, schema=SCHEMA, orient="row").with_row_index("row", offset=1)
        batch, _ = self._register.typed(frame, self.policy)
        if batch.height == 0:
            return
        situations = self._outcomes.situations
        days = self._outcomes.days_that_matter(situations.columns(batch))
        codes: list[Codes] = [*situations.codes(batch), *days]
        firsts, inverse = distinct(codes)
        sizes = Counter(inverse.tolist())
        day = on.toordinal() if on else 0
        for number, first in enumerate(firsts.tolist()):
            key = (day, *(int(code[first]) for code in codes))
            if key not in self._known:
                person = person_of(batch, first)
                found = unsettled_readings(work_out(self.policy, person, on), person, on)
                self._known[key] = tuple(found)
            for code in self._known[key]:
                self.people[code] += sizes[number]


_READ_AS: dict[str, Callable[[Any], Any]] = {
    "date": date.fromisoformat,
    "timestamp": datetime.fromisoformat,
    "object": json.dumps,
}
"""By kind of column: what JSON gives, as a register has it."""


def _row(facts: Mapping[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for column, kind in PERSON_COLUMNS.items():
        # A register asks for a key; pinned facts have none.
        value = "-" if column == "person_id" else facts.get(column)
        row[column] = value if value is None or kind not in _READ_AS else _READ_AS[kind](value)
    return row
