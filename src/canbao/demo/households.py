"""Households with the ages of a census: ages are drawn first and families are put together from them.

So the pyramid stays what the census says, whatever the families look like.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from random import Random

from canbao.demo.names import given_name, surname
from canbao.demo.person import Invented, InventedHousehold
from canbao.demo.places import AS_OF, KNOWN_ON

# Seventh national census of China, 1 November 2020: people by five-year band, in 10,000 (the last band is 85 and over).
CENSUS_BANDS = (
    7788, 9024, 8526, 7268, 7494, 9185, 12415, 9901, 9296, 11423, 12116, 10140, 7338, 7401, 4959, 3124, 2038, 1531,
)  # fmt: skip
_BAND_YEARS = 5
_OLDEST = 99
_MARRIED_FROM = 24
_GROWN = 18


def households(chance: Random, people: int) -> list[InventedHousehold]:
    """As many people as asked for, in households with the head first."""
    everybody = [_person(chance) for _ in range(people)]
    everybody.sort(key=lambda person: person.birth_on)
    unmarried, couples = _couples(chance, [p for p in everybody if p.age_on(AS_OF) >= _MARRIED_FROM])
    families = [InventedHousehold([head, spouse]) for head, spouse in couples]
    mothers = _by_mother(families)
    singles = [InventedHousehold([person]) for person in unmarried]
    for child in everybody:
        if child.age_on(AS_OF) < _MARRIED_FROM:
            family = _family_for(chance, mothers, child)
            if family is not None:
                child.kinship = "child"
                family.members.append(child)
            else:
                singles.append(InventedHousehold([child]))
    made = _with_grandparents(chance, families, singles)
    for household in made:
        _name(chance, household)
    return made


def _person(chance: Random) -> Invented:
    band = chance.choices(range(len(CENSUS_BANDS)), CENSUS_BANDS)[0]
    youngest = band * _BAND_YEARS
    oldest = youngest + _BAND_YEARS - 1
    age = chance.randint(youngest, oldest)
    while band == len(CENSUS_BANDS) - 1 and age < _OLDEST and chance.random() < 0.8:
        age += 1
    birth_on = min(AS_OF - timedelta(days=int((age + chance.random()) * 365.2425)), KNOWN_ON)
    female = chance.random() < (0.47 if age < 20 else 0.49 if age < 65 else 0.53)
    return Invented(birth_on=birth_on, sex="female" if female else "male")


def _couples(chance: Random, grown: list[Invented]) -> tuple[list[Invented], list[tuple[Invented, Invented]]]:
    """Those who stay alone, and the pairs (head, spouse), matched by age."""
    alone: list[Invented] = []
    women: list[Invented] = []
    men: list[Invented] = []
    for person in grown:
        age = person.age_on(AS_OF)
        share = 0.55 if age < 30 else 0.9 if age < 65 else 0.72 if age < 80 else 0.4
        (alone if chance.random() > share else women if person.sex == "female" else men).append(person)
    pairs = []
    for wife, husband in zip(women, men, strict=False):
        head, spouse = (husband, wife) if chance.random() < 0.8 else (wife, husband)
        spouse.kinship = "spouse"
        pairs.append((head, spouse))
    paired = len(pairs)
    return alone + women[paired:] + men[paired:], pairs


def _by_mother(families: list[InventedHousehold]) -> dict[int, list[InventedHousehold]]:
    mothers: defaultdict[int, list[InventedHousehold]] = defaultdict(list)
    for family in families:
        wife = next((member for member in family.members if member.sex == "female"), family.head)
        mothers[wife.birth_on.year].append(family)
    return mothers


def _family_for(
    chance: Random, mothers: dict[int, list[InventedHousehold]], child: Invented
) -> InventedHousehold | None:
    """A family whose mother was 20 to 40 at the birth, small ones first."""
    for children_max in (1, 2, 4):
        for _ in range(6):
            candidates = mothers.get(child.birth_on.year - int(chance.triangular(20, 40, 27)), [])
            if candidates:
                family = chance.choice(candidates)
                if len(family.members) - 2 < children_max:
                    return family
    return None


def _with_grandparents(
    chance: Random, families: list[InventedHousehold], singles: list[InventedHousehold]
) -> list[InventedHousehold]:
    """Some of the old who live alone move in with a family; minors who found no parents do too."""
    made = list(families)
    for single in singles:
        age = single.head.age_on(AS_OF)
        moves = bool(families) and (age < _GROWN or (age >= 70 and chance.random() < 0.5))
        if not moves:
            made.append(single)
            continue
        for _ in range(20):
            family = chance.choice(families)
            years_between = family.head.birth_on.year - single.head.birth_on.year
            if -70 < years_between < -38 or 20 < years_between < 40:
                break
        single.head.kinship = "parent" if years_between > 0 else "grandchild"
        family.members.append(single.head)
    return made


def _name(chance: Random, household: InventedHousehold) -> None:
    family_name = surname(chance)
    taken: set[str] = set()
    for member in household.members:
        own = family_name
        if member.kinship == "spouse" or (member.kinship == "parent" and member.sex == "female"):
            own = surname(chance)
        member.surname = own
        given = given_name(chance, member.sex, member.birth_on.year)
        while given in taken:
            given = given_name(chance, member.sex, member.birth_on.year)
        taken.add(given)
        member.name = own + given


def newborn(chance: Random, family: InventedHousehold, birth_on: date) -> Invented:
    """A child born during the season; its family has it as a child."""
    child = Invented(birth_on=birth_on, sex=chance.choice(("female", "male")), kinship="child")
    father = next((member for member in family.members if member.sex == "male"), family.head)
    child.surname = father.surname
    child.name = child.surname + given_name(chance, child.sex, birth_on.year)
    family.members.append(child)
    return child
