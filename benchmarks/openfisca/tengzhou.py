"""The rules of 370481-2025 as OpenFisca writes rules: one person entity, a variable for each fact and figure.

Runs in the environment of the benchmark only: importing OpenFisca changes PyYAML for the whole process.
Left out, because the register of the benchmark does not hold them: transfers, a move of the household register, whose
permit it is, a day of registration.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path

import numpy
from openfisca_core.entities import Entity
from openfisca_core.indexed_enums import Enum
from openfisca_core.periods import ETERNITY, YEAR
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

Person = Entity("person", "persons", "A person", "")
NO_DAY = numpy.datetime64("1900-01-01")
PAYERS = ("medical_assistance_fund", "city_finance", "township_finance")
RULES = (
    "extreme_poverty",
    "subsistence_allowance",
    "poverty_returned",
    "subsistence_margin",
    "poverty_monitored_unstable",
    "poverty_monitored_margin",
    "poverty_monitored_sudden",
    "orphan",
    "unsupported_child",
    "key_hardship_child",
    "age_60_69",
    "age_70_plus",
    "family_planning_one_girl",
    "family_planning_two_girls",
    "family_planning_lost_child",
    "severe_disability",
    "preferential_treatment",
)
CATEGORIES = tuple(rule for rule in RULES if not rule.startswith("age_"))

Award = Enum("Award", {"nothing": "no aid", **{rule: rule for rule in RULES}})


class Student(Enum):
    none = "no student"
    preschool = "kindergarten"
    pupil = "school"
    vocational = "vocational school"
    university = "university"


class Permit(Enum):
    none = "none"
    ordinary = "residence permit"
    points_qualified = "residence permit, points reached"
    class_b = "class B"
    foreign_permanent = "foreign permanent residence"
    hmt = "Hong Kong, Macao, Taiwan"


class Reason(Enum):
    nothing = "may enrol"
    employee_insured = "in employee insurance"
    insured_elsewhere = "insured elsewhere"
    area_missing = "no area given"
    no_permit = "lives here without a ground"
    outside_scope = "outside the scope"
    repair_exceeds_gap = "more years repaired than broken"
    year_over = "settled after the year"


def fact(name, value_type, label, period=YEAR, **further):
    """A variable without a formula: what is known of a person."""
    values = {"value_type": value_type, "entity": Person, "definition_period": period, "label": label, **further}
    return type(name, (Variable,), values)


FACTS = [
    fact("birth", date, "Day of birth", ETERNITY),
    fact("hukou_county", int, "First six digits of the area of the household register; 0 unknown"),
    fact("residence_county", int, "First six digits of the area of residence; 0 unknown"),
    fact("school_county", int, "First six digits of the area of the school; 0 unknown"),
    fact("student", Enum, "Kind of student", possible_values=Student, default_value=Student.none),
    fact("permit", Enum, "Residence permit", possible_values=Permit, default_value=Permit.none),
    fact("disability_grade", int, "Disability grade; 0 none"),
    fact("employee_insured", bool, "In employee insurance"),
    fact("insured_elsewhere", bool, "Insured elsewhere for the year"),
    fact("covered", bool, "Covered by any basic insurance in the year"),
    fact("repair_years", int, "Broken years to be repaired"),
    fact("paid_on", date, "Day of payment; 1900-01-01 not paid", default_value=date(1900, 1, 1)),
    *(fact(category, bool, f"Certified as {category}") for category in CATEGORIES),
]


class age(Variable):
    value_type = int
    entity = Person
    definition_period = YEAR
    label = "Completed years on the day on which age counts"

    def formula(person, period, parameters):
        counted, birth = parameters(period).age, person("birth", period)
        if counted.at_settlement:
            paid = person("paid_on", period)
            on = numpy.where(paid != NO_DAY, paid, numpy.datetime64(parameters(period).window.opens))
            return _completed_years(birth, on)
        on = date(period.start.year + counted.years_after_benefit_year, counted.month, counted.day)
        if (on.month, on.day) == (12, 31):
            return on.year - _year(birth)
        return _completed_years(birth, numpy.datetime64(on))


class gap_years(Variable):
    value_type = int
    entity = Person
    definition_period = YEAR
    label = "Broken years, counted back from the year before the benefit year"

    def formula(person, period, parameters):
        first = parameters(period).waiting.gap_years_from
        born = _year(person("birth", period))
        years = numpy.zeros(person.count, dtype=numpy.int32)
        unbroken = numpy.ones(person.count, dtype=bool)
        for year in range(period.start.year - 1, first - 1, -1):
            unbroken &= ~person("covered", period.offset(year - period.start.year)) & (born < year)
            years += unbroken
        return years


class reason(Variable):
    value_type = Enum
    possible_values = Reason
    default_value = Reason.nothing
    entity = Person
    definition_period = YEAR
    label = "Why the person may not enrol"

    def formula(person, period, parameters):
        city = parameters(period).scope.city
        hukou, lives, school = (person(f"{kind}_county", period) for kind in ("hukou", "residence", "school"))
        lives_here = lives // 100 == city
        ground = hukou // 100 == city
        ground |= (person("student", period) != Student.none) & (school // 100 == city)
        ground |= lives_here & (person("permit", period) != Permit.none)
        settled, repaired = person("settled_on", period), person("repair_years", period)
        return numpy.select(
            [
                person("employee_insured", period),
                person("insured_elsewhere", period),
                ~ground & (hukou == 0) & (lives == 0) & (school == 0),
                ~ground & lives_here,
                ~ground,
                repaired > (person("gap_years", period) if parameters(period).waiting.repair_allowed else 0),
                _year(settled) > period.start.year,
            ],
            [each.index for each in list(Reason)[1:]],
            0,
        )


class eligible(Variable):
    value_type = bool
    entity = Person
    definition_period = YEAR
    label = "May enrol"

    def formula(person, period):
        return person("reason", period) == Reason.nothing


class standard_fen(Variable):
    value_type = int
    entity = Person
    definition_period = YEAR
    unit = "fen"
    label = "Personal contribution standard"

    def formula(person, period, parameters):
        return person.filled_array(parameters(period).contribution)


@lru_cache
def _order(parameters):
    """The rules as they are chosen: the highest aid, the kind that comes first, fewest or most payers, the file."""
    choice = parameters.choice
    shares = {rule: [getattr(parameters.aid[rule], payer, 0) for payer in PAYERS] for rule in RULES}

    def key(rule):
        paying = [share for share in shares[rule] if share]
        assistance = shares[rule][0] > 0
        second = assistance != choice.assistance_before_payment_on_behalf
        payers = len(paying) if choice.fewest_payers_first else -len(paying)
        return (-sum(paying), second, payers, RULES.index(rule))

    return sorted(RULES, key=key), shares


class award(Variable):
    value_type = Enum
    possible_values = Award
    default_value = Award.nothing
    entity = Person
    definition_period = YEAR
    label = "The rule by which the person is aided"
    reference = "滕州市2025年度城乡居民基本医疗保险参保征缴工作实施方案 二(三)"

    def formula(person, period, parameters):
        ages, grade = person("age", period), person("disability_grade", period)
        holds = {category: person(category, period) for category in CATEGORIES}
        holds["severe_disability"] = holds["severe_disability"] & (grade != 3) & (grade != 4)
        holds["age_60_69"] = (ages >= 60) & (ages <= 69)
        holds["age_70_plus"] = ages >= 70
        order, _ = _order(parameters(period))
        return numpy.select([holds[rule] for rule in order], [Award[rule].index for rule in order], 0)


def payer(name):
    def formula(person, period, parameters):
        _, shares = _order(parameters(period))
        percent = numpy.array([0, *(shares[rule][PAYERS.index(name)] for rule in RULES)])
        return person("standard_fen", period) * percent[person("award", period).view(numpy.ndarray)] // 100

    return fact(f"{name}_fen", int, f"What {name} pays", unit="fen", formula=formula)


class personal_fen(Variable):
    value_type = int
    entity = Person
    definition_period = YEAR
    unit = "fen"
    label = "What the person pays of the standard"

    def formula(person, period):
        return person("standard_fen", period) - sum(person(f"{name}_fen", period) for name in PAYERS)


class universal_subsidy_fen(Variable):
    value_type = int
    entity = Person
    definition_period = YEAR
    unit = "fen"
    label = "What the government pays for everyone"

    def formula(person, period, parameters):
        return person.filled_array(parameters(period).subsidy)


class repair_fen(Variable):
    value_type = int
    entity = Person
    definition_period = YEAR
    unit = "fen"
    label = "Charge for repaired years"

    def formula(person, period):
        return person("repair_years", period) * person("standard_fen", period)


class settled_on(Variable):
    value_type = date
    entity = Person
    definition_period = YEAR
    label = "Day of settlement; 1900-01-01 not known"

    def formula(person, period, parameters):
        opens = numpy.datetime64(parameters(period).window.opens)
        paid = person("paid_on", period)
        otherwise = numpy.where(person("personal_fen", period) == 0, opens, NO_DAY)
        return numpy.where(paid != NO_DAY, paid, otherwise)


class in_window(Variable):
    value_type = bool
    entity = Person
    definition_period = YEAR
    label = "Settled inside the collection window"

    def formula(person, period, parameters):
        return person("settled_on", period) <= numpy.datetime64(parameters(period).window.closes)


class newborn(Variable):
    value_type = bool
    entity = Person
    definition_period = YEAR
    label = "Born in the benefit year"

    def formula(person, period):
        return _year(person("birth", period)) == period.start.year


class waiting_months(Variable):
    value_type = int
    entity = Person
    definition_period = YEAR
    label = "Months of waiting"
    reference = "国办发〔2024〕38号 完善待遇享受等待期"

    def formula(person, period, parameters):
        waiting = parameters(period).waiting
        gap, late = person("gap_years", period), ~person("in_window", period)
        counted = gap if waiting.first_gap_year_adds else numpy.maximum(0, gap - 1)
        repaired = person("repair_years", period) * waiting.repair_months_per_year
        months = waiting.fixed_months + numpy.maximum(0, counted * waiting.added_months_per_gap_year - repaired)
        months = numpy.where(gap >= waiting.floor_gap_years, numpy.maximum(months, waiting.floor_months), months)
        waits = (late | (gap > 0)) & ~person("newborn", period)
        if parameters(period).cover.aided_never_wait:
            waits &= person("award", period) == Award.nothing
        return numpy.where(waits, months, 0)


class benefit_start(Variable):
    value_type = date
    entity = Person
    definition_period = YEAR
    label = "First covered day; may lie after the year"

    def formula(person, period, parameters):
        cover, first = parameters(period).cover, numpy.datetime64(period.start)
        settled, months = person("settled_on", period), person("waiting_months", period)
        birth, inside, waits = person("birth", period), person("in_window", period), months > 0
        anchor = numpy.where(inside, numpy.maximum(settled, first), settled)
        if cover.rejoined_from_settlement:
            anchor = numpy.where(inside & waits, settled, anchor)
        if cover.newborn_from_birth:
            anchor = numpy.where(person("newborn", period), birth, anchor)
        reached = _months_later(anchor, months)
        if cover.late_from_payment_month:
            reached = numpy.where(inside, reached, reached.astype("datetime64[M]").astype("datetime64[D]"))
        if cover.late_from_next_day:
            reached = numpy.where(inside, reached, reached + 1)
        return numpy.maximum(numpy.maximum(numpy.where(waits, reached, anchor), first), birth)


def _year(days):
    return days.astype("datetime64[Y]").astype(int) + 1970


def _completed_years(birth, on):
    """Years completed on a day; who is born on 29 February completes one on 1 March of a common year."""
    return _year(on) - _year(birth) - (_day_of_year(on) < _day_of_year(birth))


def _day_of_year(days):
    """Month and day as one number that grows through any year."""
    months = days.astype("datetime64[M]")
    return months.astype(int) % 12 * 32 + (days - months.astype("datetime64[D]")).astype(int)


def _months_later(days, months):
    """The same day so many months later, clipped at the end of the month."""
    month = days.astype("datetime64[M]")
    target = month + months
    last = (target + 1).astype("datetime64[D]") - target.astype("datetime64[D]") - 1
    return target.astype("datetime64[D]") + numpy.minimum(days - month.astype("datetime64[D]"), last)


OWN = [
    age, gap_years, reason, eligible, standard_fen, award, personal_fen, universal_subsidy_fen, repair_fen, settled_on,
    in_window, newborn, waiting_months, benefit_start,
]  # fmt: skip


class Tengzhou(TaxBenefitSystem):
    def __init__(self):
        super().__init__([Person])
        self.add_variables(*FACTS, *OWN, *(payer(name) for name in PAYERS))
        self.load_parameters(str(Path(__file__).parent / "parameters"))
