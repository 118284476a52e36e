"""Answers for many people at once: the one-person rules are asked once for each situation, as `canbao bill` does.

Whoever cannot be put into columns without a doubt is answered by nobody here (None), and asked about one by one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from canbao.policy import Policy
from canbao.policy.engines.outcomes import Outcomes
from canbao.policy.engines.register import SCHEMA, Register

# What the register knows of a person, and what an enrolment adds; no payment, for a bill is issued before it.
_DAYS = ("birth_date", "hukou_since", "last_cover_end", "registered_on")
_COLUMNS = (
    "sex", "hukou_area", "hukou_kind", "residence_area", "residence_permit", "permit_relation", "student",
    "school_area", "categories", "disability_grade", "tier", "employee_insured", "insured_elsewhere", "covered_years",
    "repair_years",
)  # fmt: skip
_KNOWN = frozenset({"person_id", "attributes", *_DAYS, *_COLUMNS})


@dataclass(frozen=True, slots=True)
class Answered:
    """`figures` are columns of contract.md but for the dates and `provisional`; shared by all of one situation.

    `number` names the situation among those of the same `Situated`.
    """

    number: int
    figures: Mapping[str, Any]
    benefit_start: date | None
    benefit_end: date | None
    provisional: bool


class Situated:
    """Answers under one policy for people who settle inside its window or when contract.md says."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._outcomes = Outcomes(policy)
        self._register = Register(Path(), [], [])

    def answers(self, people: Sequence[Mapping[str, Any]]) -> list[Answered | None]:
        """In the order of `people`, who are persons of contract.md; None where only a single quote can tell."""
        found: list[Answered | None] = [None] * len(people)
        sure = [at for at, facts in enumerate(people) if _KNOWN.issuperset(facts)]
        if not sure:
            return found
        frame = _frame([people[at] for at in sure], sure)
        batch, _ = self._register.typed(frame, self.policy)
        if batch.height == 0:
            return found
        numbers, dates = self._outcomes.numbered(batch)
        rows, days = self._outcomes.rows, self._outcomes.date_rows
        for name, number, dated in zip(batch.frame["person_id"], numbers.tolist(), dates.tolist(), strict=True):
            found[int(name)] = Answered(number, rows[number], *days[dated])
        return found


def _frame(people: Sequence[Mapping[str, Any]], positions: Sequence[int]) -> pl.DataFrame:
    """Columns as a register file has them; a person's name is the position, for rows in doubt are left out."""
    columns: dict[str, pl.Series] = {
        "row": pl.Series(positions, dtype=pl.UInt32),
        "person_id": pl.Series([str(at) for at in positions], dtype=pl.String),
    }
    for column in _DAYS:
        texts = pl.Series([facts.get(column) for facts in people], dtype=pl.String)
        columns[column] = texts.str.to_date("%Y-%m-%d", strict=True)
    for column in _COLUMNS:
        columns[column] = pl.Series([facts.get(column) for facts in people], dtype=SCHEMA[column])
    attributes = [facts.get("attributes") for facts in people]
    texts_of = [json.dumps(one, ensure_ascii=False) if one else None for one in attributes]
    columns["attributes"] = pl.Series(texts_of, dtype=pl.String)
    return pl.DataFrame(columns)
