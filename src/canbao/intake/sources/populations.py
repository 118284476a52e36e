"""How many people each place has, as the statistics say."""

from __future__ import annotations

from collections.abc import Sequence

from canbao.intake.actions.populations import keep_population, take_back_population
from canbao.intake.models import Outcome
from canbao.intake.queries.populations import populations_of
from canbao.intake.reading.faults import CellFault, Fault
from canbao.intake.reading.records import Record
from canbao.intake.refusals import BuiltOn
from canbao.intake.sources.source import Context, Verdict, Written

YEAR = "year"
YEAR_FIRST, PEOPLE_MAX = 1990, 200_000_000
"""Before the first no statistics are kept here; no area of the country has as many people as the second."""
_FIELDS = (("people", "population"), ("hukou_people", "hukou_population"))


class Populations:
    brings_people = False

    def judge(self, context: Context, records: Sequence[Record], lock: bool = False) -> list[Verdict]:
        return [self._verdict(context, record) for record in records]

    def _verdict(self, context: Context, record: Record) -> Verdict:
        try:
            code = context.places.area(record.values["area_name"])
        except CellFault as refused:
            return Verdict.refused(Fault(refused.code, None, refused.said))
        year = record.values["year"]
        if not YEAR_FIRST <= year <= context.today.year:
            said = {"value": str(year), "first": str(YEAR_FIRST), "last": str(context.today.year)}
            return Verdict.refused(Fault("year_implausible", None, said))
        for key in ("population", "hukou_population"):
            if (number := record.values.get(key) or 0) > PEOPLE_MAX:
                return Verdict.refused(Fault("people_implausible", None, {"value": f"{number:,}"}))
        kept = context.memory.get(year)
        if kept is None:
            kept = context.memory[year] = populations_of(context.scope, context.pooling_area, year)
        now = kept.get(code)
        wanted = {field: record.values.get(key) for field, key in _FIELDS}
        if now is None:
            return Verdict(Outcome.NEW, changes={YEAR: [None, year], "people": [None, wanted["people"]]}, place=code)
        changes = {
            field: [getattr(now, field), value] for field, value in wanted.items() if getattr(now, field) != value
        }
        if not changes:
            return Verdict(Outcome.SAME, place=code)
        return Verdict(Outcome.CHANGED, changes={YEAR: [None, year], **changes}, place=code)

    def write(self, context: Context, judged: Sequence[tuple[Record, Verdict]]) -> None:
        for record, verdict in judged:
            if verdict.outcome in (Outcome.NEW, Outcome.CHANGED):
                keep_population(
                    actor=context.scope,
                    pooling_area=context.pooling_area,
                    area_code=verdict.place,
                    year=record.values["year"],
                    people=record.values["population"],
                    hukou_people=record.values.get("hukou_population"),
                    batch_id=context.batch_id,
                )

    def undo(self, context: Context, written: Sequence[Written]) -> None:
        """A year's figure that replaced another is put back; one that was new goes."""
        for each in written:
            before = {field: was for field, (was, _) in each.changes.items() if field != YEAR}
            if not take_back_population(
                actor=context.scope,
                pooling_area=context.pooling_area,
                area_code=each.place,
                year=each.changes[YEAR][1],
                batch_id=context.batch_id,
                before=before if each.outcome == Outcome.CHANGED else None,
            ):
                raise BuiltOn(each.row, "新的数字", "a newer figure")  # fmt: skip
