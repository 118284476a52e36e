"""The listed values of contract.md: columns of a person and of an answer, category codes, payers."""

from __future__ import annotations

from typing import Final, Literal, get_args

Payer = Literal[
    "medical_assistance_fund",
    "state_finance",
    "province_finance",
    "city_finance",
    "county_finance",
    "township_finance",
    "village_collective",
    "school",
    "other_government",
]
PAYERS: Final[tuple[str, ...]] = get_args(Payer)

CATEGORIES: Final = (
    "extreme_poverty",
    "subsistence_allowance",
    "subsistence_margin",
    "poverty_returned",
    "poverty_monitored_unstable",
    "poverty_monitored_margin",
    "poverty_monitored_sudden",
    "poverty_alleviated",
    "orphan",
    "unsupported_child",
    "key_hardship_child",
    "hiv_affected_child",
    "severe_disability",
    "preferential_treatment",
    "family_planning_one_girl",
    "family_planning_two_girls",
    "family_planning_lost_child",
    "advanced_age",
)

CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "sex": ("female", "male"),
    "hukou_kind": ("rural", "urban"),
    "residence_permit": ("none", "ordinary", "points_qualified", "class_b", "foreign_permanent", "hmt"),
    "permit_relation": ("holder", "spouse", "child"),
    "student": ("none", "preschool", "pupil", "vocational", "university"),
    "tier": ("low", "high"),
}

PERSON_COLUMNS: Final[dict[str, str]] = {
    "person_id": "text",
    "id_number": "text",
    "birth_date": "date",
    "sex": "choice",
    "hukou_area": "area",
    "hukou_kind": "choice",
    "hukou_since": "date",
    "residence_area": "area",
    "residence_permit": "choice",
    "permit_relation": "choice",
    "student": "choice",
    "school_area": "area",
    "categories": "texts",
    "disability_grade": "integer",
    "tier": "choice",
    "employee_insured": "boolean",
    "insured_elsewhere": "boolean",
    "covered_years": "integers",
    "last_cover_end": "date",
    "repair_years": "integer",
    "registered_on": "date",
    "paid_at": "timestamp",
    "attributes": "object",
}

ANSWER_COLUMNS: Final[dict[str, str]] = {
    "policy": "text",
    "person_id": "text",
    "benefit_year": "integer",
    "projected": "boolean",
    "eligible": "boolean",
    "reason": "text",
    "class": "text",
    "standard_fen": "integer",
    "personal_fen": "integer",
    "award": "text",
    **{f"{payer}_fen": "integer" for payer in PAYERS},
    "universal_subsidy_fen": "integer",
    "repair_fen": "integer",
    "in_window": "boolean",
    "waiting_months": "integer",
    "benefit_start": "date",
    "benefit_end": "date",
    "provisional": "boolean",
}


LATEST_YEAR: Final = 2200
EARLIEST_YEAR: Final = 1880
