"""What a price may depend on: a percentage of a published figure, the county, the months that are left, full cost.

The parts stand in a policy file; `Charge` is one of them ready to be asked for one person.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from .codes import Payer
from .conditions import Condition, Test, area_prefix
from .parts import Cited, Fen, Part, Whole, Words, YesNo
from .shares import Share

if TYPE_CHECKING:
    from .facts import Facts

AreaCode = Annotated[str, Field(pattern=r"^\d{6,12}$")]
MONTHS_A_YEAR: Final = 12
WAYS: Final = {"half_up": ROUND_HALF_UP, "up": ROUND_CEILING, "down": ROUND_FLOOR}


class Rounded(Part):
    """To the nearest multiple of `to_fen`, or always up or down to one."""

    to_fen: Whole = Field(default=1, ge=1, le=10**9)
    way: Literal["half_up", "up", "down"] = "half_up"

    def fen(self, exact: Decimal) -> int:
        return int((exact / self.to_fen).quantize(Decimal(1), WAYS[self.way])) * self.to_fen


class Percentage(Part):
    """A percentage of a published figure, such as the disposable income of a year."""

    percent: Decimal = Field(ge=0, le=1000)
    of_fen: Fen | None = Field(default=None, description="null: of the class's standard")
    rounded: Rounded = Field(default_factory=Rounded)

    def fen(self, standard_fen: int) -> int:
        of = standard_fen if self.of_fen is None else self.of_fen
        return self.rounded.fen(self.percent * of / 100)


class ByArea(Part):
    """One price an area; the narrowest area that holds counts. A person in none of them has no price here."""

    column: Literal["hukou", "residence", "school"]
    fen: dict[AreaCode, Fen] = Field(min_length=1, description="area code -> fen")

    @property
    def condition(self) -> Condition:
        return Condition.model_validate({f"{self.column}_in": list(self.fen)})


class Priced(Cited):
    """A price; say exactly one of `fen`, `percent_of`, `by_area`."""

    when: Condition | None = None
    fen: Fen | None = None
    percent_of: Percentage | None = None
    by_area: ByArea | None = None
    months_left: Literal["from_settlement_month", "from_next_month"] | None = Field(
        default=None, description="only the twelfths of the price for the months of the year that are left"
    )
    rounded: Rounded = Field(default_factory=Rounded, description="with `months_left`")

    @model_validator(mode="after")
    def says_one_price(self) -> Self:
        if sum(price is not None for price in (self.fen, self.percent_of, self.by_area)) != 1:
            raise ValueError("fen、percent_of、by_area 写且只写一项。 say exactly one of fen, percent_of, by_area")
        return self

    @property
    def conditions(self) -> Iterator[Condition]:
        if self.when is not None:
            yield self.when
        if self.by_area is not None:
            yield self.by_area.condition


class Price(Priced):
    """Another price of a class for those for whom `when` holds; the first such price is taken."""

    name: Words
    with_government: YesNo = Field(default=False, description="full cost: the person pays the government's part too")


class LineAid(Cited):
    when: Condition | None = None
    pays: dict[Payer, Share]


class Product(Priced):
    """Something else that is paid in the same payment, such as long-term care: a line of its own."""

    name: Words
    aid: LineAid | None = Field(default=None, description="null: never aided, whoever the person is")


@dataclass(frozen=True, slots=True)
class Charge:
    """A price or product with its condition compiled."""

    code: str
    part: Priced
    test: Test | None

    def whole_fen(self, facts: Facts, standard_fen: int) -> int | None:
        """The price of a whole year; None for a person to whom it does not apply."""
        if self.test is not None and not self.test(facts):
            return None
        part = self.part
        if part.by_area is not None:
            return _in_area(part.by_area, getattr(facts.person, f"{part.by_area.column}_area"))
        return part.percent_of.fen(standard_fen) if part.percent_of is not None else part.fen

    def fen(self, facts: Facts, whole_fen: int) -> int:
        """What is due of the price of a whole year when settling now."""
        part = self.part
        if part.months_left is None:
            return whole_fen
        months = months_left(facts, part.months_left == "from_settlement_month")
        return part.rounded.fen(Decimal(whole_fen) * months / MONTHS_A_YEAR)


def months_left(facts: Facts, this_one_too: bool) -> int:
    """Months of the benefit year from the settlement month on, or from the month after it."""
    on, year = facts.settled_on, facts.policy.benefit_year
    gone = (on.year - year) * MONTHS_A_YEAR + on.month - (1 if this_one_too else 0)
    return min(max(MONTHS_A_YEAR - gone, 0), MONTHS_A_YEAR)


def _in_area(table: ByArea, area: str | None) -> int | None:
    if area is None:
        return None
    held = [
        (prefix, fen) for prefix, fen in ((area_prefix(c), f) for c, f in table.fen.items()) if area.startswith(prefix)
    ]
    return max(held, key=lambda each: len(each[0]))[1] if held else None
