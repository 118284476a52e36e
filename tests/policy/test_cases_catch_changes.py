"""No figure of a policy can be changed unseen: one fen, one year or one day more or less breaks a worked case."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from canbao.policy import Policy, policies
from canbao.policy.cases import run
from canbao.policy.loading import inconsistencies
from canbao.policy.model import PolicyFile

from .test_cases import cases_of

FIGURES = ("classes", "aid", "waiting", "window", "age", "scope", "government", "cover")
SHOWN_ONLY = ("previous_fen", "total_fen", "for_year", "safe_registration_until")
"""Figures that a leaflet or a step says and no amount or day of cover rests on."""
SAME = {
    # 70 and over is paid whole, which is more than half, so the upper end of the half decides nothing.
    ("370481-2025", "aid.rules.age_60_69.when.age.to", 70),
    # Inside the window nobody without a broken year waits, whichever case of cover is taken.
    *((wanted, "cover.in_window_after_gap.when.gap_years.from", 0) for wanted in policies.ids()),
    # Nobody born in November is registered within 90 days and after the window, which ends with February.
    *(("140600-2025", "cover.year_end_newborn.when.born.months.0", month) for month in (10, 12)),
    # Whoever pays inside the window is answered alike; the case names those whom the other reading concerns.
    *(
        ("140600-2025", f"cover.newborn_in_window.when.{path}", value)
        for path, values in {
            "registered_within_days": (89, 91),
            "born.in_year": (-2, 0),
            "born.months.0": (10, 12),
            "born.months.1": (11,),
        }.items()
        for value in values
    ),
    # No window of the policy holds 1 January or a day next to it; the rule meets a window first in October 2025.
    *(("370700-2025", f"cover.newborn_in_window.when.born.on_or_after.{part}", 2) for part in ("month", "day")),
    *(
        ("370700-2025", "cover.newborn_in_window.when.born.on_or_after.date", day)
        for day in (date(2024, 12, 31), date(2025, 1, 2))
    ),
}


def figures(value: Any, way: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in SHOWN_ONLY:
                yield from figures(inner, (*way, key))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from figures(inner, (*way, position))
    elif isinstance(value, int | Decimal | date) and not isinstance(value, bool):
        yield way, value


def spoilt(file: PolicyFile) -> Iterator[tuple[str, Any, PolicyFile]]:
    """Path, other value and the file with it, for every figure that may stand one lower or one higher.

    Without the other readings, which would be worked out anew for each: what they change is `provisional` alone.
    """
    data = file.model_dump(by_alias=True, exclude_none=True, exclude={"notice"})
    for reading in data["readings"].values():
        reading.pop("alternatives", None)
    for way, value in figures({key: data[key] for key in FIGURES if key in data}):
        step = timedelta(days=1) if isinstance(value, date) else 1
        for other in (value - step, value + step):
            changed = copy.deepcopy(data)
            place: Any = changed
            for key in way[:-1]:
                place = place[key]
            place[way[-1]] = other
            try:
                yield ".".join(map(str, way)), other, PolicyFile.model_validate(changed)
            except ValidationError:
                continue


def figures_of(expect: dict[str, Any]) -> dict[str, Any]:
    return {column: value for column, value in expect.items() if column != "provisional"}


@pytest.mark.parametrize("wanted", policies.ids())
def test_every_figure_that_is_changed_breaks_a_case(wanted: str) -> None:
    given = cases_of(wanted)
    cases = replace(given, cases=[case.model_copy(update={"expect": figures_of(case.expect)}) for case in given.cases])
    tried = 0
    unseen = []
    for path, other, file in spoilt(policies.get(wanted).file):
        tried += 1
        if next(run(Policy(file, "changed"), cases), None) is None and not any(inconsistencies(file)):
            unseen.append((wanted, path, other))

    assert set(unseen) == {each for each in SAME if each[0] == wanted}
    assert tried > 40
