"""Who gains and who loses when one policy takes the place of another: people and fen by what changes for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, NamedTuple, TypeAlias, get_args

import polars as pl

from ..assess import work_out
from ..codes import PAYERS
from ..policy import Policy
from ..trace import SILENT
from .counts import ROWS_A_BATCH, Accepted, Counts
from .outcomes import Outcomes
from .register import RejectedRow, open_register, unreadable

Cover: TypeAlias = Literal["earlier", "later", "gained", "lost", "ends_earlier", "ends_later"]


class Side(NamedTuple):
    """What one policy says of a person; amounts in fen, None where it refuses the person."""

    reason: str | None
    klass: str | None
    award: str | None
    personal_fen: int | None
    subsidy_fen: int | None
    repair_fen: int | None
    payers_fen: tuple[int | None, ...]

    @property
    def pays_fen(self) -> int:
        """The person's own money: of the standard, and for repaired years."""
        return (self.personal_fen or 0) + (self.repair_fen or 0)


class Change(NamedTuple):
    was: Side
    now: Side
    cover: Cover | None


SIDE: Final = (
    "reason",
    "class",
    "award",
    "personal_fen",
    "universal_subsidy_fen",
    "repair_fen",
    *(f"{payer}_fen" for payer in PAYERS),
)
DATES: Final = ("benefit_start", "benefit_end")


class Move(NamedTuple):
    """People who share the same step, and by how much what they pay together rises (or falls) a year, in fen."""

    people: int
    fen: int


Turn: TypeAlias = Literal["less", "more", "enters", "leaves", "otherwise", "unchanged"]
TURNS: Final[tuple[Turn, ...]] = get_args(Turn)


@dataclass(slots=True)
class Effects:
    """`dated` where the days of cover were compared too; `rejected` rows could not be read."""

    before: Policy
    after: Policy
    dated: bool
    changes: Counter[Change] = field(default_factory=Counter)
    rejected: int = 0

    @property
    def people(self) -> int:
        return self.changes.total()

    @property
    def unchanged(self) -> int:
        return self.balance()["unchanged"].people

    def balance(self) -> dict[Turn, Move]:
        """Everybody once: the people add up to all of them, the fen to what persons pay afterwards less before."""
        people: Counter[Turn] = Counter()
        fen: Counter[Turn] = Counter()
        for change, number in self.changes.items():
            turn, rise = _turn(change), change.now.pays_fen - change.was.pays_fen
            people[turn] += number
            fen[turn] += rise * number
        return {turn: Move(people[turn], fen[turn]) for turn in TURNS}

    def paying(self) -> list[tuple[tuple[Side, Side], Move]]:
        """Who pays more or less, by class and award before and after; the biggest group first."""
        moves: dict[tuple[Side, Side], Move] = {}
        for change, number in self.changes.items():
            was, now = change.was, change.now
            if was.reason is None and now.reason is None and was.pays_fen != now.pays_fen:
                known = moves.get((was, now), Move(0, 0))
                moves[was, now] = Move(known.people + number, known.fen + (now.pays_fen - was.pays_fen) * number)
        return sorted(moves.items(), key=lambda item: (-item[1].people, str(item[0])))

    def entering(self) -> list[tuple[tuple[str, str | None], int]]:
        """Newly eligible: the reason that refused them, and their award."""
        return _ordered(((c.was.reason, c.now.award), n) for c, n in self.changes.items() if _enters(c))

    def leaving(self) -> list[tuple[tuple[str, str | None], int]]:
        """Newly refused: the reason, and the award that they had."""
        return _ordered(((c.now.reason, c.was.award), n) for c, n in self.changes.items() if _leaves(c))

    def covered(self) -> list[tuple[tuple[Cover, str | None, str | None], int]]:
        """Whose days of cover move: how, class and award afterwards; of those whom both policies take."""
        found: Counter[tuple[Cover, str | None, str | None]] = Counter()
        for change, number in self.changes.items():
            if change.cover is not None:
                found[change.cover, change.now.klass, change.now.award] += number
        return sorted(found.items(), key=lambda item: (-item[1], str(item[0])))

    def spending(self) -> dict[str, tuple[int, int]]:
        """Fen before and after of persons, each payer and the universal subsidy; those who pay nothing left out."""
        names = ("personal", *PAYERS, "universal_subsidy", "repair")
        found = {}
        for position, name in enumerate(names):
            sums = [
                sum((_amounts(side)[position] or 0) * number for side, number in self._side(index)) for index in (0, 1)
            ]
            if any(sums):
                found[name] = (sums[0], sums[1])
        return found

    def _side(self, index: int) -> Iterable[tuple[Side, int]]:
        return (((change.was, change.now)[index], number) for change, number in self.changes.items())


