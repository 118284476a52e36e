"""The kind of every row of two ledgers, on one machine.

Rows meet by a keyed hash of their transaction number, which sorts several times faster than text, and agree by a second
keyed hash of everything compared; 128 bits under keys made for each run, so a wrong meeting is less likely than a fault
of the machine and cannot be provoked. Wherever the hashes do not agree, the values themselves decide.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from .kinds import (
    AMOUNT,
    DUPLICATE_OURS,
    DUPLICATE_THEIRS,
    MATCHED,
    ONLY_OURS,
    ONLY_THEIRS,
    PAID_TWICE,
    PERSON,
    TWO_AREAS,
    YEAR,
)

Rows = npt.NDArray[np.int64]
Kinds = npt.NDArray[np.int8]
Hashes = npt.NDArray[np.uint64]
NO_ROW = -1


@dataclass(slots=True)
class Matching:
    """`ours` and `theirs` are positions in KINDS, one for each row; `partner` is the row of theirs, or -1."""

    ours: Kinds
    theirs: Kinds
    partner: Rows
    persons_matched: int
    """Different persons among the matched rows."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys of the hashes of one run: new ones each time, so that nobody can make rows that collide."""

    meeting: int
    agreeing: int
    person: int

    @classmethod
    def of(cls, word: str) -> Keys:
        """From a word that nobody can foretell."""
        digest = hashlib.sha256(word.encode()).digest()
        return cls(*(int.from_bytes(digest[at : at + 8], "big") for at in (0, 8, 16)))


def match(ours: pl.DataFrame, theirs: pl.DataFrame, keys: Keys) -> Matching:
    """The kind of every row. Both frames hold the columns of a ledger, in file order."""
    with ThreadPoolExecutor(max_workers=2) as threads:
        left, right = threads.map(lambda frame: _Side(frame, keys), (ours, theirs))
    kinds = np.full(ours.height, ONLY_OURS, dtype=np.int8)
    others = np.full(theirs.height, ONLY_THEIRS, dtype=np.int8)
    kinds[left.later] = DUPLICATE_OURS
    others[right.later] = DUPLICATE_THEIRS
    partner = _partners(left, right)
    found = np.flatnonzero(partner != NO_ROW)
    met = partner[found]
    verdict = np.full(len(found), MATCHED, dtype=np.int8)
    doubtful = np.flatnonzero(left.agreeing[found] != right.agreeing[met])
    # The first difference names the kind, so it is written last.
    for column, kind in (("amount_fen", AMOUNT), ("benefit_year", YEAR), ("person_id", PERSON)):
        differs = ours[column].gather(found[doubtful]) != theirs[column].gather(met[doubtful])
        verdict[doubtful[differs.to_numpy()]] = kind
    kinds[found], others[met] = verdict, verdict
    same = found[verdict == MATCHED]
    persons = np.sort(left.persons[same])
    for rows, kind in _several(ours, theirs, same, persons, left.persons, partner):
        kinds[rows] = kind
        others[partner[rows]] = kind
    paid_once = left.persons[kinds == MATCHED] if len(same) else persons
    return Matching(kinds, others, partner, _different(np.sort(paid_once)))


def _different(ordered: Hashes) -> int:
    return len(ordered) and int((ordered[1:] != ordered[:-1]).sum()) + 1


class _Side:
    """One ledger's transaction numbers: their hashes in order, and the rows that repeat an earlier number."""

    def __init__(self, frame: pl.DataFrame, keys: Keys) -> None:
        self.txn = frame["txn_id"]
        hashes = self.txn.hash(keys.meeting).to_numpy()
        self.persons: Hashes = frame["person_id"].hash(keys.person).to_numpy()
        self.agreeing: Hashes = (
            self.txn.hash(keys.agreeing)
            ^ frame["person_id"].hash(keys.agreeing + 1)
            ^ frame["benefit_year"].hash(keys.agreeing + 2)
            ^ frame["amount_fen"].hash(keys.agreeing + 3)
        ).to_numpy()
        order = np.argsort(hashes)
        ordered = hashes[order]
        self.later = self._repeats(ordered, order)
        if len(self.later):
            keep = np.ones(len(hashes), dtype=bool)
            keep[self.later] = False
            kept = keep[order]
            order, ordered = order[kept], ordered[kept]
        self.order: Rows = order
        self.hashes: Hashes = ordered

    def _repeats(self, ordered: Hashes, order: Rows) -> Rows:
        twins = np.zeros(len(ordered), dtype=bool)
        same = ordered[1:] == ordered[:-1]
        twins[1:] |= same
        twins[:-1] |= same
        rows: Rows = np.sort(order[twins])
        if not len(rows):
            return rows
        later: Rows = rows[~self.txn.gather(rows).is_first_distinct().to_numpy()]
        return later


