"""Lists that say something of people who are in the register already: found by number, checked by name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from canbao.intake.models import Outcome
from canbao.intake.reading.faults import CellFault, Fault
from canbao.intake.reading.records import Record
from canbao.intake.refusals import BuiltOn
from canbao.intake.sources.source import Context, Verdict, Written
from canbao.kernel.scope import lies_in
from canbao.registry import lists, plausible
from canbao.registry.lists import Listed
from canbao.registry.queries import masked_name, same_name


def plain(value: Any) -> Any:
    """A value as a verdict keeps it: days as text."""
    return value.isoformat() if isinstance(value, date) else value


def not_here(context: Context, found: Listed | None) -> Fault | None:
    """Why a person cannot be meant by this list."""
    if found is None:
        return Fault("not_in_register")
    if not lies_in(found.village_code, context.area_code):
        return Fault("outside_area")
    return None


def implausible(context: Context, birth_on: date) -> Fault | None:
    """Why nobody who lives can have been born on the day."""
    if birth_on > context.today:
        return Fault("in_the_future", None, {"column": "出生日期", "value": birth_on.isoformat()})
    earliest = plausible.earliest_birth(context.today)
    return Fault("born_too_early", None, {"value": earliest.isoformat()}) if birth_on < earliest else None


def restored(context: Context, written: Sequence[Written]) -> list[tuple[int, dict[str, Any]]]:
    """The columns of residents as they were before the rows. BuiltOn if one of them was changed since."""
    changed = [each for each in written if each.outcome == Outcome.CHANGED and each.resident_id is not None]
    now = lists.locked(context.scope, context.pooling_area, [each.resident_id or 0 for each in changed])
    rows = []
    for each in changed:
        found = now.get(each.resident_id or 0)
        if found is None or any(not _stands(found, field, to) for field, (_, to) in each.changes.items()):
            raise BuiltOn(each.row, "新的变更", "been changed again")
        rows.append((found.id, {field: was for field, (was, _) in each.changes.items()}))
    return rows


def _stands(found: Listed, field: str, to: Any) -> bool:
    """Whether a column still says what a row wrote. A household is remembered by its head's name."""
    now = getattr(found, field)
    return now is not None if field == "household_id" else bool(plain(now) == to)


class FactsOfResidents:
    """Sets columns of residents; a subclass says which.

    `kind` is the fact that these columns hold: for whom it is registered with its days, the days hold instead.
    """

    brings_people = False

    kind = ""

    def wanted(self, context: Context, record: Record, found: Listed) -> dict[str, Any]:
        """Field → value. CellFault for what cannot be true."""
        raise TypeError(f"{type(self).__name__} does not say what it sets")

    def judge(self, context: Context, records: Sequence[Record], lock: bool = False) -> list[Verdict]:
        numbers = [record.values["id_number"] for record in records]
        known = lists.by_number(context.scope, context.pooling_area, numbers, lock=lock)
        return [self._verdict(context, record, known.get(record.values["id_number"])) for record in records]

    def _verdict(self, context: Context, record: Record, found: Listed | None) -> Verdict:
        fault = not_here(context, found)
        if fault is not None or found is None:
            return Verdict.refused(fault or Fault("not_in_register"))
        if not same_name(record.values["name"], found.name):
            return Verdict.refused(Fault("name_differs", None, {"value": masked_name(found.name)}))
        try:
            wanted = self.wanted(context, record, found)
        except CellFault as refused:
            return Verdict.refused(Fault(refused.code, None, refused.said))
        changes = {
            field: [plain(now), plain(value)]
            for field, value in wanted.items()
            if (now := getattr(found, field)) != value
        }
        if changes and self.kind in found.dated:
            return Verdict.refused(Fault("dated_already"))
        outcome = Outcome.CHANGED if changes else Outcome.SAME
        return Verdict(outcome, found.id, changes, place=found.village_code)

    def write(self, context: Context, judged: Sequence[tuple[Record, Verdict]]) -> None:
        rows = [
            (verdict.resident_id, {field: to for field, (_, to) in verdict.changes.items()})
            for _, verdict in judged
            if verdict.outcome == Outcome.CHANGED and verdict.resident_id is not None
        ]
        lists.change(actor=context.scope, pooling_area=context.pooling_area, rows=rows)

    def undo(self, context: Context, written: Sequence[Written]) -> None:
        lists.change(actor=context.scope, pooling_area=context.pooling_area, rows=restored(context, written))


def _alive(found: Listed) -> None:
    if found.died_on is not None:
        raise CellFault("already_dead", value=found.died_on.isoformat())


class Deaths(FactsOfResidents):
    def wanted(self, context: Context, record: Record, found: Listed) -> dict[str, Any]:
        died_on: date = record.values["died_on"]
        if found.died_on is not None and found.died_on != died_on:
            _alive(found)
        if died_on > context.today:
            raise CellFault("in_the_future", column="死亡日期", value=died_on.isoformat())
        if died_on < found.birth_on:
            raise CellFault("died_before_birth")
        return {"died_on": died_on}
