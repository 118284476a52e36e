"""A register reduced to its situations: how many people are in each, and the facts of one who stands for them all.

One pass over the register; afterwards any policy that tells no more apart is priced without the people. The file is
small, but where a situation holds one person it describes that person: it carries no id, no number and no village, and
is still to be kept like the register.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from ..distinctions import AREAS, WORDS, Distinctions
from ..person import Person
from ..policy import Policy
from ..refusals import NeedsNewCount
from ..situations import Batch, Codes, Situations, day_number
from .outcomes import distinct
from .persons import person_of, person_of_row
from .register import SCHEMA, RejectedRow, Unreadable, open_register, require_writable, unreadable
from .unfinished import unfinished

ROWS_A_BATCH: Final = 2**17
KEY: Final = "canbao.counts"
PEOPLE: Final = "people"
COUNTS_SCHEMA: Final = pl.Schema({PEOPLE: pl.Int64(), **SCHEMA})
AREA_DIGITS: Final = 6
ELSEWHERE: Final = "980000"
"""A code in no area: GB/T 2260 has no province 98."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What several policies accept together: any category that one of them names, paid when all windows are open."""

    categories: frozenset[str]
    opens: datetime

    @classmethod
    def by(cls, policies: Sequence[Policy]) -> Accepted:
        known = frozenset[str]().union(*(policy.categories for policy in policies))
        return cls(known, max(policy.opens for policy in policies))


@dataclass(slots=True)
class Counts:
    """`people[i]` stands for `numbers[i]` persons whom `told` does not tell apart."""

    told: Distinctions
    people: list[Person]
    numbers: list[int]
    rejected: int

    @property
    def rows(self) -> int:
        return sum(self.numbers)

    def require(self, policy: Policy) -> None:
        """Raises NeedsNewCount if the policy tells apart people who were counted together."""
        needed = Distinctions.as_it_stands(policy)
        if needed.benefit_year != self.told.benefit_year:
            raise NeedsNewCount({"benefit_year": [needed.benefit_year]})
        if missing := self.told.missing(needed):
            raise NeedsNewCount(missing)


def count(policies: Sequence[Policy], people: Path, bad: Callable[[RejectedRow], None] = lambda row: None) -> Counts:
    """Count a register by all that any of the policies can tell apart, and by every listed category.

    The policies are of one benefit year. Raises Unreadable.
    """
    told = Distinctions.of(*policies).with_all_categories()
    situations, accepted = Situations(told), Accepted.by(policies)
    positions: dict[tuple[int, ...], int] = {}
    counts = Counts(told, [], [], 0)
    try:
        for batch, rejected in open_register(people).batches(accepted, ROWS_A_BATCH):
            counts.rejected += len(rejected)
            for row in rejected:
                bad(row)
            for key, first, number in _situations_of(situations, batch):
                if key not in positions:
                    positions[key] = len(counts.people)
                    counts.people.append(generalised(person_of(batch, first), told))
                    counts.numbers.append(0)
                counts.numbers[positions[key]] += number
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError) as error:
        raise unreadable(people, error) from None
    return counts


def _situations_of(situations: Situations, batch: Batch) -> Iterator[tuple[tuple[int, ...], int, int]]:
    """Each situation of a batch: its codes, the row of the first person in it, how many there are."""
    if batch.height == 0:
        return
    codes = situations.codes(batch)
    firsts, inverse = distinct(codes)
    numbers = np.bincount(inverse, minlength=len(firsts))
    columns: Codes = np.stack([code[firsts] for code in codes], axis=1)
    for position, first in enumerate(firsts):
        yield tuple(columns[position].tolist()), int(first), int(numbers[position])


def generalised(person: Person, told: Distinctions) -> Person:
    """The person with nothing that no policy looks at: no id, areas no finer than the policies name."""
    asked = told.attributes | {limit.attribute for limit in told.settled_within if limit.attribute}
    values: dict[str, Any] = {name: getattr(person, name) for name in Person.__slots__}
    values |= {"person_id": None, "id_number": None}
    values |= {column: _wider(getattr(person, column), getattr(told, column)) for column in AREAS}
    values |= {column: absent or None for column, (_, absent) in WORDS.items() if not getattr(told, column)}
    values["categories"] = tuple(code for code in person.categories if code in told.categories)
    values["attributes"] = {name: value for name, value in person.attributes.items() if name in asked}
    return Person(**values)


def _wider(code: str | None, prefixes: frozenset[str]) -> str | None:
    """The narrowest area that a policy names and the code lies in."""
    if code is None:
        return None
    inside = max((prefix for prefix in prefixes if code.startswith(prefix)), key=len, default=ELSEWHERE)
    return inside.ljust(AREA_DIGITS, "0")


def save(counts: Counts, path: Path) -> None:
    """Write the counts as one Parquet file, complete or not at all. Raises Unreadable."""
    require_writable(path)
    rows = [{PEOPLE: number, **_row_of(person)} for person, number in zip(counts.people, counts.numbers, strict=True)]
    known = json.dumps({"told": counts.told.as_json(), "rejected": counts.rejected})
    try:
        with unfinished(path) as partial:
            pl.DataFrame(rows, schema=COUNTS_SCHEMA, orient="row").write_parquet(partial, metadata={KEY: known})
            partial.replace(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise unreadable(path, error) from None


def _row_of(person: Person) -> dict[str, Any]:
    row = {column: getattr(person, column, None) for column in SCHEMA}
    row["birth_date"] = person.born
    row["categories"], row["covered_years"] = list(person.categories), sorted(person.covered_years)
    row["attributes"] = json.dumps(dict(person.attributes), ensure_ascii=False) if person.attributes else None
    return row


def is_counts(path: Path) -> bool:
    """Whether `save` wrote the file, so that it is no register. Raises Unreadable for what is not Parquet."""
    if path.suffix != ".parquet" or not path.is_file():
        return False
    try:
        return KEY in pl.read_parquet_metadata(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise unreadable(path, error) from None


def load(path: Path) -> Counts:
    """Raises Unreadable for a file that `save` of this version did not write."""
    try:
        known = json.loads(pl.read_parquet_metadata(path)[KEY])
        frame = pl.read_parquet(path, glob=False)
        told = Distinctions.from_json(known["told"])
        people = [person_of_row(row, day_number(row["birth_date"])) for row in frame.iter_rows(named=True)]
        return Counts(told, people, frame[PEOPLE].to_list(), known["rejected"])
    except (pl.exceptions.PolarsError, OSError, ValueError, KeyError) as error:
        raise Unreadable(
            f"{path.name}不是本版本的统计文件，请重新统计。 {path.name} is no counts file of this version "
            f"({str(error).partition(chr(10))[0]}); count the register again."
        ) from None
