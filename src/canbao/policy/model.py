"""The typed model of a policy file. What a file may say is exactly what stands here; schema.json is made from it.

Figures keep the unit of the notice, in fen, months, days or percent. Every part that carries a figure or a rule cites
`source` (keys of `clauses`) or `reading` (keys of `readings`), and the loader refuses one that cites neither.
"""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from .charges import Percentage, Price, Product
from .codes import Payer
from .conditions import Condition, YearDay, day_of_every_year
from .notice import Notice
from .parts import Cited as Cited
from .parts import Day, Fen, FromYear, Months, Whole, Year, Years, YesNo
from .parts import Part as Part
from .parts import Words as Words
from .shares import Share


class Document(Part):
    """An issued document, named by its own number or title."""

    title: str
    number: str | None = None
    issuer: str | None = None
    issued_on: Day | None = None
    kind: Literal["announcement", "plan", "news", "national", "province", "law", "other"] = "other"
    address: str | None = None

    @property
    def cited_as(self) -> str:
        return self.number or self.title


class Clause(Part):
    document: str
    clause: str = Field(description="as the notice numbers it")
    text: str = Field(description="the notice's own words")
    silent: YesNo = Field(default=False, description="the notice says nothing here; `text` says what is missing")


class Alternative(Part):
    zh: str
    en: str
    set: dict[str, object] = Field(default_factory=dict, description="dotted path in this file -> the other value")


class Reading(Part):
    """A question that the notice leaves open, the answer chosen here and the other answers."""

    question: Words
    chosen: Words
    alternatives: list[Alternative] = Field(default_factory=list)
    open: YesNo = Field(
        default=False, description="the notice leaves the figure itself open: an answer that uses it is provisional"
    )
    affects: Words | None = None


class Count(Cited):
    value: Months


class FirstYear(Cited):
    value: Year


class Switch(Cited):
    value: YesNo


class Age(Cited):
    """When completed years are counted: a day of a year relative to the benefit year, or the settlement day."""

    counted_on: Literal["day", "settlement"] = "day"
    years: FromYear = -1
    month: Whole = Field(default=12, ge=1, le=12)
    day: Whole = Field(default=31, ge=1, le=31)

    @model_validator(mode="after")
    def is_a_day_of_every_year(self) -> Self:
        day_of_every_year(self.month, self.day)
        return self


class Window(Cited):
    opens: Day
    closes: Day
    closes_at: time = time(23, 59, 59)
    in_principle: YesNo = Field(default=False, description="原则上: an authorised extension is possible")
    grace_after_close: YesNo = Field(default=False, description="persons registered inside the window may pay after it")
    safe_registration_until: Day | None = Field(
        default=None, description="registering later may leave no day on which to pay; registrants are warned"
    )


class Ground(Cited):
    name: Words
    when: Condition


class Refusal(Cited):
    blocks: YesNo = True


class FurtherRefusal(Cited):
    """Who is refused although a ground takes the person; the key is the reason that the answer gives."""

    words: Words
    when: Condition


class Scope(Part):
    area: list[str] = Field(description="area codes in which a person counts as living there")
    employee_insured: Refusal
    insured_elsewhere: Refusal
    grounds: dict[str, Ground] = Field(min_length=1)
    refusals: dict[str, FurtherRefusal] = Field(default_factory=dict)


class Government(Cited):
    """财政补助, paid for everyone enrolled."""

    fen: Fen
    kind: Literal["exact", "floor"] = "exact"
    for_year: Year | None = None


