"""Lists of people whom a department certifies as of a category."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from canbao.intake.models import Outcome
from canbao.intake.reading.faults import Fault
from canbao.intake.reading.records import Record
from canbao.intake.refusals import BuiltOn
from canbao.intake.sources.residents import not_here, plain
from canbao.intake.sources.source import Context, Verdict, Written
from canbao.registry import bulk, lists, plausible, taken_back
from canbao.registry.lists import Listed, Span
from canbao.registry.queries import masked_name, same_name
from canbao.registry.queries.certifiers import Certifies, certified_at


class Categories:
    """Certifies for the days [from_on, until_on); a list that names an end closes an open certification."""

    brings_people = False

    def judge(self, context: Context, records: Sequence[Record], lock: bool = False) -> list[Verdict]:
        numbers = [record.values["id_number"] for record in records]
        known = lists.by_number(context.scope, context.pooling_area, numbers, lock=lock)
        spans = defaultdict(list)
        for span in lists.category_spans(context.scope, context.pooling_area, [one.id for one in known.values()]):
            spans[span.resident_id, span.code].append(span)
        return [self._verdict(context, record, known.get(record.values["id_number"]), spans) for record in records]

    def _verdict(
        self, context: Context, record: Record, found: Listed | None, spans: dict[tuple[int, str], list[Span]]
    ) -> Verdict:
        fault = not_here(context, found)
        if fault is not None or found is None:
            return Verdict.refused(fault or Fault("not_in_register"))
        if not same_name(record.values["name"], found.name):
            return Verdict.refused(Fault("name_differs", None, {"value": masked_name(found.name)}))
        if found.died_on is not None:
            return Verdict.refused(Fault("already_dead", None, {"value": found.died_on.isoformat()}))
        code = category_of(context, record)
        if not code:
            return Verdict.refused(Fault("empty", None, {"column": "类别"}))
        if code not in _certified(context, found.village_code).get(context.options.get("department", ""), ()):
            return Verdict.refused(Fault("not_certified_here", None, {"value": code}))
        from_on, until_on = days_of(context, record)
        if until_on is not None and until_on <= from_on:
            return Verdict.refused(Fault("until_before_from"))
        if from_on < found.birth_on:
            return Verdict.refused(Fault("from_before_birth", None, {"value": from_on.isoformat()}))
        if not plausible.may_be(code, found.birth_on, from_on):
            return Verdict.refused(Fault("of_another_age", None, {"value": found.birth_on.isoformat()}))
        held = [span for span in spans.get((found.id, code), ()) if _overlap(span, from_on, until_on)]
        if not held:
            changes = {code: [None, _said(from_on, until_on)]}
            return Verdict(Outcome.NEW, found.id, changes, place=found.village_code)
        (span, *more) = held
        covers = span.from_on <= from_on and (span.until_on is None or until_on is None or span.until_on >= until_on)
        if not more and span.until_on is None and until_on is not None:
            changes = {code: [_said(span.from_on, None), _said(span.from_on, until_on)]}
            return Verdict(Outcome.CHANGED, found.id, changes, place=found.village_code)
        if not more and covers:
            return Verdict(Outcome.SAME, found.id, place=found.village_code)
        return Verdict.refused(Fault("category_overlaps"))

    def write(self, context: Context, judged: Sequence[tuple[Record, Verdict]]) -> None:
        department = context.options.get("department", "")
        new = [(record, verdict) for record, verdict in judged if verdict.outcome == Outcome.NEW]
        bulk.copy_categories(
            actor=context.scope,
            rows=[
                (context.pooling_area, verdict.resident_id, category_of(context, record), department,
                 *days_of(context, record))
                for record, verdict in new
            ],
        )  # fmt: skip
        ended = [
            (verdict.resident_id, category_of(context, record), days_of(context, record)[1])
            for record, verdict in judged
            if verdict.outcome == Outcome.CHANGED and verdict.resident_id is not None
        ]
        lists.end_categories(
            actor=context.scope,
            pooling_area=context.pooling_area,
            rows=[(resident_id, code, until_on) for resident_id, code, until_on in ended if until_on is not None],
        )

    def undo(self, context: Context, written: Sequence[Written]) -> None:
        new, ended = [], []
        for each in written:
            for code, (was, to) in each.changes.items():
                from_on, until_on = _days(to)
                if each.resident_id is not None and was is None:
                    new.append(Span(each.resident_id, code, from_on, until_on))
                elif each.resident_id is not None and until_on is not None:
                    ended.append((each.resident_id, code, until_on))
        done = taken_back.take_back_categories(
            actor=context.scope, pooling_area=context.pooling_area, certified=new, ended=ended
        )
        if done != len(new) + len(ended):
            raise BuiltOn(written[0].row, "新的变更", "been changed again")


def _certified(context: Context, place: str) -> Certifies:
    """As the policy of the county says; asked once a list for each."""
    key = ("certified", place[:6])
    if key not in context.memory:
        context.memory[key] = certified_at(place)
    found: Certifies = context.memory[key]
    return found


def category_of(context: Context, record: Record) -> str:
    return str(record.values.get("category") or context.options.get("category") or "")


def days_of(context: Context, record: Record) -> tuple[date, date | None]:
    return record.values.get("from_on") or context.today, record.values.get("until_on")


def _overlap(span: Span, from_on: date, until_on: date | None) -> bool:
    return (span.until_on is None or span.until_on > from_on) and (until_on is None or span.from_on < until_on)


def _said(from_on: date, until_on: date | None) -> str:
    return f"{plain(from_on)} – {plain(until_on) or ''}".rstrip()


def _days(said: str) -> tuple[date, date | None]:
    """What `_said` was made of."""
    from_on, _, until_on = said.partition(" –")
    return date.fromisoformat(from_on), date.fromisoformat(until_on.strip()) if until_on else None
