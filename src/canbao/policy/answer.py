"""The answer of contract.md: one value a column, the subsidies, and the steps that led there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from .codes import ANSWER_COLUMNS, PAYERS
from .explain import render

if TYPE_CHECKING:
    from .policy import Policy


CONTRIBUTION: Final = "contribution"
REPAIR: Final = "repair"


@dataclass(slots=True)
class Step:
    """One step of reasoning. Its words are made when somebody reads them."""

    rule: str
    outcome: str | int | None
    sources: list[str]
    readings: list[str]
    words: str
    values: tuple[Any, ...]
    policy: Policy

    @property
    def source(self) -> dict[str, object]:
        return self.policy.cite(self.sources, self.readings)

    @property
    def text_zh(self) -> str:
        return render(self.words, "zh", self.values)

    @property
    def text_en(self) -> str:
        return render(self.words, "en", self.values)

    def as_dict(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "outcome": self.outcome,
            "source": self.source,
            "text_zh": self.text_zh,
            "text_en": self.text_en,
        }


class Line(NamedTuple):
    """One thing paid in the payment: its price, what the person pays of it, and who pays the rest, in fen."""

    code: str
    price_fen: int
    fen: int
    payers: tuple[tuple[str, int], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {"code": self.code, "price_fen": self.price_fen, "fen": self.fen, "aided": self.fen < self.price_fen}


@dataclass(slots=True)
class Answer:
    """Amounts in fen, dates inclusive; every figure and date is None for a person who may not enrol."""

    policy: str
    person_id: str | None
    benefit_year: int
    projected: bool
    eligible: bool = True
    reason: str | None = None
    klass: str | None = None
    standard_fen: int | None = None
    personal_fen: int | None = None
    award: str | None = None
    payers: dict[str, int] = field(default_factory=dict)
    universal_subsidy_fen: int | None = None
    repair_fen: int | None = None
    in_window: bool | None = None
    waiting_months: int | None = None
    benefit_start: date | None = None
    benefit_end: date | None = None
    provisional: bool = False
    steps: list[Step] = field(default_factory=list)
    award_rule: str | None = None
    """Key of the rule awarded: several rules may serve the one category that `award` names."""
    products: tuple[Line, ...] = ()
    waiting_days: int | None = None

    def payer_fen(self, payer: str) -> int | None:
        return self.payers.get(payer, 0) if self.eligible else None

    @property
    def readings(self) -> set[str]:
        """The readings that its steps cite."""
        return {code for step in self.steps for code in step.readings}

    @property
    def figures(self) -> tuple[object, ...]:
        """What a reading may change: every amount, the wait and the dates."""
        return (
            self.eligible,
            self.standard_fen,
            self.personal_fen,
            self.payers,
            self.universal_subsidy_fen,
            self.repair_fen,
            self.products,
            self.waiting_months,
            self.benefit_start,
            self.benefit_end,
        )

    def row(self) -> dict[str, Any]:
        """The columns of contract.md, in its order, with Python values."""
        values: dict[str, Any] = {}
        for column in ANSWER_COLUMNS:
            if column == "class":
                values[column] = self.klass
            elif column.removesuffix("_fen") in PAYERS:
                values[column] = self.payer_fen(column.removesuffix("_fen"))
            else:
                values[column] = getattr(self, column)
        return values

    @property
    def lines(self) -> list[Line]:
        """All that is paid in the payment: the contribution, repaired years, products."""
        if self.standard_fen is None or self.personal_fen is None:
            return []
        repaired = [Line(REPAIR, self.repair_fen, self.repair_fen)] if self.repair_fen else []
        return [Line(CONTRIBUTION, self.standard_fen, self.personal_fen), *repaired, *self.products]

    @property
    def subsidies(self) -> list[dict[str, Any]]:
        awarded = next((step for step in self.steps if step.rule == "aid.award"), None)
        return [
            {"payer": payer, "amount_fen": fen, "category": self.award, "source": awarded.source if awarded else None}
            for payer, fen in self.payers.items()
        ]

    def as_dict(self) -> dict[str, Any]:
        """The JSON object that `canbao quote` prints."""
        values = {
            column: value.isoformat() if isinstance(value, date) else value for column, value in self.row().items()
        }
        return {
            **values,
            "subsidies": self.subsidies,
            "trace": [step.as_dict() for step in self.steps],
            "lines": [line.as_dict() for line in self.lines],
            "waiting_days": self.waiting_days,
        }
