"""What is counted of a village under a policy: one statement for every page that shows counts.

Everybody is first put into a group of people who are alike in all that is asked, and the few groups are added up.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from canbao.enrolment.models import WhyNot
from canbao.kernel.scope import Scope, area_prefix
from canbao.policy import Policy
from canbao.policy.model import Target
from canbao.supervision.groups import CATEGORIES, CATEGORIES_HELD, HOLDERS, GroupSql, NotMeasurable

STEPS = ("should", "enrolled", "billed", "settled", "covered", "aided", "aided_settled")
WAITING = ("unenrolled", "unasked", "without_bill", "unpaid")
TALLY = ("residents", "employee_insured", "insured_elsewhere", "not_here", "should_be", "should_be_enrolled")
RESIDENTS = "registry_resident"
# Above so many, reading everybody's categories in one go costs less than looking each person's up.
_LOOKED_UP_MAX = 20

REASONS = """
    LEFT JOIN enrolment_unenrolledreason w ON w.pooling_area = p.pooling_area AND w.resident_id = p.id
        AND w.benefit_year = %(year)s AND (w.expires_on IS NULL OR w.expires_on > %(as_of)s)
"""
_OF_SOME = """(SELECT * FROM registry_resident v WHERE v.pooling_area = %(fund)s
    AND v.village_code = ANY (%(villages)s))"""
_FREE = "NOT employee_insured AND NOT insured_elsewhere"


def people_among(residents: str, categories: str = CATEGORIES, join: str = "") -> str:
    """SQL of the living of a place, from a table or a part of it, with their categories and how far they are."""
    return f"""
        SELECT r.*, {categories} AS categories, e.id IS NOT NULL AS enrolled, b.id IS NOT NULL AS billed,
               coalesce(b.state = 'settled', false) AS settled, c.cover_from IS NOT NULL AS covered,
               b.personal_fen + b.repair_fen AS payable_fen, b.issued_at
        FROM {residents} r
        LEFT JOIN enrolment_enrolment e ON e.pooling_area = r.pooling_area AND e.resident_id = r.id
            AND e.benefit_year = %(year)s AND e.state = 'live'
        LEFT JOIN billing_bill b ON b.pooling_area = r.pooling_area AND b.resident_id = r.id
            AND b.benefit_year = %(year)s AND b.kind = 'contribution' AND b.state IN ('issued', 'settled')
        LEFT JOIN entitlement_cover c ON c.pooling_area = b.pooling_area AND c.bill_id = b.id
        {join}
        WHERE r.pooling_area = %(fund)s AND r.village_code ^@ ANY (%(inside)s) AND r.died_on IS NULL
    """


def common(scope: Scope, prefix: str) -> list[str]:
    """The prefixes of what lies in both the scope and the place."""
    if any(prefix.startswith(own) for own in scope.prefixes):
        return [prefix]
    return [own for own in scope.prefixes if own.startswith(prefix)]


def params_of(groups: GroupSql, scope: Scope, prefix: str, as_of: date) -> dict[str, Any]:
    return {
        **groups.params,
        "fund": groups.policy.pooling_area,
        "year": groups.policy.benefit_year,
        "as_of": as_of,
        "inside": common(scope, prefix),
    }


@dataclass(frozen=True)
class Counting:
    """What a policy makes countable. `targets` have the name of their group's column, null where it has none."""

    policy: Policy

    @cached_property
    def _groups(self) -> GroupSql:
        return GroupSql(self.policy)

    @cached_property
    def targets(self) -> list[tuple[str, Target, str | None]]:
        found = []
        for at, (code, target) in enumerate(self.policy.targets.items()):
            found.append((code, target, f"g{at}" if f"g{at}" in self._columns else None))
        return found

    @cached_property
    def _columns(self) -> dict[str, str]:
        """What people are alike in: name → SQL over a person `p` and his reason `w`."""
        groups = self._groups
        columns = {
            "village_code": "p.village_code",
            "here": f"coalesce({groups.in_scope()}, false)",
            "aided": groups.aided(),
            "reason": "w.reason",
        }
        columns |= {
            name: f"p.{name}"
            for name in ("enrolled", "billed", "settled", "covered", "employee_insured", "insured_elsewhere")
        }
        for at, target in enumerate(self.policy.targets.values()):
            try:
                columns[f"g{at}"] = f"coalesce({groups.of(target.of)}, false)"
            except NotMeasurable:
                continue
        return columns

    @cached_property
    def figures(self) -> dict[str, str]:
        """Name → the condition that a group's people are counted under. Targets' names have the group's in front."""
        figures: dict[str, str] = {}
        for held, within in (("", "here"), *((f"{g}.", f"here AND {g}") for _, _, g in self.targets if g)):
            conditions = ("true", "enrolled", "billed", "settled", "covered", "aided", "aided AND settled")
            figures |= {f"{held}{step}": f"{within} AND {asked}" for step, asked in zip(STEPS, conditions, strict=True)}
        waiting = (
            "NOT enrolled AND NOT settled", "NOT enrolled AND NOT settled AND reason IS NULL",
            "enrolled AND NOT billed", "billed AND NOT settled",
        )  # fmt: skip
        figures |= {name: f"here AND {asked}" for name, asked in zip(WAITING, waiting, strict=True)}
        tally = (
            "true", "employee_insured", "insured_elsewhere AND NOT employee_insured", f"{_FREE} AND NOT here",
            f"{_FREE} AND here", f"{_FREE} AND here AND enrolled",
        )  # fmt: skip
        figures |= dict(zip(TALLY, tally, strict=True))
        missing = f"{_FREE} AND here AND NOT enrolled"
        return figures | {f"reason.{reason}": f"{missing} AND reason = '{reason}'" for reason in WhyNot.values}

    def named(self, numbers: list[int]) -> dict[str, int]:
        return dict(zip(self.figures, numbers, strict=True))

    @cached_property
    def counted_by(self) -> str:
        """What the figures mean: the same word for the same policy and the same statement."""
        said = self.policy.digest + self.statement([], whole=True)
        return hashlib.sha256(said.encode()).hexdigest()[:32]

    def statement(self, villages: list[str], whole: bool) -> str:
        """SQL of a row for each village that has anybody alive: its code and its figures."""
        if whole or len(villages) > _LOOKED_UP_MAX:
            people = people_among(RESIDENTS if whole else _OF_SOME, CATEGORIES_HELD, HOLDERS)
        else:
            people = people_among(_OF_SOME)
        columns = ", ".join(f"{sql} AS {name}" for name, sql in self._columns.items())
        sums = ", ".join(f"coalesce(sum(people) FILTER (WHERE {asked}), 0)::int" for asked in self.figures.values())
        return f"""
            SELECT village_code, ARRAY[{sums}] AS numbers FROM (
                SELECT {columns}, count(*) AS people FROM ({people}) p {REASONS}
                GROUP BY {", ".join(map(str, range(1, len(self._columns) + 1)))}
            ) alike GROUP BY village_code
        """

    def params(self, scope: Scope, area_code: str, as_of: date, villages: list[str]) -> dict[str, Any]:
        _ = self._columns
        return params_of(self._groups, scope, area_prefix(area_code), as_of) | {"villages": villages}
