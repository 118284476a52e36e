"""Lists of what is true of people for some days: insurance as an employee or elsewhere, permits, schooling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from canbao.enrolment import actions as enrolment
from canbao.enrolment.actions import Proposed
from canbao.intake.models import Outcome
from canbao.intake.reading.faults import CellFault, Fault
from canbao.intake.reading.records import Record
from canbao.intake.refusals import BuiltOn
from canbao.intake.sources.residents import implausible, not_here
from canbao.intake.sources.source import Context, Verdict, Written
from canbao.registry import lists
from canbao.registry.codes import FactKind, Source
from canbao.registry.lists import Listed
from canbao.registry.periods import Period, periods_of, take_back_periods, write_periods
from canbao.registry.queries import masked_name, same_name

DAYS, PROPOSED = "days", "proposed_newcomer"
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Periods:
    """One period of a kind for each row. A list names the last day; the register keeps the first day after it.

    An open period ends where a later one begins. A row without a first day speaks of today. `code` stands where the
    list does not say it; `area` is the column of a place, `detail` that of whose or which it is.
    """

    kind: FactKind
    said_by: Source
    code: str | None = None
    code_column: str = ""
    area_column: str = ""
    area_of_list: bool = False
    detail_column: str = ""
    detail: str | None = None
    brings_people: bool = False
    # A roll speaks of whoever studies there, from wherever in the pooling area; whom nobody knows goes to the township.
    roll: bool = False

    def judge(self, context: Context, records: Sequence[Record], lock: bool = False) -> list[Verdict]:
        numbers = [record.values["id_number"] for record in records]
        known = lists.by_number(context.scope, context.pooling_area, numbers, lock=lock)
        held = periods_of(context.scope, context.pooling_area, self.kind, [one.id for one in known.values()])
        return [self._verdict(context, record, known.get(record.values["id_number"]), held) for record in records]

    def _verdict(
        self, context: Context, record: Record, found: Listed | None, held: dict[int, list[Period]]
    ) -> Verdict:
        if found is None and self.roll:
            return Verdict.refused(self._proposed(context, record))
        fault = not_here(context, found) if not self.roll else None
        if fault is not None or found is None:
            return Verdict.refused(fault or Fault("not_in_register"))
        if not same_name(record.values["name"], found.name):
            return Verdict.refused(Fault("name_differs", None, {"value": masked_name(found.name)}))
        if found.died_on is not None:
            return Verdict.refused(Fault("already_dead", None, {"value": found.died_on.isoformat()}))
        own = self._so_far(context, found.id, held)
        try:
            wanted = self._wanted(context, record, found, own)
        except CellFault as refused:
            return Verdict.refused(Fault(refused.code, None, refused.said))
        if wanted is None:
            return Verdict(Outcome.SAME, found.id, place=found.village_code)
        verdict = self._against(wanted, own, found)
        if verdict.outcome in (Outcome.NEW, Outcome.CHANGED):
            # The next row about the same person meets this one.
            before = verdict.changes[DAYS][0]
            after = [each for each in own if before is None or each.from_on != _period(0, before).from_on]
            if before is not None and (was := _period(0, before)).from_on != wanted.from_on:
                after += [replace(each, until_on=wanted.from_on) for each in own if each.from_on == was.from_on]
            context.memory[DAYS, found.id] = [*after, wanted]
        return verdict

    def _proposed(self, context: Context, record: Record) -> Fault:
        """Whom the register does not know is put before the township once the list is written."""
        if (fault := implausible(context, record.values["birth_on"])) is not None:
            return fault
        try:
            self._place(context, record)
        except CellFault as refused:
            return Fault(refused.code, None, refused.said)
        return Fault(PROPOSED)

    def _place(self, context: Context, record: Record) -> str | None:
        """The code of the place that the row names, else the list's own. CellFault."""
        place = record.values.get(self.area_column)
        if place:
            return context.places.area(place, anywhere=self.roll)
        return context.area_code if self.area_of_list else None

    def _so_far(self, context: Context, resident_id: int, held: dict[int, list[Period]]) -> list[Period]:
        """The periods of a person with those that earlier rows of the file make."""
        return context.memory.get((DAYS, resident_id)) or held.get(resident_id, [])

    def _wanted(self, context: Context, record: Record, found: Listed, own: Sequence[Period]) -> Period | None:
        """The period that the row speaks of; None if it names no first day and says what holds already."""
        values = record.values
        last: date | None = values.get("until_on")
        area = self._place(context, record)
        wanted = Period(
            found.id,
            values.get("from_on") or context.today,
            None if last is None else last + _DAY,
            values.get(self.code_column) or context.options.get(self.code_column) or self.code,
            area,
            values.get(self.detail_column) or self.detail,
        )
        if "from_on" not in values:
            now = [each for each in own if self._same(each, wanted) and _holds_on(each, context.today)]
            if now:
                wanted = replace(wanted, from_on=now[0].from_on)
            elif not own and last is None and self._undated(found, wanted):
                return None
        if wanted.until_on is not None and wanted.until_on <= wanted.from_on:
            raise CellFault("until_before_from")
        if wanted.from_on < found.birth_on:
            raise CellFault("from_before_birth")
        return wanted

    def _undated(self, found: Listed, wanted: Period) -> bool:
        """Whether the columns say the same without days."""
        return self.kind == FactKind.STUDENT and (found.student, found.school_area) == (wanted.code, wanted.area_code)

    def _against(self, wanted: Period, own: Sequence[Period], found: Listed) -> Verdict:
        def verdict(before: Period | None) -> Verdict:
            changes = self._said(wanted) | {DAYS: [None if before is None else _days(before), _days(wanted)]}
            outcome = Outcome.NEW if before is None else Outcome.CHANGED
            return Verdict(outcome, found.id, changes, place=found.village_code)

        others = [each for each in own if _overlap(each, wanted)]
        beginning = [each for each in own if each.from_on == wanted.from_on and self._same(each, wanted)]
        if beginning:
            (before,) = beginning
            goes_on = before.until_on is not None and any(each.from_on >= before.until_on for each in own)
            if before.until_on == wanted.until_on or (wanted.until_on is None and goes_on):
                return Verdict(Outcome.SAME, found.id, place=found.village_code)
            if any(each is not before for each in others):
                return Verdict.refused(Fault("period_overlaps"))
            return verdict(before)
        if not others:
            return verdict(None)
        (before, *more) = others
        if not more and before.from_on < wanted.from_on:
            if self._same(before, wanted) and before.until_on == wanted.until_on:
                return Verdict(Outcome.SAME, found.id, place=found.village_code)
            if before.until_on is None:
                return verdict(before)
        return Verdict.refused(Fault("period_overlaps"))

    def _same(self, one: Period, other: Period) -> bool:
        """The same fact: where it stands and what it is; a permit is also whose it is."""
        whose = self.kind != FactKind.PERMIT or one.detail == other.detail
        return whose and (one.code, one.area_code) == (other.code, other.area_code)

    def _said(self, wanted: Period) -> dict[str, list[Any]]:
        columns = {"student": ("code", "school_area"), "permit": ("code", "")}.get(self.kind, ("", ""))
        names = {"student": "student", "permit": "residence_permit"}
        said: dict[str, list[Any]] = {}
        if columns[0]:
            said[names[self.kind]] = [None, wanted.code]
        if columns[1]:
            said[columns[1]] = [None, wanted.area_code]
        return said

    def write(self, context: Context, judged: Sequence[tuple[Record, Verdict]]) -> None:
        ended: dict[tuple[int, date], Period] = {}
        new: dict[tuple[int, date], Period] = {}

        def end(period: Period) -> None:
            key = period.resident_id, period.from_on
            if key in new:
                new[key] = replace(new[key], until_on=period.until_on)
            else:
                ended[key] = period

        self._propose(context, judged)
        for record, verdict in judged:
            if verdict.outcome not in (Outcome.NEW, Outcome.CHANGED) or verdict.resident_id is None:
                continue
            was, said = verdict.changes[DAYS]
            wanted = _period(verdict.resident_id, said)
            if was is not None:
                before = _period(verdict.resident_id, was)
                if before.from_on == wanted.from_on:
                    end(wanted)
                    continue
                end(replace(before, until_on=wanted.from_on))
            new[wanted.resident_id, wanted.from_on] = self._filled(context, record, wanted)
        write_periods(
            actor=context.scope, pooling_area=context.pooling_area, kind=self.kind, source=self.said_by,
            evidence=f"名单 {context.batch_id}", ended=list(ended.values()), new=list(new.values()),
            today=context.today,
        )  # fmt: skip

    def _propose(self, context: Context, judged: Sequence[tuple[Record, Verdict]]) -> None:
        proposed = [record for record, verdict in judged if verdict.reasons and verdict.reasons[0].code == PROPOSED]
        people = []
        for record in proposed:
            values, last = record.values, record.values.get("until_on")
            people.append(
                Proposed(
                    area_code=self._place(context, record) or context.area_code, name=values["name"],
                    birth_on=values["birth_on"], sex=values["sex"], id_number=values["id_number"],
                    student=values.get(self.code_column) or context.options.get(self.code_column) or self.code or "",
                    school=values.get(self.detail_column) or "", from_on=values.get("from_on") or context.today,
                    until_on=None if last is None else last + _DAY,
                )
            )  # fmt: skip
        if people:
            enrolment.propose_newcomers(
                actor=context.scope, pooling_area=context.pooling_area, batch_id=context.batch_id, people=people,
                on=context.today,
            )  # fmt: skip

    def _filled(self, context: Context, record: Record, days: Period) -> Period:
        values = record.values
        return replace(
            days,
            code=values.get(self.code_column) or context.options.get(self.code_column) or self.code,
            area_code=self._place(context, record),
            detail=values.get(self.detail_column) or self.detail,
        )

    def undo(self, context: Context, written: Sequence[Written]) -> None:
        ended: dict[tuple[int, date], Period] = {}
        now: dict[tuple[int, date], date | None] = {}
        new: list[Period] = []
        for each in written:
            was, said = each.changes[DAYS]
            wanted = _period(each.resident_id or 0, said)
            before = None if was is None else _period(each.resident_id or 0, was)
            if before is None or before.from_on != wanted.from_on:
                key = wanted.resident_id, wanted.from_on
                # A later row of the same list, undone already, may have let it end.
                new.append(replace(wanted, until_on=now.pop(key)) if ended.pop(key, None) else wanted)
            if before is not None:
                key = before.resident_id, before.from_on
                now.setdefault(key, wanted.until_on if before.from_on == wanted.from_on else wanted.from_on)
                ended[key] = before
        if self.roll:
            enrolment.withdraw_newcomers(
                actor=context.scope, pooling_area=context.pooling_area, batch_id=context.batch_id
            )
        done = take_back_periods(
            actor=context.scope, pooling_area=context.pooling_area, kind=self.kind, ended=list(ended.values()),
            new=new, today=context.today,
        )  # fmt: skip
        if done != len(ended) + len(new):
            raise BuiltOn(written[0].row, "新的变更", "been changed again")


def _holds_on(period: Period, day: date) -> bool:
    return period.from_on <= day and (period.until_on is None or period.until_on > day)


def _overlap(one: Period, other: Period) -> bool:
    return (one.until_on is None or one.until_on > other.from_on) and (
        other.until_on is None or one.from_on < other.until_on
    )


def _days(period: Period) -> str:
    """The first and the last day."""
    last = "" if period.until_on is None else (period.until_on - _DAY).isoformat()
    return f"{period.from_on.isoformat()} – {last}".rstrip()


def _period(resident_id: int, said: str) -> Period:
    """What `_days` was made of."""
    first, _, last = said.partition(" –")
    return Period(
        resident_id, date.fromisoformat(first), date.fromisoformat(last.strip()) + _DAY if last.strip() else None
    )
