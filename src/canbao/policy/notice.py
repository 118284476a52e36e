"""What a notice says besides figures: who registers and pays where, who owes what to whom by when, whom to ask.

These parts work out no amount, so a bill's policy digest leaves them out. They stand in `<year>.notice.yaml` beside the
policy file and cite as its parts do. A section that the notice does not fill is empty: not configured, never assumed.
"""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Final, Literal, Self

from pydantic import Field, NaiveDatetime, model_validator

from .codes import EARLIEST_YEAR, LATEST_YEAR
from .conditions import Condition
from .parts import Cited, Day, Fen, Months, Part, Whole, Words, Year, Years, YesNo

Moment = Annotated[
    NaiveDatetime,
    Field(
        ge=datetime.combine(date(EARLIEST_YEAR, 1, 1), time.min),
        le=datetime.combine(date(LATEST_YEAR, 12, 31), time.max),
    ),
]
Figure = Annotated[Decimal, Field(ge=-(10**12), le=10**12)]
Percent = Annotated[Whole, Field(ge=0, le=100)]
WholeDays = Annotated[Whole, Field(ge=0, le=366)]

Actor = Literal[
    "agriculture_rural",
    "bank",
    "carrier",
    "city_government",
    "civil_affairs",
    "collection_agent",
    "county_government",
    "department",
    "disabled_federation",
    "education",
    "enterprise",
    "finance",
    "health",
    "hospital",
    "human_resources",
    "media",
    "medical_insurance",
    "police",
    "resident",
    "rural_revitalisation",
    "school",
    "statistics",
    "supervision_centre",
    "tax",
    "town",
    "veterans",
    "village",
]


class Named(Cited):
    name: Words


class Fact(Named):
    """A statement about the notice or its scheme that nothing else here can hold."""

    kind: Literal["basis", "context", "copies", "figure", "issue", "source", "silence"]
    value: Figure | Day | str | None = None


class WorkingDays(Part):
    least: WholeDays
    most: WholeDays

    @model_validator(mode="after")
    def least_is_not_above_most(self) -> Self:
        if self.least > self.most:
            raise ValueError("least 不应大于 most。 least must not be above most")
        return self


Standing = Literal["first", "known", "renewing", "stopped"]
"""What enrolment knows of a person's earlier years here: none, some, the year right before, or a formal stop since."""


class Qualifying(Named):
    """One of several conditions, in the notice's words; with `when` the program can tell whether it holds."""

    when: Condition | None = None


class Route(Named):
    """A way to register for enrolment, or to need no registration."""

    who: Words
    standing: list[Standing] = Field(default_factory=list, description="whom it serves by earlier years; empty: all")
    when: Condition | None = Field(default=None, description="whom it serves by facts; absent: all")
    gate: YesNo = Field(default=False, description="says who must register before paying; no place to go by itself")
    elsewhere: Literal["must", "in_principle"] | None = Field(
        default=None, description="sends whom it serves to another place: always, or unless he wishes to enrol here"
    )
    newborn: YesNo = Field(
        default=False, description="for a child that may have no ID number yet: the mother's is given"
    )
    mode: Literal["online", "counter", "organisation", "none"]
    organisation: list[Actor] = Field(default_factory=list, description="who hands in the batch for its people")
    steps: list[str] = Field(default_factory=list, description="menu entries in order, as the program shows them")
    place: Words | None = None
    evidence: list[Words] = Field(default_factory=list)
    any_of: list[Qualifying] = Field(default_factory=list, description="conditions of which one must hold")
    payable_after: WorkingDays | None = Field(default=None, description="working days from registration to payment")
    maintains: YesNo = Field(
        default=False, description="after the window nobody pays before he has gone this way, registered in time or not"
    )


class Item(Cited):
    """Which entry of a payment page somebody must choose."""

    who: Words
    choose: str
    aided: YesNo | None = Field(default=None, description="for whoever gets aid (true) or gets none; absent: all")


