"""What the operations take and give. Amounts in whole fen, days as ISO dates, moments with their offset."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from canbao.enrolment.models import Enrolment
from canbao.policy.codes import PERSON_COLUMNS

PolicyId = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}-[0-9]{4}$")]
AreaCode = Annotated[str, StringConstraints(pattern=r"^([0-9]{6}|[0-9]{9}|[0-9]{12})$")]
AreaDigits = Annotated[str, StringConstraints(pattern=r"^[0-9]{6,12}$")]
# In an address everything is text; a body has numbers for numbers.
ResidentId = Annotated[int, Field(ge=1, lt=2**63)]
BenefitYear = Annotated[int, Field(ge=2000, le=2199)]
ResidentIdSent = Annotated[int, Field(ge=1, lt=2**63, strict=True)]
BenefitYearSent = Annotated[int, Field(ge=2000, le=2199, strict=True)]
Whole = Annotated[int, Field(ge=0, le=999_999_999, strict=True)]
# PostgreSQL stores every character but this one.
NoNul = StringConstraints(pattern=r"^[^\x00]*$")


def _iso_day(value: object) -> object:
    """A day written as one: neither a moment nor a number of seconds."""
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return value
    raise PydanticCustomError("day", "a day is written YYYY-MM-DD")


Day = Annotated[date, BeforeValidator(_iso_day)]


class Strict(Schema):
    """A body: an unknown field is a mistake, and no text or switch is taken for a number, no number for a day."""

    model_config = ConfigDict(extra="forbid")


class Person(Strict):
    """The facts of one person; the columns and their meaning are those of the contract."""

    person_id: Annotated[str, NoNul, StringConstraints(max_length=200)] | None = None
    id_number: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{5,18}$")] | None = None
    birth_date: Day | None = None
    sex: Literal["female", "male"] | None = None
    hukou_area: AreaDigits | None = None
    hukou_kind: Literal["rural", "urban"] | None = None
    hukou_since: Day | None = None
    residence_area: AreaDigits | None = None
    residence_permit: Literal["none", "ordinary", "points_qualified", "class_b", "foreign_permanent", "hmt"] | None = (
        None
    )
    permit_relation: Literal["holder", "spouse", "child"] | None = None
    student: Literal["none", "preschool", "pupil", "vocational", "university"] | None = None
    school_area: AreaDigits | None = None
    categories: list[Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]] | None = None
    disability_grade: Annotated[int, Field(ge=1, le=4, strict=True)] | None = None
    tier: Literal["low", "high"] | None = None
    employee_insured: Annotated[bool, Field(strict=True)] | None = None
    insured_elsewhere: Annotated[bool, Field(strict=True)] | None = None
    covered_years: list[Annotated[int, Field(ge=1880, le=2200, strict=True)]] | None = None
    last_cover_end: Day | None = None
    repair_years: Whole | None = None
    registered_on: Day | None = None
    paid_at: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}$")] | None = None
    attributes: dict[str, Any] | None = None

    def facts(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude_none=True)


assert set(Person.model_fields) == set(PERSON_COLUMNS)


class QuoteRequest(Strict):
    person: Person
    on: Day | None = Field(None, description="The day asked about; absent: today")
    as_year: BenefitYearSent | None = Field(None, description="Carry the policy to another benefit year")


class Names(Schema):
    zh: str
    en: str


class PolicyCard(Schema):
    id: str
    name: Names
    area: str
    pooling_area: str
    benefit_year: int
    window_opens: datetime
    window_closes: datetime
    digest: str = Field(description="SHA-256 of the policy file; a bill is pinned to it")
    routes: dict[str, Names] = Field(description="The ways to enrol that the notice names, by their keys")


class ResidentCard(Schema):
    resident_id: int
    name: str
    document_number: str | None = Field(description="Masked")
    birth_on: date
    sex: Literal["female", "male"]
    village_code: str
    village_name: str
    pooling_area: str
    died_on: date | None


class BillLine(Schema):
    item: str
    payer: str
    amount_fen: int


class BillCard(Schema):
    bill_id: int
    resident_id: int
    benefit_year: int
    policy_id: str
    state: Literal["issued", "settled", "void", "refunded"]
    class_code: str
    standard_fen: int
    personal_fen: int
    repair_fen: int
    award: str | None
    issued_at: datetime


class BillWhole(BillCard):
    lines: list[BillLine]


class PaymentCard(Schema):
    receipt_no: str
    channel: str
    method: str
    amount_fen: int
    paid_at: datetime


class CoverCard(Schema):
    cover_from: date | None
    last_covered_on: date | None


class EnrolmentCard(Schema):
    enrolment_id: int
    resident_id: int
    benefit_year: int
    policy_id: str
    tier: Literal["low", "high"] | None
    registered_on: date
    route: str | None
    payable_from: date | None
    maintained_on: date | None
    state: Literal["live", "stopped"]

    @classmethod
    def of(cls, row: Enrolment) -> EnrolmentCard:
        columns = {name: getattr(row, name) for name in cls.model_fields if name != "enrolment_id"}
        return cls.model_validate({"enrolment_id": row.pk, **columns})


class PersonYear(Schema):
    """One resident and benefit year, from enrolment to cover; null where it has not come so far."""

    resident: ResidentCard
    benefit_year: int
    enrolment: EnrolmentCard | None
    bill: BillWhole | None
    payments: list[PaymentCard]
    cover: CoverCard | None


Document = Annotated[str, NoNul, StringConstraints(min_length=1, max_length=100)]


class EnrolmentRequest(Strict):
    resident_id: ResidentIdSent
    policy_id: PolicyId
    tier: Literal["low", "high"] | None = None
    # The key of a route of the notice; without one, the route that the notice has for the person at a counter.
    route: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")] | None = None
    # The documents that a counter saw, in the words of the notice; null where nobody stood at one.
    seen: Annotated[list[Document], Field(max_length=20)] | None = None


class StopRequest(Strict):
    resident_id: ResidentIdSent
    benefit_year: BenefitYearSent
    reason: Annotated[str, NoNul, StringConstraints(min_length=1, max_length=200)]


class CoverQuestion(Strict):
    id_number: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{5,18}$")]
    on: Day


class CoverAnswer(Schema):
    """Whether the person with that number is covered on the day; a stranger and an uncovered person look the same."""

    covered: bool
    on: date
    cover_from: date | None
    last_covered_on: date | None


class EnrolmentPage(Schema):
    items: list[EnrolmentCard]
    next: str | None


class BillPage(Schema):
    items: list[BillCard]
    next: str | None


class PaymentLine(PaymentCard):
    payment_id: int
    bill_id: int
    resident_id: int
    benefit_year: int
    received_at: datetime


class PaymentPage(Schema):
    items: list[PaymentLine]
    next: str | None


class TargetCard(Schema):
    code: str
    name: Names
    wanted_percent: str | None
    percent: str | None
    of_people: int
    reached: int
    behind_by_people: int | None


class ProgressCard(Schema):
    area_code: str
    name: str
    should: int
    enrolled: int
    billed: int
    settled: int
    covered: int
    targets: list[TargetCard]


class ProgressAnswer(Schema):
    policy_id: str
    as_of: datetime
    total: ProgressCard
    below: list[ProgressCard]


class TallyCard(Schema):
    """People of one area: `residents` alive in the register, `should` those whom the policy takes, `enrolled` of them.

    `by_reason` counts those of `should` for whom a reason holds; `counted` is the figure of the statistics.
    """

    area_code: str
    name: str
    residents: int
    employee_insured: int
    insured_elsewhere: int
    not_here: int
    should: int
    enrolled: int
    by_reason: dict[str, int]
    counted: int | None
    counted_year: int | None


class TallyAnswer(Schema):
    policy_id: str
    as_of: datetime
    total: TallyCard
    below: list[TallyCard]


class TokenAnswer(Schema):
    access_token: str
    token_type: Literal["Bearer"] = "Bearer"
    expires_in: int = Field(description="Seconds")
    scope: str