def _amounts(side: Side) -> tuple[int | None, ...]:
    return (side.personal_fen, *side.payers_fen, side.subsidy_fen, side.repair_fen)


def _turn(change: Change) -> Turn:
    was, now = change.was, change.now
    if _enters(change):
        return "enters"
    if _leaves(change):
        return "leaves"
    if was.pays_fen != now.pays_fen:
        return "less" if now.pays_fen < was.pays_fen else "more"
    return "unchanged" if was == now and change.cover is None else "otherwise"


def _enters(change: Change) -> bool:
    return change.was.reason is not None and change.now.reason is None


def _leaves(change: Change) -> bool:
    return change.was.reason is None and change.now.reason is not None


def _ordered(found: Iterable[tuple[tuple[str | None, str | None], int]]) -> list[tuple[tuple[str, str | None], int]]:
    sums: Counter[tuple[str, str | None]] = Counter()
    for (reason, award), number in found:
        sums[str(reason), award] += number
    return sorted(sums.items(), key=lambda item: (-item[1], str(item[0])))


def compare(before: Policy, after: Policy, counts: Counts) -> Effects:
    """What changes for the people counted; amounts and who may enrol, no days. Raises NeedsNewCount."""
    counts.require(before)
    counts.require(after)
    effects = Effects(before, after, dated=False, rejected=counts.rejected)
    for person, number in zip(counts.people, counts.numbers, strict=True):
        was, now = (
            _side_of(work_out(policy, person, None, SILENT).answer.row()[column] for column in SIDE)
            for policy in (before, after)
        )
        effects.changes[Change(was, now, None)] += number
    return effects


def _side_of(values: Iterable[object]) -> Side:
    reason, klass, award, personal, subsidy, repair, *payers = values
    return Side(reason, klass, award, personal, subsidy, repair, tuple(payers))  # type: ignore[arg-type]


def effects(
    before: Policy,
    after: Policy,
    people: Path,
    *,
    bad: Callable[[RejectedRow], None] = lambda row: None,
    each: Callable[[pl.DataFrame], None] = lambda frame: None,
) -> Effects:
    """What changes for the people of a register, days of cover too.

    The policies are of one benefit year. `each` is given the rows that change, a batch at a time: `person_id` and both
    answers, their columns beginning with `was_` and `now_`. Raises Unreadable.
    """
    found = Effects(before, after, dated=True)
    outcomes = (Outcomes(before), Outcomes(after))
    try:
        for batch, rejected in open_register(people).batches(Accepted.by([before, after]), ROWS_A_BATCH):
            found.rejected += len(rejected)
            for row in rejected:
                bad(row)
            was, now = (each_policy.answer(batch) for each_policy in outcomes)
            _tally(found, _beside(was, now), each)
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError) as error:
        raise unreadable(people, error) from None
    return found


def _beside(was: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """Both answers in one frame, with `cover`: how the days move for those whom both policies take."""
    both = pl.concat(
        [
            was.select("person_id"),
            was.select(pl.col(*SIDE, *DATES).name.prefix("was_")),
            now.select(pl.col(*SIDE, *DATES).name.prefix("now_")),
        ],
        how="horizontal",
    )
    start_was, start_now = pl.col("was_benefit_start"), pl.col("now_benefit_start")
    cover = (
        pl.when(pl.col("was_reason").is_not_null() | pl.col("now_reason").is_not_null())
        .then(None)
        .when(start_was.is_null() & start_now.is_not_null())
        .then(pl.lit("gained"))
        .when(start_was.is_not_null() & start_now.is_null())
        .then(pl.lit("lost"))
        .when(start_now < start_was)
        .then(pl.lit("earlier"))
        .when(start_now > start_was)
        .then(pl.lit("later"))
        .when(pl.col("now_benefit_end") < pl.col("was_benefit_end"))
        .then(pl.lit("ends_earlier"))
        .when(pl.col("now_benefit_end") > pl.col("was_benefit_end"))
        .then(pl.lit("ends_later"))
    )
    return both.with_columns(cover=cover)


def _tally(found: Effects, both: pl.DataFrame, each: Callable[[pl.DataFrame], None]) -> None:
    sides = [f"{when}_{column}" for when in ("was", "now") for column in SIDE]
    for *values, cover, number in both.group_by(*sides, "cover").len().iter_rows():
        was, now = _side_of(values[: len(SIDE)]), _side_of(values[len(SIDE) :])
        found.changes[Change(was, now, cover)] += number
    same = [pl.col(f"was_{column}").eq_missing(pl.col(f"now_{column}")) for column in SIDE]
    each(both.filter(~pl.all_horizontal(same) | pl.col("cover").is_not_null()))