class Channel(Named):
    """A way to pay. The shape says how the program meets it; every named channel is configuration."""

    shape: Literal["redirect", "push", "file", "counter", "collective"]
    mode: Literal["online", "offline", "device"]
    providers: list[str] = Field(min_length=1)
    paths: list[list[str]] = Field(default_factory=list, description="menu entries in order; each list is one path")
    address: str | None = None
    valid_in: Words | None = None
    listed_by: Actor | None = Field(default=None, description="valid only as this body makes them known")
    evidence: list[Words] = Field(default_factory=list)
    items: list[Item] = Field(default_factory=list)
    asset: Literal["none", "awaited"] = Field(default="none", description="awaited: a code that is not in the text")


class Task(Named):
    """What somebody owes: once by a day, from a day, again and again, or always while the notice holds."""

    kind: Literal[
        "archive",
        "check",
        "collect",
        "data",
        "fund",
        "list",
        "plan",
        "publicity",
        "publish",
        "reconcile",
        "register",
        "remind",
        "report",
        "supervise",
        "train",
    ]
    owner: list[Actor] = Field(min_length=1)
    to: list[Actor] = Field(default_factory=list, description="who receives it or is served by it")
    opens: Day | None = None
    due: Day | None = None
    again: Literal["once", "periodic", "as_it_happens", "always"] = "always"
    document: str | None = None
    address: str | None = None
    least_days: Whole | None = Field(default=None, ge=1, le=366, description="days that it must stay on display")
    least_a_month: Whole | None = Field(default=None, ge=1, le=31)


class ListProvider(Cited):
    """Which department certifies which categories, and the list that it hands in."""

    department: Actor
    to: Actor = "medical_insurance"
    kind: Literal["assistance", "on_behalf", "aid"] = "aid"
    categories: list[str] = Field(default_factory=list, description="category codes")
    includes: list[str] = Field(default_factory=list, description="kinds that the notice names one by one")
    document: str | None = None


class FundingStep(Named):
    state: Literal["confirmed", "delivered", "funded", "remitted", "flagged"]
    actor: list[Actor] = Field(min_length=1)
    account: str | None = None


class Funding(Named):
    """How the money for one kind of aid comes: the steps in order, and who applies for it."""

    kind: Literal["assistance", "on_behalf", "aid"]
    applicants: list[Actor] = Field(min_length=1)
    from_budget: list[Words] = Field(default_factory=list)
    steps: list[FundingStep] = Field(default_factory=list)


class SupervisionGroup(Cited):
    leader: str
    medical_insurance: str
    tax: str
    units: list[str] = Field(min_length=1, description="full names of towns and streets")


class Person(Part):
    actor: Actor
    phone: str = Field(pattern=r"^[0-9]{5,12}$")
    name: str | None = None


class Contact(Named):
    """Whom to ask. Phones may repeat: one office may answer for two."""

    topic: Words | None = None
    people: list[Person] = Field(default_factory=list)


class MutualAidGroup(Named):
    """One group of payers through a family's accounts; a confirmation at `confirm_before` itself is too late."""

    confirm_before: Moment
    deducted_from: Day | None = None
    deducted_at_approval: YesNo = False
    result_after: Day | None = Field(default=None, description="the result shows after this day")
    result_days_after_approval: WholeDays | None = None

    @model_validator(mode="after")
    def is_deducted_once(self) -> Self:
        if (self.deducted_from is None) != self.deducted_at_approval:
            zh = "写明 deducted_from，或 deducted_at_approval: true，只写一项"
            raise ValueError(f"{zh}。 give deducted_from, or deducted_at_approval: true")
        return self


class MutualAid(Cited):
    relations: list[Named] = Field(min_length=1)
    balance: Named
    whole_amount: Named
    closes_bill: Named
    places: list[Named] = Field(default_factory=list)
    groups: dict[str, MutualAidGroup] = Field(min_length=1)


class Certificate(Cited):
    after_working_days: WholeDays
    places: list[Words] = Field(min_length=1)


