"""Lists that bring people into the register: the household population and the newborns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from canbao.intake.models import Outcome
from canbao.intake.reading.faults import CellFault, Fault
from canbao.intake.reading.records import Record
from canbao.intake.refusals import BuiltOn
from canbao.intake.sources.heads import HEAD, HINT, MEMBER, Heads
from canbao.intake.sources.heads import Judged as heads_row
from canbao.intake.sources.residents import implausible, not_here, plain, restored
from canbao.intake.sources.source import Context, Verdict, Written
from canbao.kernel.scope import lies_in
from canbao.registry import bulk, lists, taken_back
from canbao.registry.lists import Listed
from canbao.registry.pinyin import name_reading
from canbao.staff.queries.history import changed_since

_COMPARED = ("name", "kinship", "hukou_kind", "hukou_since")
_HUKOU = ("hukou_kind", "hukou_since")
_HOUSEHOLDS, _HEADS = "households", "heads"


class HouseholdPopulation:
    """People, households and kinship as public security has them. Nobody is removed for not being on the list."""

    brings_people = True

    def judge(self, context: Context, records: Sequence[Record], lock: bool = False) -> list[Verdict]:
        numbers = [record.values["id_number"] for record in records]
        known = lists.by_number(context.scope, context.pooling_area, numbers, lock=lock)
        pairs = [(record, known.get(record.values["id_number"])) for record in records]
        heads = Heads(
            context,
            [heads_row(record, found, _home_named(context, record, found)) for record, found in pairs],
            lock=lock,
        )
        return [self._verdict(context, record, found, heads) for record, found in pairs]

    def _verdict(self, context: Context, record: Record, found: Listed | None, heads: Heads) -> Verdict:
        values = record.values
        try:
            village = context.places.village(
                values.get("village_code", ""), values.get("village", ""), values.get("township", "")
            )
        except CellFault as refused:
            return Verdict.refused(Fault(refused.code, None, refused.said))
        if (moved := values.get("hukou_since")) is not None and moved < values["birth_on"]:
            return Verdict.refused(Fault("moved_before_birth"))
        if (fault := implausible(context, values["birth_on"])) is not None:
            return Verdict.refused(fault)
        if (other := self._other_head(context, record, village)) is not None:
            return Verdict.refused(Fault("second_head", None, {"row": str(other)}))
        if found is None:
            if village is None:
                return Verdict.refused(Fault("empty", None, {"column": "村居"}))
            if values.get("kinship") == "head" and _household(record, village) is None:
                return Verdict.refused(Fault("head_without_household"))
            leads = values.get("kinship") != HEAD or heads.may_lead(record, None, _household(record, village))
            return Verdict(Outcome.NEW, place=village, reasons=[] if leads else [Fault(HINT)])
        if not lies_in(found.village_code, context.area_code):
            return Verdict.refused(Fault("outside_area"))
        if found.died_on is not None:
            return Verdict.refused(Fault("already_dead", None, {"value": found.died_on.isoformat()}))
        wanted = {field: values[field] for field in _COMPARED if field in values}
        if found.household_id is None:
            home = _household(record, village or found.village_code)
            if home is not None:
                wanted["household_id"] = values.get("head_name") or values["name"]
            elif wanted.get("kinship") == "head":
                return Verdict.refused(Fault("head_without_household"))
        if "hukou" in found.dated and any(wanted.get(field) not in (None, getattr(found, field)) for field in _HUKOU):
            return Verdict.refused(Fault("dated_already"))
        hints = []
        home_named = _household(record, village or found.village_code)
        if wanted.get("kinship") == HEAD and not heads.may_lead(record, found, home_named):
            hints = [Fault(HINT)]
            wanted["kinship"] = MEMBER if found.household_id is None else found.kinship
        if village is not None:
            wanted["village_code"] = village
        changes = {
            field: [plain(now), plain(value)]
            for field, value in wanted.items()
            if (now := getattr(found, field)) != value
        }
        outcome = Outcome.CHANGED if changes else Outcome.SAME
        return Verdict(outcome, found.id, changes, hints, village or found.village_code)

    def _other_head(self, context: Context, record: Record, village: str | None) -> int | None:
        """The row of the household's other head in this file."""
        key = _household(record, village or "") if record.values.get("kinship") == "head" else None
        if key is None:
            return None
        first: int = context.memory.setdefault((_HEADS, key), record.row)
        return first if (first, record.part) != (record.row, record.part) else None

    def write(self, context: Context, judged: Sequence[tuple[Record, Verdict]]) -> None:
        homeless = [
            (record, verdict)
            for record, verdict in judged
            if verdict.outcome == Outcome.NEW or "household_id" in verdict.changes
        ]
        households = self._households(context, judged, homeless)
        changed = []
        for record, verdict in judged:
            if verdict.outcome == Outcome.CHANGED and verdict.resident_id is not None:
                fields = {field: to for field, (_, to) in verdict.changes.items()}
                if "household_id" in fields:
                    fields["household_id"] = households[_household(record, verdict.place)]
                if "name" in fields:
                    fields["pinyin"], fields["initials"] = _reading(fields["name"])
                changed.append((verdict.resident_id, fields))
        self._make_way(context, judged, households)
        lists.change(actor=context.scope, pooling_area=context.pooling_area, rows=changed)
        self._add(context, judged, households)

    def undo(self, context: Context, written: Sequence[Written]) -> None:
        rows = restored(context, written)
        for _, fields in rows:
            if "name" in fields:
                fields["pinyin"], fields["initials"] = _reading(fields["name"])
        joined = [resident_id for resident_id, fields in rows if "household_id" in fields]
        homes = set(lists.households_of(context.scope, context.pooling_area, joined).values())
        lists.change(actor=context.scope, pooling_area=context.pooling_area, rows=rows)
        remove_new(context, written)
        taken_back.remove_empty(actor=context.scope, pooling_area=context.pooling_area, household_ids=homes)

    def _make_way(
        self, context: Context, judged: Sequence[tuple[Record, Verdict]], households: dict[tuple[str, str], int]
    ) -> None:
        """Whoever is the head of a household that gets another one becomes a member."""
        leading = [
            (record, verdict)
            for record, verdict in judged
            if verdict.changes.get("kinship", [None, None])[1] == HEAD
            or (verdict.outcome == Outcome.NEW and record.values.get("kinship") == HEAD and not verdict.reasons)
        ]
        known = [verdict.resident_id for _, verdict in leading if verdict.outcome == Outcome.CHANGED]
        held = lists.households_of(context.scope, context.pooling_area, [each for each in known if each is not None])
        names = {
            home: record.values["name"]
            for record, verdict in leading
            if (home := held.get(verdict.resident_id or 0) or households.get(_household(record, verdict.place)))
        }
        lists.make_way(actor=context.scope, pooling_area=context.pooling_area, heads=names)

    def _add(
        self, context: Context, judged: Sequence[tuple[Record, Verdict]], households: dict[tuple[str, str], int]
    ) -> None:
        new = [(record, verdict) for record, verdict in judged if verdict.outcome == Outcome.NEW]
        rows = []
        for record, verdict in new:
            values = record.values
            rows.append(
                resident_row(
                    context,
                    id=verdict.resident_id,
                    household_id=households.get(_household(record, verdict.place)),
                    kinship=MEMBER if verdict.reasons else values.get("kinship"),
                    village_code=verdict.place,
                    name=values["name"],
                    id_number=values["id_number"],
                    birth_on=values["birth_on"],
                    sex=values["sex"],
                    hukou_area=verdict.place,
                    hukou_kind=values.get("hukou_kind"),
                    hukou_since=values.get("hukou_since"),
                )
            )
        bulk.copy_residents(actor=context.scope, rows=rows)

    def _households(
        self,
        context: Context,
        judged: Sequence[tuple[Record, Verdict]],
        new: Sequence[tuple[Record, Verdict]],
    ) -> dict[tuple[str, str], int]:
        """The household of each new person: that of a member who is known, else a new one."""
        found: dict[tuple[str, str], int] = context.memory.setdefault(_HOUSEHOLDS, {})
        known = {verdict.resident_id for _, verdict in judged if verdict.outcome in (Outcome.CHANGED, Outcome.SAME)}
        held = lists.households_of(context.scope, context.pooling_area, [each for each in known if each is not None])
        for record, verdict in judged:
            household_id = held.get(verdict.resident_id or 0)
            if household_id is not None and (key := _household(record, verdict.place)) is not None:
                found.setdefault(key, household_id)
        missing: dict[tuple[str, str], str] = {}
        for record, verdict in new:
            key = _household(record, verdict.place)
            if key is not None and key not in found:
                head = record.values.get("head_name")
                if head or record.values.get("kinship") == "head":
                    missing[key] = head or record.values["name"]
                else:
                    missing.setdefault(key, record.values["name"])
        ids = bulk.next_household_ids(len(missing))
        bulk.copy_households(
            actor=context.scope,
            rows=[
                (household_id, context.pooling_area, village, head)
                for household_id, ((village, _), head) in zip(ids, missing.items(), strict=True)
            ],
        )
        found.update(zip(missing, ids, strict=True))
        return found


