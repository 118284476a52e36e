"""Worked cases beside a policy file (`2025.cases.yaml`): a sentence, a person, and what the notice gives this person.

A case without `on` and without a day in the person leaves the settlement moment unknown, as `bill` does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .answer import Answer
from .assess import quote
from .codes import ANSWER_COLUMNS, PERSON_COLUMNS
from .loading import Document, read
from .person import BadPerson
from .policy import Policy
from .refusals import Fault, PolicyFaults

CASES_ENDING = ".cases.yaml"
STEPS = "steps"
LINES = "lines"
WAITING_DAYS = "waiting_days"
BAD = "bad"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WorkedCase(_Part):
    """`expect` names answer columns; `steps` the rules that the trace must hold, `bad` the column that is refused.

    `lines` is code -> fen that the person pays, of all lines; `waiting_days` a wait that is counted in days.
    """

    name: str
    like: str | None = Field(default=None, description="key of `people` whose facts this person shares")
    person: dict[str, Any] = Field(default_factory=dict)
    on: date | None = None
    as_year: int | None = None
    expect: dict[str, Any] = Field(min_length=1)


class CasesFile(_Part):
    people: dict[str, dict[str, Any]] = Field(default_factory=dict)
    cases: list[WorkedCase] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Cases:
    """The cases of one file with the facts of each person filled in, and where each stands."""

    path: Path
    document: Document
    cases: list[WorkedCase]

    def fault(self, loc: Sequence[str | int], what: str) -> Fault:
        for length in range(len(loc), -1, -1):
            if (place := self.document.places.get(tuple(loc[:length]))) is not None:
                return Fault(*place, what)
        return Fault(str(self.path), 1, 1, what)


def cases_beside(policy_path: Path) -> Path:
    return policy_path.with_name(policy_path.stem + CASES_ENDING)


def policy_beside(cases_path: Path) -> Path:
    return cases_path.with_name(cases_path.name.removesuffix(CASES_ENDING) + ".yaml")


def load_cases(path: Path) -> Cases:
    """Raises PolicyFaults with every fault of the file itself."""
    document = read(path)
    found = Cases(path, document, [])
    try:
        file = CasesFile.model_validate(document.data)
    except ValidationError as error:
        raise PolicyFaults([found.fault(item["loc"], _sentence(item)) for item in error.errors()]) from None
    faults = [found.fault(loc, what) for loc, what in _inconsistencies(file)]
    if faults:
        raise PolicyFaults(faults)
    for case in file.cases:
        shared = file.people[case.like] if case.like else {}
        found.cases.append(case.model_copy(update={"person": {**shared, **case.person}}))
    return found


def _sentence(item: Any) -> str:
    where = ".".join(str(part) for part in item["loc"])
    if item["type"] == "missing":
        return f"缺少“{where}”。 {where} is missing; add it"
    if item["type"] == "extra_forbidden":
        return f"不认识“{where}”。 {where} is not a key of a cases file; remove it or correct its name"
    return f"“{where}”有误。 {where}: {item['msg']}"


def _inconsistencies(file: CasesFile) -> Iterator[tuple[tuple[str | int, ...], str]]:
    names: set[str] = set()
    for key, facts in file.people.items():
        yield from (
            ((*("people", key), column), _no_column(column)) for column in facts if column not in PERSON_COLUMNS
        )
    for number, case in enumerate(file.cases):
        here = ("cases", number)
        if case.name in names:
            yield (*here, "name"), f"“{case.name}”重复。 the name {case.name} stands twice; give each case its own"
        names.add(case.name)
        if case.like is not None and case.like not in file.people:
            yield (*here, "like"), f"people中没有“{case.like}”。 people has no {case.like}"
        for column in case.person:
            if column not in PERSON_COLUMNS:
                yield (*here, "person", column), _no_column(column)
        for column in case.expect:
            if column not in ANSWER_COLUMNS and column not in (STEPS, LINES, WAITING_DAYS, BAD):
                yield (*here, "expect", column), f"答案没有“{column}”列。 an answer has no column {column}"


def _no_column(column: str) -> str:
    return f"人员没有“{column}”列。 a person has no column {column}; correct its name"


def answer_of(policy: Policy, case: WorkedCase) -> Answer:
    """Raises BadPerson."""
    return quote(policy, case.person, on=case.on, as_year=case.as_year)


def run(policy: Policy, cases: Cases) -> Iterator[Fault]:
    """Every case that the policy answers otherwise: its line, the column, what it should be and what came."""
    for number, case in enumerate(cases.cases):
        for column, wanted, got in _differences(policy, case):
            what = f"算例“{case.name}”：{column}应为{_shown(wanted)}，实为{_shown(got)}。 "
            what += f"{column} should be {_shown(wanted)}, but the policy gives {_shown(got)}"
            yield cases.fault(("cases", number, "expect", column), what)


def _differences(policy: Policy, case: WorkedCase) -> Iterator[tuple[str, object, object]]:
    refused: list[str] = []
    try:
        answer = answer_of(policy, case)
    except BadPerson as error:
        refused = [fault.column for fault in error.faults]
    if refused or BAD in case.expect:
        wanted = case.expect.get(BAD)
        if wanted not in refused:
            yield BAD if BAD in case.expect else next(iter(case.expect)), wanted or "an answer", refused or "an answer"
        return
    paid: object = {line.code: line.fen for line in answer.lines}
    row = {**answer.row(), LINES: paid, WAITING_DAYS: answer.waiting_days}
    for column, value in case.expect.items():
        if column == STEPS:
            rules = [step.rule for step in answer.steps]
            if missing := [rule for rule in value if rule not in rules]:
                yield STEPS, missing, rules
        elif row[column] != value or isinstance(row[column], bool) is not isinstance(value, bool):
            yield column, value, row[column]


def _shown(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(str(item) for item in value) + "]"
    return str(value)