class FeeClass(Cited):
    name: Words
    standard_fen: Fen = 0
    standard_from: Percentage | None = Field(default=None, description="instead of standard_fen: how it is worked out")
    standard_fen_late: Fen | None = None
    previous_fen: Fen | None = None
    total_fen: Fen | None = Field(
        default=None, description="总筹资标准 as the notice prints it: standard_fen and the government's part together"
    )
    when: Condition | None = None
    government: Government | None = None
    prices: dict[str, Price] = Field(
        default_factory=dict, description="other prices of this class, the first that holds"
    )

    @model_validator(mode="before")
    @classmethod
    def works_out_the_standard(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("standard_fen") is None and data.get("standard_from"):
            return {**data, "standard_fen": Percentage.model_validate(data["standard_from"]).fen(0)}
        return data

    @model_validator(mode="after")
    def has_one_standard(self) -> Self:
        if "standard_fen" not in self.model_fields_set:
            raise ValueError("写明 standard_fen 或 standard_from。 give standard_fen or standard_from")
        if self.standard_from is not None and self.standard_from.fen(0) != self.standard_fen:
            worked_out = self.standard_from.fen(0)
            what = f"按 standard_from 算得 {worked_out}，删去 standard_fen"
            raise ValueError(f"{what}。 standard_from gives {worked_out}; leave standard_fen out")
        return self


class NoClass(Cited):
    """Why a person whom no class takes is refused."""

    reason: str
    words: Words


class AidRule(Cited):
    name: Words
    category: str | None = Field(default=None, description="the certified category that the rule asks for")
    when: Condition | None = None
    kind: Literal["assistance", "on_behalf"] = "assistance"
    pays: dict[Payer, Share]


class AidBase(Cited):
    classes: dict[str, str] = Field(description="class -> the class whose standard aid is measured by")


class AidChoice(Cited):
    """Which of several matching rules is awarded; criteria in order, the file's order decides last."""

    by: list[Literal["highest", "lowest", "assistance_first", "on_behalf_first", "fewest_payers", "most_payers"]]


class Aid(Part):
    choose: AidChoice
    base: AidBase | None = None
    rules: dict[str, AidRule] = Field(default_factory=dict)


class WaitFloor(Cited):
    gap_years: Years
    months: Months


class Repair(Cited):
    allowed: YesNo
    months_per_year: Whole = Field(default=1, le=120)
    """Its lower bound is left to the proofs, which name the case that a negative one breaks."""


class Transfer(Cited):
    gap_months_max: Months
    years_min: Years


class Waiting(Part):
    fixed_months: Count
    added_months_per_gap_year: Count
    first_gap_year_adds: Switch
    gap_years_from: FirstYear
    floor: WaitFloor
    repair: Repair
    transfer: Transfer


class Wait(Part):
    """How long one case waits, instead of what `waiting` says.

    `month_start` is the first day of the month reached, `next_month_start` of the month after it.
    """

    amount: Whole = Field(ge=0)
    unit: Literal["days", "months"] = "months"
    per_gap_year: Whole = Field(
        default=0, ge=0, le=366, description="added, in the same unit, by each broken year not repaired"
    )
    until: Literal["same_day", "day_after", "month_start", "next_month_start"] = "same_day"


class Period(Part):
    """First and last day of a period of cover that is not the benefit year."""

    first: YearDay | None = None
    last: YearDay | None = None


class CoverCase(Cited):
    """One way in which cover begins; the first case whose condition holds is taken."""

    name: Words
    when: Condition | None = None
    starts: Literal[
        "settlement", "settlement_in_year", "year_start", "birth", "day_after_settlement", "month_after_settlement"
    ]
    waits: YesNo
    counted: Literal["same_day", "day_after", "payment_month", "next_month", "month_after_next", "days"] = "same_day"
    days_per_month: Whole | None = Field(
        default=None, ge=1, le=366, description="with `counted: days`: how many days a month of wait is"
    )
    before_year: YesNo = Field(default=False, description="cover may begin before the benefit year")
    counts_as_in_window: YesNo = False
    wait: Wait | None = None
    period: Period | None = None

    @model_validator(mode="after")
    def waits_if_it_says_how_long(self) -> Self:
        if self.wait is not None and not self.waits:
            raise ValueError("写了 wait，waits 应为 true。 with wait, waits must be true")
        return self


class Target(Cited):
    """A figure of the notice that places are measured by; percent of the group `of`."""

    name: Words
    percent: Decimal | None = Field(default=None, ge=0, le=100, description="null: the notice sets no figure here")
    measure: Literal["paid", "registered", "insured"] = "paid"
    of: Condition | None = Field(default=None, description="null: everyone who should be enrolled")


class PolicyFile(Part):
    policy: str
    area: str = Field(pattern=r"^\d{6}$")
    pooling_area: str = Field(pattern=r"^\d{6}$")
    benefit_year: Whole = Field(ge=2000, le=2099)
    name: Words
    place: Words
    layers: list[str] = Field(default_factory=list)
    documents: dict[str, Document]
    clauses: dict[str, Clause]
    readings: dict[str, Reading] = Field(default_factory=dict)
    age: Age
    window: Window
    scope: Scope
    classes: dict[str, FeeClass]
    no_class: NoClass | None = None
    government: Government | None = None
    aid: Aid
    products: dict[str, Product] = Field(default_factory=dict)
    waiting: Waiting
    cover: dict[str, CoverCase]
    targets: dict[str, Target] = Field(default_factory=dict)
    notice: Notice = Field(default_factory=Notice, description="what works out no amount; stands in <year>.notice.yaml")
