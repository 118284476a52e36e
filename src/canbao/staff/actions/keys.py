"""Whatever lies sealed in any room, sealed again under the active key.

A room names its models with their sealed columns in its AppConfig: `sealed = {"Resident": ("number_sealed",)}`. Such a
model seals all that it holds anew, with the indexes, in `seal_again()`. What lies sealed outside the database is named
by the function that seals it again, and yields how many at a time: `sealed_files = "canbao.room.files.seal_again"`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Protocol, cast

from django.apps import apps
from django.db import connection, transaction
from django.db.models import BinaryField, Model, Q, QuerySet
from django.db.models.functions import Substr
from django.db.models.lookups import Exact
from django.utils.module_loading import import_string
from psycopg import sql

from canbao.kernel.binding import bound
from canbao.kernel.capabilities import Capability
from canbao.kernel.scope import Scope
from canbao.kernel.vault import VaultFault, ring

BATCH = 1000
_NEWEST = 5
_LOCK = int.from_bytes(b"keys")


class _Sealing(Protocol):
    def seal_again(self) -> None: ...


def sealed_columns() -> dict[type[Model], tuple[str, ...]]:
    """Every declared model with the columns that begin with the id of a key."""
    return {
        config.get_model(name): columns
        for config in apps.get_app_configs()
        for name, columns in getattr(config, "sealed", {}).items()
    }


def rotate_keys(*, actor: Scope) -> Iterator[int]:
    """Seal again, under the active key, whatever stands under another one; yields how many each batch changed.

    Each batch is a transaction of its own, so an interrupted rotation goes on where it stopped, and clerks write
    meanwhile: a row is locked for the moment of its batch and read again under the lock. What a process that was not
    started again still writes under another key is found by another pass, so the last pass finds nothing.
    """
    actor.require(Capability.KEEP_KEYS)
    _in_turn("lock")
    try:
        for model, columns in sealed_columns().items():
            changed = True
            while changed:
                changed = False
                for count in _passed(replace(actor, purpose=Capability.KEEP_KEYS), model, columns):
                    changed = True
                    yield count
        for config in apps.get_app_configs():
            if again := getattr(config, "sealed_files", None):
                yield from import_string(again)()
    finally:
        _in_turn("unlock")


def unknown_key() -> str | None:
    """The id of a key that something is sealed under and that is not in the ring; looks at the newest rows only."""
    ids = set()
    for model, columns in sealed_columns().items():
        for column in columns:
            kept = model._default_manager.filter(**{f"{column}__isnull": False})
            newest = kept.order_by("-pk").values_list(column, flat=True)[:_NEWEST]
            ids |= {bytes(cast(bytes, sealed))[: len(ring().active_id)] for sealed in newest}
    return next((key.hex() for key in sorted(ids) if not ring().knows(key)), None)


def _in_turn(verb: str) -> None:
    """A second rotation waits for the first."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_{verb}(%s)", [_LOCK])


def _passed(actor: Scope, model: type[Model], columns: Sequence[str]) -> Iterator[int]:
    """One pass over a table, in batches."""
    stale, last = _stale(model, columns), 0
    written = [str(field.column) for field in model._meta.concrete_fields if isinstance(field, BinaryField)]
    while True:
        with bound(actor), transaction.atomic():
            batch = list(stale.filter(pk__gt=last).select_for_update(of=("self",), no_key=True)[:BATCH])
            for row in batch:
                try:
                    cast(_Sealing, row).seal_again()
                except VaultFault as fault:
                    raise VaultFault(f"{model._meta.db_table}, row {row.pk}: {fault}") from fault
            if batch:
                _write(model, written, batch)
        if not batch:
            return
        last = batch[-1].pk
        yield len(batch)


def _stale(model: type[Model], columns: Sequence[str]) -> QuerySet[Any]:
    stale = Q()
    for column in columns:
        key = Substr(column, 1, len(ring().active_id), output_field=BinaryField())
        stale |= Q(~Q(Exact(key, ring().active_id)), **{f"{column}__isnull": False})
    return model._default_manager.filter(stale).order_by("pk")


def _write(model: type[Model], columns: Sequence[str], batch: Sequence[Model]) -> None:
    names = [sql.Identifier(column) for column in columns]
    statement = sql.SQL(
        "UPDATE {table} r SET {sets} FROM unnest(%s::bigint[], {arrays}) AS new (id, {names}) WHERE r.{key} = new.id"
    ).format(
        table=sql.Identifier(model._meta.db_table),
        key=sql.Identifier(str(cast(Any, model._meta.pk).column)),
        sets=sql.SQL(", ").join(sql.SQL("{0} = new.{0}").format(name) for name in names),
        arrays=sql.SQL(", ").join([sql.SQL("%s::bytea[]")] * len(names)),
        names=sql.SQL(", ").join(names),
    )
    values = [[getattr(row, column) for row in batch] for column in columns]
    with connection.cursor() as cursor:
        cursor.execute(statement, [[row.pk for row in batch], *values])