class RefundRule(Named):
    """A reason for which the money that settled a bill goes back, and until when. No rule, no refund."""

    before: Literal["benefit_year", "cover"] | None = Field(
        default=None,
        description="what `counts` lies before: the benefit year, or the person's first day of cover; absent: any day",
    )
    counts: Literal["application", "death"] = Field(
        default="application", description="the day that is compared; death: of the insured, as the register says"
    )
    ends_enrolment: YesNo = Field(default=True, description="false: a new bill follows")
    evidence: list[Words] = Field(min_length=1)


class Incentive(Named):
    """What longer or broken cover changes. A figure that the notice does not give is null."""

    kind: Literal["inpatient_points", "deemed_years", "transfer", "cap_raise", "cap_cut", "count_from", "announced"]
    years: Years | None = Field(default=None, description="full years of cover that it asks for")
    from_year: Year | None = None
    gap_months_max: Months | None = None
    points: Decimal | None = Field(default=None, ge=-100, le=100, description="percentage points")
    deemed_months: Months | None = Field(default=None, description="months of the employee scheme for `years`")
    step_fen: Fen | None = None


class Benefit(Named):
    """One row of a benefit table, or a change to a table that the notice does not give. Percent by hospital level."""

    fee_class: str | None = None
    outpatient_deductible_fen: Fen | None = None
    outpatient_percent: list[Percent] = Field(default_factory=list, description="hospital level 1, 2, 3")
    clinic: Words | None = None
    clinic_percent: Percent | None = Field(default=None, description="outside the deductible")
    inpatient_deductible_fen: list[Fen] = Field(default_factory=list, description="per admission, level 1, 2, 3")
    inpatient_percent: list[Percent] = Field(default_factory=list, description="hospital level 1, 2, 3")
    as_class: str | None = Field(default=None, description="reimbursed as this fee class")
    off_site: list[Words] = Field(default_factory=list, description="places without the reduction for referral")


class Control(Named):
    """What must not happen, or what must be watched."""

    kind: Literal["money", "person", "place", "complaint", "opinion", "emergency", "assessment", "liability", "choice"]
    binds: list[Actor] = Field(default_factory=list)


class Answer(Cited):
    question: Words
    answer: Words


class Notice(Part):
    facts: dict[str, Fact] = Field(default_factory=dict)
    routes: dict[str, Route] = Field(default_factory=dict)
    channels: dict[str, Channel] = Field(default_factory=dict)
    tasks: dict[str, Task] = Field(default_factory=dict)
    lists: dict[str, ListProvider] = Field(default_factory=dict)
    funding: dict[str, Funding] = Field(default_factory=dict)
    supervision: dict[str, SupervisionGroup] = Field(default_factory=dict)
    contacts: dict[str, Contact] = Field(default_factory=dict)
    mutual_aid: MutualAid | None = None
    certificate: Certificate | None = None
    refunds: dict[str, RefundRule] = Field(default_factory=dict)
    incentives: dict[str, Incentive] = Field(default_factory=dict)
    benefits: dict[str, Benefit] = Field(default_factory=dict)
    controls: dict[str, Control] = Field(default_factory=dict)
    answers: dict[str, Answer] = Field(default_factory=dict)

    @property
    def not_configured(self) -> list[str]:
        """Sections that the notice leaves empty; the program says so instead of assuming anything."""
        return [name for name in type(self).model_fields if not getattr(self, name)]

    @property
    def calendar(self) -> list[tuple[Day, str, Task]]:
        """Tasks with a day, earliest first: (the day due or the day from which, its key, the task)."""
        dated = [(task.due or task.opens, key, task) for key, task in self.tasks.items()]
        return sorted(((day, key, task) for day, key, task in dated if day is not None), key=lambda entry: entry[0])

    def tasks_of(self, actor: Actor) -> dict[str, Task]:
        return {key: task for key, task in self.tasks.items() if actor in task.owner}


SECTIONS: Final = tuple(Notice.model_fields)