def _home_named(context: Context, record: Record, found: Listed | None) -> Any:
    """As `_household`, in the village that the record means; None where it means none."""
    values = record.values
    try:
        village = context.places.village(
            values.get("village_code", ""), values.get("village", ""), values.get("township", "")
        )
    except CellFault:
        return None
    place = village or (found.village_code if found is not None else None)
    return _household(record, place) if place is not None else None


def _household(record: Record, village: str) -> Any:
    """What names the household in the file: its number, or its head; None where the list has neither."""
    values = record.values
    if number := values.get("household_no"):
        return village, f"#{number}"
    if record.together or values.get("head_name"):
        return village, f"{values.get('head_name', '')} {record.row if record.together else ''}"
    return None


class Newborns:
    """Children as the hospital of birth knows them: in the mother's household and village, mostly without a number."""

    brings_people = True

    def judge(self, context: Context, records: Sequence[Record], lock: bool = False) -> list[Verdict]:
        mothers = lists.by_number(
            context.scope, context.pooling_area, [record.values["mother_id_number"] for record in records]
        )
        numbers = [number for record in records if (number := record.values.get("id_number"))]
        known = lists.by_number(context.scope, context.pooling_area, numbers, lock=lock)
        births = [(record.values["name"], record.values["birth_on"]) for record in records]
        born = lists.without_number(context.scope, context.pooling_area, births)
        return [self._verdict(context, record, mothers, known, born) for record in records]

    def _verdict(
        self,
        context: Context,
        record: Record,
        mothers: dict[str, Listed],
        known: dict[str, Listed],
        born: Iterable[Listed],
    ) -> Verdict:
        values = record.values
        mother = mothers.get(values["mother_id_number"])
        if mother is None:
            return Verdict.refused(Fault("mother_unknown"))
        if (fault := not_here(context, mother)) is not None:
            return Verdict.refused(fault)
        if (fault := implausible(context, values["birth_on"])) is not None:
            return Verdict.refused(fault)
        child = known.get(values.get("id_number", ""))
        if child is None:
            child = next(
                (
                    each
                    for each in born
                    if each.name == values["name"]
                    and each.birth_on == values["birth_on"]
                    and each.village_code == mother.village_code
                ),
                None,
            )
        if child is not None:
            return Verdict(Outcome.SAME, child.id, place=child.village_code)
        context.memory[record.sheet, record.row, record.part] = (mother.household_id, mother.village_code)
        return Verdict(Outcome.NEW, place=mother.village_code)

    def write(self, context: Context, judged: Sequence[tuple[Record, Verdict]]) -> None:
        new = [(record, verdict) for record, verdict in judged if verdict.outcome == Outcome.NEW]
        rows = []
        for record, verdict in new:
            household_id, village = context.memory.pop((record.sheet, record.row, record.part))
            values = record.values
            rows.append(
                resident_row(
                    context, id=verdict.resident_id, household_id=household_id, kinship=None, village_code=village,
                    name=values["name"], id_number=values.get("id_number"), birth_on=values["birth_on"],
                    sex=values["sex"], hukou_area=None, hukou_kind=None, hukou_since=None,
                )
            )  # fmt: skip
        bulk.copy_residents(actor=context.scope, rows=rows)

    def undo(self, context: Context, written: Sequence[Written]) -> None:
        remove_new(context, written)