def _partners(left: _Side, right: _Side) -> Rows:
    """For each row of the left ledger the row of the right one with the same number, -1 where there is none."""
    partner = np.full(len(left.txn), NO_ROW, dtype=np.int64)
    if not len(left.hashes) or not len(right.hashes):
        return partner
    place = np.searchsorted(right.hashes, left.hashes)
    inside = place < len(right.hashes)
    inside[inside] = right.hashes[place[inside]] == left.hashes[inside]
    rows, met = left.order[inside], right.order[place[inside]]
    partner[rows] = met
    doubtful = left.agreeing[rows] != right.agreeing[met]
    rows, met = rows[doubtful], met[doubtful]
    strangers = (left.txn.gather(rows) != right.txn.gather(met)).to_numpy()
    partner[rows[strangers]] = NO_ROW
    if strangers.any() or _crowded(left.hashes) or _crowded(right.hashes):
        _meet_by_text(left, right, partner)
    return partner


def _crowded(hashes: Hashes) -> bool:
    """Whether two different numbers of one ledger have the same hash; repeats of one number are gone already."""
    return bool((hashes[1:] == hashes[:-1]).any())


def _meet_by_text(left: _Side, right: _Side, partner: Rows) -> None:
    """Where hashes collide, the numbers themselves decide: for the rows that have not met."""
    waiting = left.order[partner[left.order] == NO_ROW]
    taken = np.zeros(len(right.txn), dtype=bool)
    taken[partner[partner != NO_ROW]] = True
    free = right.order[~taken[right.order]]
    met = pl.DataFrame({"txn": left.txn.gather(waiting), "left": waiting}).join(
        pl.DataFrame({"txn": right.txn.gather(free), "right": free}), on="txn"
    )
    partner[met["left"].to_numpy()] = met["right"].to_numpy()


def _several(
    ours: pl.DataFrame, theirs: pl.DataFrame, rows: Rows, ordered: Hashes, persons: Hashes, partner: Rows
) -> list[tuple[Rows, int]]:
    """Of matched rows those whose person and year have several numbers: in one pooling area, and in different ones."""
    repeated = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    if not len(repeated):
        return []
    few = rows[pl.Series(persons[rows]).is_in(pl.Series(repeated).implode()).to_numpy()]
    group = ["person", "year"]
    seen = pl.DataFrame(
        {
            "row": few,
            "person": ours["person_id"].gather(few),
            "year": ours["benefit_year"].gather(few),
            "area": _areas(ours, theirs, few, partner[few]),
        }
    ).with_columns(
        pl.len().over(group).alias("times"),
        # An area that nobody wrote down differs from none.
        pl.col("area").drop_nulls().n_unique().over(group).alias("areas"),
    )
    several = seen.filter(pl.col("times") > 1)
    return [
        (several.filter(pl.col("areas") <= 1)["row"].to_numpy(), PAID_TWICE),
        (several.filter(pl.col("areas") > 1)["row"].to_numpy(), TWO_AREAS),
    ]


def _areas(ours: pl.DataFrame, theirs: pl.DataFrame, rows: Rows, met: Rows) -> pl.Series:
    """The pooling area of matched rows: as we have it, else as they have it."""
    area = pl.repeat(None, len(rows), dtype=pl.String, eager=True)
    for frame, places in ((theirs, met), (ours, rows)):
        if "pooling_area" in frame.columns:
            known = frame["pooling_area"].gather(places)
            area = known.zip_with(known.is_not_null(), area)
    return area
