"""What a source is, and what a record of it comes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol

from django.utils.functional import Promise

from canbao.intake.models import Outcome
from canbao.intake.places import Places
from canbao.intake.reading.columns import Column
from canbao.intake.reading.faults import Fault
from canbao.intake.reading.records import Record
from canbao.kernel.scope import Scope


@dataclass
class Context:
    """What judging and writing need to know of a batch.

    `scope` reaches over the pooling area, `area_code` is the list's. `memory` is kept by an effect from chunk to chunk.
    """

    scope: Scope
    pooling_area: str
    area_code: str
    places: Places
    today: date
    batch_id: int
    applied_at: datetime | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    memory: dict[Any, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Verdict:
    """What a record comes to. `changes`: field → [from, to] as JSON has them; `place` is the code of its area."""

    outcome: Outcome
    resident_id: int | None = None
    changes: dict[str, list[Any]] = field(default_factory=dict)
    reasons: list[Fault] = field(default_factory=list)
    place: str = ""

    @classmethod
    def refused(cls, *reasons: Fault) -> Verdict:
        return cls(Outcome.REFUSED, reasons=list(reasons))


class Written(NamedTuple):
    """A row that was applied, as it is remembered."""

    row: int
    outcome: str
    resident_id: int | None
    changes: dict[str, list[Any]]
    place: str


class Effect(Protocol):
    """What a list does. Both are given records without faults, in the order of the file.

    Where `brings_people`, a new row's verdict has the id that the person will have by the time it is written.
    """

    @property
    def brings_people(self) -> bool: ...

    def judge(self, context: Context, records: Sequence[Record], lock: bool = False) -> list[Verdict]:
        """One verdict a record; with `lock` nobody else changes what was judged until the transaction ends."""
        ...

    def write(self, context: Context, judged: Sequence[tuple[Record, Verdict]]) -> None:
        """Write what is new or changed, in the transaction of the judging."""
        ...

    def undo(self, context: Context, written: Sequence[Written]) -> None:
        """Put back how it was before these rows; BuiltOn if something rests on what they wrote."""
        ...


@dataclass(frozen=True)
class Source:
    """`given_by` are roles; `about` says what the list does; `key` are the columns that name a record of it.

    `option` is a column that may be the same for the whole file, and is then chosen at hand-in. Neighbouring rows that
    have the same in the columns `together` are judged together.
    """

    code: str
    name: Promise
    about: Promise
    given_by: frozenset[str]
    columns: tuple[Column, ...]
    effect: Effect
    key: tuple[str, ...] = ("id_number",)
    option: str = ""
    together: tuple[str, ...] = ()

    def column(self, key: str) -> Column | None:
        return next((column for column in self.columns if column.key == key), None)
