"""The only readers of the register. What a scope may see is decided in `visible`, and nowhere else."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL
from psycopg.errors import QueryCanceled

from canbao.areas import queries as areas
from canbao.kernel.personal import IdNumber, normal_number
from canbao.kernel.scope import Scope, area_prefix
from canbao.registry import seals
from canbao.registry.codes import FACT_COLUMNS, STILL_THE_SAME_PERSON
from canbao.registry.models import CategoryTakenBack, Household, Resident, ResidentCategory, ResidentFact
from canbao.registry.refusals import ResidentNotFound

_NUMBER_LENGTH = 18
_TAIL_LENGTH_MIN = 4


@dataclass(frozen=True)
class ResidentCard:
    """What a list shows of a resident. `id_number` prints as a mask."""

    resident_id: int
    name: str
    id_number: IdNumber | None
    birth_on: date
    sex: str
    village_code: str
    village_name: str
    pooling_area: str
    died_on: date | None


def visible(scope: Scope) -> QuerySet[Resident]:
    """The residents whose village lies inside the scope; pooling areas are named too, for indexes and partitions."""
    return Resident.objects.filter(scope.q("village_code"), pooling_area__in=areas.pooling_codes(scope))


def living_in(scope: Scope, area_code: str) -> QuerySet[Resident]:
    """The living of an area inside the scope, village by village."""
    inside = visible(scope).filter(village_code__startswith=area_prefix(area_code), died_on=None, merged_into=None)
    return inside.order_by("village_code", "id")


def resident(scope: Scope, resident_id: int) -> Resident:
    """ResidentNotFound if there is none, or none inside the scope."""
    found = visible(scope).filter(id=resident_id).select_related("household").first()
    if found is None:
        raise ResidentNotFound
    return found


def locked_resident(scope: Scope, resident_id: int) -> Resident:
    """As `resident`, and nobody changes the row (a death, another village) until the transaction ends."""
    rows = visible(scope).select_for_update(of=("self",), no_key=True)
    found = rows.filter(id=resident_id).first()
    if found is None:
        raise ResidentNotFound
    return found


def locked_residents(scope: Scope, resident_ids: Collection[int]) -> dict[int, Resident]:
    """As `locked_resident`, of those whose row nobody else holds at this moment: nothing is waited for."""
    rows = visible(scope).select_for_update(of=("self",), no_key=True, skip_locked=True)
    return {row.pk: row for row in rows.filter(id__in=resident_ids)}


def card(scope: Scope, resident_id: int) -> ResidentCard:
    """What a list shows of one resident; ResidentNotFound outside the scope."""
    return next(cards_of([resident(scope, resident_id)]))


def household_members(scope: Scope, household_id: int) -> list[Resident]:
    """The members inside the scope, head first, then by birth."""
    members = visible(scope).filter(household_id=household_id)
    return sorted(members, key=lambda member: (member.kinship != "head", member.birth_on, member.pk))


def household(scope: Scope, household_id: int) -> Household | None:
    inside = Household.objects.filter(scope.q("village_code"), pooling_area__in=areas.pooling_codes(scope))
    return inside.filter(id=household_id).first()


def find_residents(scope: Scope, text: str, limit: int = 20, *, but_not: Collection[int] = ()) -> list[ResidentCard]:
    """Residents by name, document number (whole, or its last four digits and more), phone, pinyin or initials.

    A row that was merged is found as the row that the person is kept under. Best first.
    Parts may be combined: "张桂兰 0021", "zhang 1949" (the last four, or the year of birth). Nothing for a text that
    says too little. `but_not` leaves out residents by id: those whom the page before has shown.
    """
    found: dict[int, Resident] = {}
    inside = visible(scope).filter(merged_into=None)
    inside = inside.exclude(id__in=but_not) if but_not else inside
    for rung in _rungs(scope, text, limit + len(but_not)):
        missing = limit - len(found)
        if missing <= 0:
            break
        rows = inside.filter(rung.condition)
        rows = rows.exclude(id__in=found) if found else rows
        kept = islice((row for row in rows[: _OPENED_MAX if rung.ends else missing] if rung.takes(row)), missing)
        found.update((row.pk, row) for row in sorted(kept, key=lambda row: (row.name, row.birth_on, row.pk)))
    return list(cards_of(found.values()))


def count_residents(scope: Scope, text: str, most: int) -> int | None:
    """How many people `find_residents` could find, counted up to `most`; None if counting takes too long."""
    found: set[int] = set()
    inside = visible(scope).filter(merged_into=None).order_by()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {_COUNTING_MS_MAX}")
            for rung in _rungs(scope, text, most):
                rows = inside.filter(rung.condition)
                if rung.ends:
                    found.update(row.pk for row in rows[:_OPENED_MAX] if rung.takes(row))
                else:
                    # As many as are wanted of one reading may all have been found by the readings before.
                    found.update(rows.values_list("pk", flat=True)[:most])
                if len(found) >= most:
                    break
            cursor.execute("SET LOCAL statement_timeout = DEFAULT")
    except OperationalError as fault:
        if not isinstance(fault.__cause__, QueryCanceled):
            raise
        return None
    return min(len(found), most)


def with_number(scope: Scope, number: str) -> list[ResidentCard]:
    """The people inside the scope who have this whole document number, the living first.

    Whoever had it, under a row that was merged or before it was reissued, is found too; not who had it by mistake.
    """
    indexes = seals.indexes("number", number)
    rows = visible(scope).filter(
        Q(number_index__in=indexes)
        | Q(merged_rows__number_index__in=indexes)
        | Q(former_documents__number_index__in=indexes, former_documents__reason__in=STILL_THE_SAME_PERSON),
        merged_into=None,
    )
    own = set(indexes)
    return list(
        cards_of(
            sorted(
                rows.distinct(),
                key=lambda row: (row.died_on is not None, bytes(row.number_index or b"") not in own, row.pk),
            )
        )
    )


def number_indexes(number: str) -> list[bytes]:
    """Under which a whole number is kept, one for each key in use."""
    return seals.indexes("number", number)


# Numbers are sealed: an end longer than the index of ends is compared one number at a time.
_OPENED_MAX = 5000
_COUNTING_MS_MAX = 1500
_VILLAGE_DIGITS = 12


@dataclass(frozen=True)
class _Rung:
    """A reading of the searched text: rows that meet the condition and whose number has these ends."""

    condition: Q
    ends: tuple[str, ...] = ()

    def takes(self, row: Resident) -> bool:
        return not self.ends or (row.id_number is not None and row.id_number.unmasked.endswith(self.ends))


def _rungs(scope: Scope, text: str, limit: int) -> Iterator[_Rung]:
    """From the narrowest reading of the text to the widest."""
    squeezed = normal_number(text)
    if re.fullmatch(r"[A-Z]{0,3}[0-9]{6,16}[0-9X]{1,2}", squeezed):
        whole = seals.indexes("number", squeezed)
        yield _Rung(Q(number_index__in=whole))
        yield _Rung(Q(former_documents__number_index__in=whole))
        yield _Rung(Q(merged_rows__number_index__in=whole))
        yield _Rung(Q(phone_index__in=seals.indexes("phone", squeezed)))
        if len(squeezed) == _NUMBER_LENGTH or squeezed[0].isalpha():
            return
    tails = re.findall(r"[0-9]+X?", squeezed)
    words = re.sub(r"[0-9]+X?", "", squeezed)
    if any(len(tail) < _TAIL_LENGTH_MIN for tail in tails) or len(tails) > 1:
        return
    if tails:
        ends = tuple(tail for tail in tails if len(tail) > seals.TAIL_LENGTH)
        for condition in _ending(scope, tails[0], words, _OPENED_MAX if ends else limit):
            yield _Rung(condition, ends)
    if not words:
        return
    born = _born_in(tails)
    if tails and born is None:
        return
    for reading in _readings(scope, words, None if tails else limit):
        yield _Rung(reading & born if born is not None else reading)


def _ending(scope: Scope, tail: str, words: str, most: int) -> Iterator[Q]:
    """Whose number ends with the last four characters of `tail`, and whose name is read or written like the words."""
    indexes = seals.tail_indexes(tail[-seals.TAIL_LENGTH :], areas.villages(scope))
    hexed = ",".join(index.hex() for index in indexes)
    if len(words) > 1 and not words.isascii():
        # Fewer people have the name than the end of a number.
        ends_so = Q(number_tail__in=RawSQL("SELECT decode(string_to_table(%s, ','), 'hex')", [hexed]))
        for reading in _readings(scope, words, None):
            yield reading & ends_so
        return
    asked = [hexed, words.lower(), areas.pooling_codes(scope), list(scope.prefixes), most]
    yield Q(pk__in=RawSQL("SELECT registry_tailed(%s, %s, %s, %s, %s)", asked))


def _born_in(tails: list[str]) -> Q | None:
    """What four digits say if they are a year of birth."""
    if len(tails) != 1 or not re.fullmatch("(?:19|20)[0-9]{2}", tails[0]):
        return None
    year = int(tails[0])
    return Q(birth_on__gte=date(year, 1, 1), birth_on__lt=date(year + 1, 1, 1))


def _readings(scope: Scope, words: str, limit: int | None) -> Iterator[Q]:
    """`limit` is how many rows are wanted; None if what else is asked for decides which."""
    if words.isascii():
        spoken = words.lower()
        yield Q(initials=spoken)
        yield Q(pinyin__startswith=spoken)
        yield Q(initials__startswith=spoken)
        return
    if limit is not None:
        yield Q(name=words)
    yield Q(name__startswith=words)
    if all(len(prefix) == _VILLAGE_DIGITS for prefix in scope.prefixes):
        # Everybody of a village is fewer than everybody of a surname.
        yield Q(village_code__in=scope.prefixes, name__contains=words)
        return
    # As many may have been found already, and are found here once more.
    most = None if limit is None else 2 * limit
    yield Q(pk__in=RawSQL("SELECT registry_named(%s, %s, %s)", [words, list(scope.prefixes), most]))


def cards_of(rows: Collection[Resident]) -> Iterator[ResidentCard]:
    places = areas.names({row.village_code for row in rows})
    for row in rows:
        yield ResidentCard(
            resident_id=row.pk,
            name=row.name,
            id_number=row.id_number,
            birth_on=row.birth_on,
            sex=row.sex,
            village_code=row.village_code,
            village_name=places.get(row.village_code, row.village_code),
            pooling_area=row.pooling_area,
            died_on=row.died_on,
        )


def categories_of(scope: Scope, resident_id: int) -> list[ResidentCategory]:
    """Every category ever certified, latest first. ResidentNotFound outside the scope."""
    person = resident(scope, resident_id)
    return list(
        ResidentCategory.objects.filter(pooling_area=person.pooling_area, resident_id=person.pk).order_by(
            "-from_on", "code"
        )
    )


def categories_taken_back(scope: Scope, resident_id: int) -> list[CategoryTakenBack]:
    """Certifications that were never true, the latest taken back first. ResidentNotFound outside the scope."""
    person = resident(scope, resident_id)
    gone = CategoryTakenBack.objects.filter(pooling_area=person.pooling_area, resident_id=person.pk)
    return list(gone.order_by("-at"))


def categories_on(scope: Scope, resident_ids: Collection[int], day: date) -> dict[int, list[str]]:
    """The codes valid on the day, in code order, for those residents who have any."""
    rows = ResidentCategory.objects.filter(
        Q(until_on=None) | Q(until_on__gt=day),
        scope.q("resident__village_code"),
        pooling_area__in=areas.pooling_codes(scope),
        resident_id__in=resident_ids,
        from_on__lte=day,
    )
    held: dict[int, list[str]] = defaultdict(list)
    for resident_id, code in rows.order_by("code").values_list("resident_id", "code"):
        held[resident_id].append(code)
    return dict(held)


def facts(scope: Scope, resident_id: int, on: date) -> dict[str, Any]:
    """What is true of the resident on the day: the columns of FACT_COLUMNS. ResidentNotFound outside the scope."""
    return facts_on(resident(scope, resident_id), on)


def facts_on(person: Resident, on: date) -> dict[str, Any]:
    """As `facts`, of a row that the caller holds. Kinds without dated facts say what the row says."""
    undated = {column: getattr(person, column) for columns in FACT_COLUMNS.values() for column in columns}
    return undated | dated_facts_on(person, on)


def dated_facts_on(person: Resident, on: date) -> dict[str, Any]:
    """The columns of the kinds that have dated facts at all; None where none of a kind holds on the day."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT registry_facts_on(%s, %s, %s)::text", [person.pooling_area, person.pk, on])
        known: dict[str, Any] = json.loads(cursor.fetchone()[0])
    if known.get("hukou_since"):
        known["hukou_since"] = date.fromisoformat(known["hukou_since"])
    return known


def facts_of(scope: Scope, resident_id: int) -> list[ResidentFact]:
    """Every dated fact, kind by kind, latest first. ResidentNotFound outside the scope."""
    person = resident(scope, resident_id)
    rows = ResidentFact.objects.filter(pooling_area=person.pooling_area, resident_id=person.pk)
    return list(rows.order_by("kind", "-from_on"))


def has_people() -> bool:
    """Whether the register holds anybody. Says nothing about anyone, so it takes no scope."""
    return Resident.objects.exists()


def has_real_people() -> bool:
    return Resident.objects.filter(invented=False).exists()


def village_codes(prefix: str) -> list[str]:
    """The villages whose code begins with the prefix and that have residents."""
    inside = Resident.objects.filter(village_code__startswith=prefix)
    return list(inside.order_by("village_code").values_list("village_code", flat=True).distinct())