# What may rest on a person, by the table whose key says so.
_RESTING = {
    "enrolment_enrolment": ("参保登记", "an enrolment"),
    "enrolment_application": ("参保申请", "an application"),
    "billing_bill": ("应缴单", "a bill"),
    "registry_residentfact": ("带日期的登记事项", "dated facts"),
    "registry_residentcategory": ("资助类别", "a category of aid"),
    "registry_formerdocument": ("更换过的证件号码", "a former number"),
    "registry_merge": ("合并记录", "a merge"),
    "registry_formermember": ("离开过的户", "a household that was left"),
    "registry_notsame": ("重复人员的核对结论", "a decision about a pair"),
}


def remove_new(context: Context, written: Sequence[Written]) -> None:
    """Take out whom the rows brought in. BuiltOn if somebody was changed, or something rests on somebody."""
    new = {each.resident_id: each.row for each in written if each.outcome == Outcome.NEW and each.resident_id}
    if not new or context.applied_at is None:
        return
    lists.locked(context.scope, context.pooling_area, new)
    for key in changed_since("registry_resident", list(new), context.applied_at):
        raise BuiltOn(new[int(key)], "新的变更", "been changed")
    resting = taken_back.resting_on(context.scope, context.pooling_area, new)
    if resting is not None:
        raise BuiltOn(new[resting.resident_id], *_RESTING.get(resting.table, ("其他记录", "other records")))
    taken_back.remove(actor=context.scope, pooling_area=context.pooling_area, resident_ids=new)


_EMPTY = {
    "document_kind": "resident_id", "residence_permit": "none", "student": "none", "employee_insured": False,
    "insured_elsewhere": False, "covered_years": [], "attributes": "{}", "invented": False,
}  # fmt: skip
_EMPTY_ROW = [_EMPTY.get(column) for column in bulk.RESIDENT_COLUMNS]
_AT = {column: at for at, column in enumerate(bulk.RESIDENT_COLUMNS)}
# Names come again and again: half of a county shares 20,000 of them.
_reading = lru_cache(65_536)(name_reading)


def resident_row(context: Context, **values: Any) -> list[Any]:
    """A row for bulk.copy_residents; what a list does not say is empty."""
    row = _EMPTY_ROW.copy()
    values["pooling_area"] = context.pooling_area
    values["pinyin"], values["initials"] = _reading(values["name"])
    for column, value in values.items():
        row[_AT[column]] = value
    return row
