"""What changed in the record of a person, when and by whom, and how it was known on a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Model

from canbao.kernel.capabilities import Capability
from canbao.kernel.scope import Scope
from canbao.registry.models import FormerDocument, FormerMember, Household, Resident, ResidentCategory, ResidentFact
from canbao.registry.queries.people import household, household_members, resident, visible
from canbao.registry.refusals import HouseholdNotFound
from canbao.staff.models import Change, ChangeKind
from canbao.staff.queries import history

_PARTS: tuple[type[Model], ...] = (ResidentFact, ResidentCategory, FormerDocument)
_SEALED = ("_sealed", "_index", "_tail")


@dataclass(frozen=True)
class Event:
    """A row of the record came, changed or went. `before` and `after` hold the columns that changed; what lies sealed
    is named in `sealed` and shown in neither.
    """

    at: datetime
    by: str
    table: str
    row: Mapping[str, Any]
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    sealed: tuple[str, ...] = ()
    gone: bool = False


@dataclass(frozen=True)
class Known:
    """The record as it was known at a moment: columns as JSON has them."""

    resident: Mapping[str, Any]
    facts: list[Mapping[str, Any]]
    categories: list[Mapping[str, Any]]


def events(scope: Scope, resident_id: int) -> list[Event]:
    """Everything that is known to have changed, the latest first. ResidentNotFound outside the scope."""
    person = resident(scope, resident_id)
    found = _events_of(scope, Resident, str(person.pk))
    for model in _PARTS:
        table = model._meta.db_table
        for row_id in _row_ids(model, person):
            found += _events_of(scope, model, row_id)
        for change in _gone(table, person):
            found.append(Event(change.at, change.actor_name, table, _open(change.old), gone=True))
    return sorted(found, key=lambda event: event.at, reverse=True)


def household_events(scope: Scope, household_id: int) -> list[Event]:
    """What changed of a household and who came, left, or became something else to its head; the latest first.

    HouseholdNotFound outside the scope. People are those whom the scope shows; `row` of somebody who left has no name
    where it does not.
    """
    found = household(scope, household_id)
    if found is None:
        raise HouseholdNotFound
    told = _events_of(scope, Household, str(found.pk))
    for member in household_members(scope, found.pk):
        told += [
            event
            for event in _events_of(scope, Resident, str(member.pk))
            if not event.after or event.after.keys() & {"household_id", "kinship"}
        ]
    left = list(FormerMember.objects.filter(pooling_area=found.pooling_area, household=found))
    shown = visible(scope).in_bulk({row.resident_id for row in left})
    for row in left:
        person = shown.get(row.resident_id)
        said = {"resident_id": row.resident_id if person else None, "name": person.name if person else ""}
        told.append(
            Event(row.until_at, row.by, FormerMember._meta.db_table, said | {"kinship": row.kinship}, gone=True)
        )
    return sorted(told, key=lambda event: event.at, reverse=True)


def as_known(scope: Scope, resident_id: int, moment: datetime) -> Known | None:
    """How the record read at that moment; None if the person was not in the register yet. ResidentNotFound outside."""
    person = resident(scope, resident_id)
    version = history.as_known(scope, Resident._meta.db_table, person.pk, moment)
    if version is None:
        return None
    parts = {model: _known_rows(scope, model, person, moment) for model in (ResidentFact, ResidentCategory)}
    return Known(_open(version.values), parts[ResidentFact], parts[ResidentCategory])


def _known_rows(scope: Scope, model: type[Model], person: Resident, moment: datetime) -> list[Mapping[str, Any]]:
    table = model._meta.db_table
    ids = [*_row_ids(model, person), *(change.row_id for change in _gone(table, person))]
    versions = (history.as_known(scope, table, row_id, moment) for row_id in dict.fromkeys(ids))
    return sorted((_open(version.values) for version in versions if version), key=lambda row: str(row["from_on"]))


def _row_ids(model: type[Model], person: Resident) -> list[str]:
    rows = model._default_manager.filter(pooling_area=person.pooling_area, resident_id=person.pk)
    return [str(key) for key in rows.values_list("pk", flat=True)]


def _gone(table: str, person: Resident) -> list[Change]:
    changes = Change.objects.filter(table_name=table, kind=ChangeKind.DELETE, old__resident_id=person.pk)
    return list(changes.filter(old__pooling_area=person.pooling_area))


def _events_of(scope: Scope, model: type[Model], row_id: str) -> list[Event]:
    table = model._meta.db_table
    versions = history.versions(scope, table, row_id)
    found = []
    for newer, older in zip(versions, [*versions[1:], None], strict=True):
        if newer.purpose == Capability.KEEP_KEYS:
            # Sealed again under another key: nothing of the person changed.
            continue
        changed = [column for column in newer.changed if column != "known_since"]
        found.append(
            Event(
                newer.known_from,
                newer.made_by,
                table,
                _open(newer.values),
                {column: older.values.get(column) for column in changed if _is_open(column)} if older else {},
                {column: newer.values.get(column) for column in changed if _is_open(column)},
                tuple(sorted({column.rsplit("_", 1)[0] for column in changed if not _is_open(column)})),
            )
        )
    return found


def _open(values: Mapping[str, Any]) -> dict[str, Any]:
    return {column: value for column, value in values.items() if _is_open(column)}


def _is_open(column: str) -> bool:
    return not column.endswith(_SEALED)
