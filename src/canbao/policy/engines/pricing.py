"""What a policy costs a whole register: the sums of `canbao bill` from the counts of its situations."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from ..assess import work_out
from ..codes import PAYERS
from ..policy import Policy
from ..trace import SILENT
from .counts import Counts


@dataclass(slots=True)
class Sums:
    """People and what is paid for them, in fen, a year."""

    people: int = 0
    standard_fen: int = 0
    personal_fen: int = 0
    payers_fen: Counter[str] = field(default_factory=Counter)
    universal_subsidy_fen: int = 0
    repair_fen: int = 0
    products_fen: Counter[str] = field(default_factory=Counter)
    """What persons pay for each product beside the contribution."""

    @property
    def aid_fen(self) -> int:
        return sum(self.payers_fen.values())

    def add(self, other: Sums) -> None:
        self.people += other.people
        self.standard_fen += other.standard_fen
        self.personal_fen += other.personal_fen
        self.payers_fen.update(other.payers_fen)
        self.universal_subsidy_fen += other.universal_subsidy_fen
        self.repair_fen += other.repair_fen
        self.products_fen.update(other.products_fen)

    def as_dict(self) -> dict[str, Any]:
        payers = {f"{payer}_fen": self.payers_fen[payer] for payer in PAYERS}
        return {
            "people": self.people,
            "standard_fen": self.standard_fen,
            "personal_fen": self.personal_fen,
            **payers,
            "universal_subsidy_fen": self.universal_subsidy_fen,
            "repair_fen": self.repair_fen,
            "products_fen": dict(self.products_fen),
        }


@dataclass(slots=True)
class Totals:
    """`groups` by class and award, of those who may enrol; `refused` by reason: how many people."""

    policy: Policy
    groups: dict[tuple[str, str | None], Sums] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)

    @property
    def eligible(self) -> Sums:
        whole = Sums()
        for sums in self.groups.values():
            whole.add(sums)
        return whole

    @property
    def people(self) -> int:
        return self.eligible.people + sum(self.refused.values())

    def by_size(self) -> list[tuple[tuple[str, str | None], Sums]]:
        return sorted(self.groups.items(), key=lambda item: (-item[1].people, str(item[0])))

    def as_dict(self) -> dict[str, Any]:
        return {
            "policy": self.policy.id,
            "benefit_year": self.policy.benefit_year,
            "people": self.people,
            "eligible": self.eligible.as_dict(),
            "refused": dict(self.refused),
            "groups": [{"class": code, "award": award, **sums.as_dict()} for (code, award), sums in self.by_size()],
        }


def price(policy: Policy, counts: Counts) -> Totals:
    """The one-person rules once for each situation, times the people in it. Raises NeedsNewCount."""
    counts.require(policy)
    totals = Totals(policy)
    for person, number in zip(counts.people, counts.numbers, strict=True):
        answer = work_out(policy, person, None, SILENT).answer
        if answer.klass is None or answer.standard_fen is None or answer.personal_fen is None:
            totals.refused[str(answer.reason)] += number
            continue
        group = totals.groups.get((answer.klass, answer.award))
        if group is None:
            group = totals.groups[answer.klass, answer.award] = Sums()
        group.people += number
        group.standard_fen += answer.standard_fen * number
        group.personal_fen += answer.personal_fen * number
        group.universal_subsidy_fen += (answer.universal_subsidy_fen or 0) * number
        group.repair_fen += (answer.repair_fen or 0) * number
        for payer, fen in answer.payers.items():
            group.payers_fen[payer] += fen * number
        for line in answer.products:
            group.products_fen[line.code] += line.fen * number
    return totals
