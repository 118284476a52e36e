"""How a row of a table that keeps its history was at any moment, and who changed it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Model
from psycopg import sql

from canbao.kernel.scope import Scope, area_prefix
from canbao.staff.models import Addition, Change, ChangeKind

RowId = int | str | Sequence[int | str]


@dataclass(frozen=True)
class Version:
    """A row as it stood from one moment until another (None: still). `values` are columns as JSON has them: days and
    moments as ISO text, bytes as hexadecimal. `made_by` changed the row into this, or made it; nobody for a row that
    came in bulk, by a list that says who handed it in.
    """

    known_from: datetime
    known_until: datetime | None
    made_by: str
    made_by_id: int | None
    purpose: str
    changed: tuple[str, ...]
    values: Mapping[str, Any]


def tables() -> dict[str, type[Model]]:
    """Table → model of everything that keeps its history."""
    models = [
        config.get_model(name) for config in apps.get_app_configs() for name in getattr(config, "keeps_history", ())
    ]
    return {model._meta.db_table: model for model in models}


def versions(scope: Scope, table: str, row_id: RowId) -> list[Version]:
    """Every version of a row, the latest first; none for a row that is not there or lies outside the scope.

    `row_id` is the key, or a sequence of its columns. KeyError if the table keeps no history.
    """
    key = _key(row_id)
    model = tables()[table]
    row = _row_now(model, table, key)
    changes = list(Change.objects.filter(table_name=table, row_id=key).order_by("-id"))
    if row is None and (not changes or changes[0].kind != ChangeKind.DELETE):
        return []
    values = row if row is not None else changes[0].old
    if not _is_inside(scope, model, values):
        return []
    first_known = datetime.fromisoformat(values["known_since"])
    found: list[Version] = []
    until: datetime | None = None
    for change in changes:
        if change.kind == ChangeKind.UPDATE:
            found.append(
                Version(
                    change.at, until, change.actor_name, change.actor_id, change.purpose, tuple(change.changed), values
                )
            )
            values = {**values, **change.old}
        until = change.at
    maker = Addition.objects.filter(table_name=table, row_id=key).first()
    by = (maker.actor_name, maker.actor_id, maker.purpose) if maker else ("", None, "")
    found.append(Version(first_known, until, *by, (), values))
    return found


def as_known(scope: Scope, table: str, row_id: RowId, moment: datetime) -> Version | None:
    """The row as it was known at that moment; None if it was not there yet, or no longer, or is outside the scope."""
    for version in versions(scope, table, row_id):
        if version.known_from <= moment and (version.known_until is None or moment < version.known_until):
            return version
    return None


def changed_since(table: str, row_ids: Collection[RowId], moment: datetime) -> list[str]:
    """Which rows of a table changed after a moment, by key. For what the program itself has to know: no scope."""
    keys = [_key(row_id) for row_id in row_ids]
    changes = Change.objects.filter(table_name=table, row_id__in=keys, at__gt=moment)
    return list(changes.values_list("row_id", flat=True).distinct())


def _key(row_id: RowId) -> str:
    return str(row_id) if isinstance(row_id, str | int) else ",".join(str(part) for part in row_id)


def _row_now(model: type[Model], table: str, key: str) -> dict[str, Any] | None:
    columns = [sql.SQL("{}::text").format(sql.Identifier(str(field.column))) for field in model._meta.pk_fields]
    statement = sql.SQL("SELECT to_jsonb(t) FROM {} t WHERE ({}) = ({})").format(
        sql.Identifier(table), sql.SQL(", ").join(columns), sql.SQL(", ").join([sql.Placeholder()] * len(columns))
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, key.split(",", len(columns) - 1))
        row = cursor.fetchone()
    return None if row is None else _as_dict(row[0])


def _as_dict(value: Any) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(value) if isinstance(value, str) else value
    return loaded


def _is_inside(scope: Scope, model: type[Model], values: Mapping[str, Any]) -> bool:
    """By the column that guards the table: another may name an area too, as that of a school far away."""
    guards: Mapping[str, str] = getattr(model._meta.app_config, "guarded", {})
    column = guards.get(model.__name__)
    place = values.get(column) if column else values.get("village_code") or values.get("area_code")
    if place and column != "pooling_area":
        return scope.covers(place)
    fund = area_prefix(values.get("pooling_area") or "")
    return any(fund.startswith(own) or own.startswith(fund) for own in scope.prefixes)
