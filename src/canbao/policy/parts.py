"""What every part of a policy file is made of: words in two languages, and the clauses or readings that it cites."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from .codes import EARLIEST_YEAR, LATEST_YEAR


def _whole_fen(value: object) -> object:
    """400.00 is a sum in yuan, which would pass as 400 fen."""
    if isinstance(value, float):
        raise ValueError("单位是分，写整数：400元写作 40000。 amounts are whole fen: write 400 yuan as 40000")
    return value


def _no_moment(value: object) -> object:
    if isinstance(value, datetime):
        raise ValueError("只写日期，写作 2024-10-01。 write the day alone, as 2024-10-01")
    return value


# Strict: else true would pass as 1, which is one fen or one month, and yes or 1 as true.
Whole = Annotated[int, Field(strict=True)]
YesNo = Annotated[bool, Field(strict=True)]
# Bounds no notice comes near: beyond them stands a slip of the keyboard, and calendars and sums would break.
Fen = Annotated[Whole, Field(ge=0, le=10**9), BeforeValidator(_whole_fen)]
Day = Annotated[date, Field(ge=date(EARLIEST_YEAR, 1, 1), le=date(LATEST_YEAR, 12, 31)), BeforeValidator(_no_moment)]
Year = Annotated[Whole, Field(ge=2000, le=LATEST_YEAR)]
Years = Annotated[Whole, Field(ge=0, le=150)]
FromYear = Annotated[Whole, Field(ge=-150, le=150)]
Months = Annotated[Whole, Field(ge=0, le=120)]
DayCount = Annotated[Whole, Field(ge=0, le=36525)]

Cites = Annotated[
    list[str],
    BeforeValidator(lambda v: [v] if isinstance(v, str) else v),
    Field(description="one key or a list of keys"),
]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Words(Part):
    zh: str
    en: str


class Cited(Part):
    source: Cites = Field(default_factory=list, description="keys of `clauses`")
    reading: Cites = Field(default_factory=list, description="keys of `readings`")

    @model_validator(mode="after")
    def cites_something(self) -> Self:
        if not self.source and not self.reading:
            raise ValueError(
                "没有出处，写明 source（clauses 的键）或 reading（readings 的键）。 "
                "cites nothing: give `source` (a key of clauses) or `reading` (a key of readings)"
            )
        return self
