"""The five places of the demo and what is usual there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Place:
    """`parts` is the share of the people, `universities` the county where students of the place go."""

    area: str
    pooling_area: str
    parts: int
    urban_share: float
    universities: str
    registration_from: date = date(2024, 10, 18)
    migrant_share: float = 0.035
    has_tiers: bool = False
    permits: tuple[str, ...] = ("ordinary",)
    # The permit is of the working member of the family, who is insured as an employee; spouse and children enrol by it.
    permits_of_family: bool = False

    @property
    def policy_id(self) -> str:
        return f"{self.area}-{BENEFIT_YEAR}"


BENEFIT_YEAR = 2025
# Ages count on this day. The register itself is as it was on the evening of KNOWN_ON: nothing in it lies later, but for
# the few of the cast who wait for spring.
AS_OF = date(2024, 12, 31)
KNOWN_ON = date(2024, 12, 1)
REGISTERED_BEFORE = date(2024, 11, 21)

PLACES = (
    Place("370481", "370400", 8, 0.30, "370402"),
    Place("370700", "370700", 3, 0.35, "370705", has_tiers=True),
    Place("370124", "370100", 3, 0.25, "370102"),
    Place("140600", "140600", 3, 0.30, "140602"),
    Place(
        "310000",
        "310000",
        3,
        0.88,
        "310110",
        registration_from=date(2024, 11, 11),
        migrant_share=0.12,
        permits=("points_qualified", "points_qualified", "class_b", "ordinary"),
        permits_of_family=True,
    ),
)


def place(area: str) -> Place:
    return next(known for known in PLACES if known.area == area)
