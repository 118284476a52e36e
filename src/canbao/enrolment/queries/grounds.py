"""On what an application is judged: the register's facts where it knows the person, else what the applicant states."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from canbao.enrolment.models import Application, ApplicationKind
from canbao.enrolment.queries.applications import enrolled_elsewhere, known_by_number, numbers_elsewhere
from canbao.enrolment.queries.facts import Facts, enrolment_of, facts_of, standing_of
from canbao.kernel.binding import bound
from canbao.kernel.capabilities import Capability
from canbao.kernel.scope import Scope, lies_in
from canbao.policy.notice import Standing
from canbao.registry import queries as registry
from canbao.registry.codes import FACT_COLUMNS, FactKind

CHANGED_BY_APPLICATION = (FactKind.HUKOU, FactKind.RESIDENCE, FactKind.PERMIT, FactKind.STUDENT)
"""What an approved change writes into the register."""
ENDED_BY_APPLICATION = (
    FactKind.PERMIT, FactKind.STUDENT, FactKind.EMPLOYEE_INSURANCE, FactKind.OTHER_INSURANCE,
)  # fmt: skip
"""What a change may say is over."""
NOTHING: tuple[object, ...] = (None, "none", False, [], "")
_COMPARED = ("hukou_area", "hukou_kind", "residence_area", "residence_permit", "school_area", "disability_grade")
# The form asks these of everybody, so that no reply means no.
_ASKED_OF_ALL = ("student", "employee_insured", "insured_elsewhere", "categories")


@dataclass(frozen=True, slots=True)
class Differs:
    """A column of contract.md in which the applicant states otherwise than the register; None for nothing."""

    column: str
    said: Any
    known: Any


@dataclass(frozen=True, slots=True)
class Grounds:
    """`facts` are a person of contract.md as the approval would find him; `standing` None where the register knows
    nobody. `elsewhere` are names of places where the number is enrolled for the year already.
    """

    facts: Facts
    standing: Standing | None
    registered: bool
    differs: list[Differs] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)


def grounds_of(scope: Scope, row: Application, on: date) -> Grounds:
    """Of an application that the scope reviews; a newborn without a number is judged by what is stated."""
    stated = {**row.facts, "birth_date": row.birth_on.isoformat(), "sex": row.sex, "registered_on": on.isoformat()}
    found = None if row.newborn else known_by_number(scope, row)
    if found is None:
        there = [] if row.newborn else numbers_elsewhere(row.id_number.unmasked, row.benefit_year, row.pooling_area)
        return Grounds(stated, None, False, elsewhere=there)
    everywhere = scope.deputed(Capability.KEEP_REGISTER, row.pooling_area)
    with bound(everywhere):
        person = registry.resident(everywhere, found[0].resident_id)
        enrolled = enrolment_of(everywhere, person.pk, row.benefit_year)
        known = facts_of(everywhere, person, enrolled, row.benefit_year, on)
        standing = standing_of(everywhere, person, row.benefit_year)
        there = enrolled_elsewhere(person, row.benefit_year)
    approved = as_approved(row, known) | {"registered_on": on.isoformat()}
    if row.facts.get("tier"):
        approved["tier"] = row.facts["tier"]
    return Grounds(approved, standing, True, _differing_facts(row, known), there)


def as_approved(row: Application, known: Facts) -> Facts:
    """The register's facts as the approval leaves them: with the permit that was shown, and what a change writes."""
    facts = dict(known)
    permit = row.facts.get("residence_permit")
    if row.permit_until is not None and permit not in NOTHING:
        facts |= {column: row.facts[column] for column in FACT_COLUMNS[FactKind.PERMIT] if column in row.facts}
    if row.kind != ApplicationKind.CHANGE:
        return facts
    for kind in CHANGED_BY_APPLICATION:
        if changes(row, known, kind):
            facts |= stated_of(row, kind)
    for ended in row.ends:
        for column in FACT_COLUMNS[ended]:
            facts.pop(column, None)
    return facts


def stated_of(row: Application, kind: FactKind) -> Facts:
    """What the application states in the columns of a kind."""
    return {column: row.facts[column] for column in FACT_COLUMNS[kind] if row.facts.get(column) not in NOTHING}


def changes(row: Application, known: Facts, kind: FactKind) -> bool:
    """Whether it states something of the kind that the register does not say yet."""
    return not all(is_known(known.get(column), value) for column, value in stated_of(row, kind).items())


def is_known(known: object, said: object) -> bool:
    """Whether the register says so already, and perhaps more exactly: a village lies in the county that was named."""
    if said in NOTHING or known == said:
        return True
    return isinstance(known, str) and isinstance(said, str) and said.isdigit() and lies_in(known, said)


def _differing_facts(row: Application, known: Facts) -> list[Differs]:
    found = []
    for column in (*_COMPARED, *_ASKED_OF_ALL):
        said, there = row.facts.get(column), known.get(column)
        if isinstance(said, list) and isinstance(there, list):
            said, there = sorted(said), sorted(there)
        same = is_known(there, said) and (column not in _ASKED_OF_ALL or (said in NOTHING) == (there in NOTHING))
        if not same:
            found.append(Differs(column, None if said in NOTHING else said, None if there in NOTHING else there))
    return found
