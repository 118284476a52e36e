"""Who becomes the head of a household that the register knows: only on purpose.

A list that calls somebody the head replaces the head of the register if it also says what that one is now, or if that
one is dead or a row that was merged. Otherwise the newcomer enters as a member, with a hint at the row.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from canbao.intake.reading.records import Record
from canbao.intake.sources.source import Context
from canbao.registry import lists
from canbao.registry.lists import Listed

HEAD, MEMBER, HINT = "head", "other", "head_is_another"
_HOMES, _STEPPED, _TAKEN = "homes", "stepped", "taken"


@dataclass(frozen=True)
class Judged:
    """A record with whom the register knows under its number, and what names its household in the file."""

    record: Record
    found: Listed | None
    household: Hashable | None


class Heads:
    """The households of a chunk; what earlier chunks said of them is in the context's memory."""

    def __init__(self, context: Context, rows: Sequence[Judged], lock: bool = False) -> None:
        self._homes: dict[Hashable, int] = context.memory.setdefault(_HOMES, {})
        self._stepped: set[int] = context.memory.setdefault(_STEPPED, set())
        self._taken: dict[int, tuple[str, int, int]] = context.memory.setdefault(_TAKEN, {})
        for row in rows:
            if row.found is None:
                continue
            if row.found.household_id is not None and row.household is not None:
                self._homes.setdefault(row.household, row.found.household_id)
            if row.found.kinship == HEAD and row.record.values.get("kinship") not in (None, HEAD):
                self._stepped.add(row.found.id)
        leading = {
            home
            for row in rows
            if row.record.values.get("kinship") == HEAD and (home := self._home(row.found, row.household)) is not None
        }
        self._heads: Mapping[int, int] = lists.living_heads(context.scope, context.pooling_area, leading, lock=lock)

    def may_lead(self, record: Record, found: Listed | None, household: Hashable | None) -> bool:
        """Whether the record's person becomes, or stays, the head."""
        home = self._home(found, household)
        if home is None:
            return True
        head = self._heads.get(home)
        if found is not None and head == found.id:
            return True
        if head is not None and head not in self._stepped:
            return False
        place = (record.sheet, record.row, record.part)
        return self._taken.setdefault(home, place) == place

    def _home(self, found: Listed | None, household: Hashable | None) -> int | None:
        if found is not None and found.household_id is not None:
            return found.household_id
        return self._homes.get(household) if household is not None else None
