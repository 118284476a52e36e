"""Loading the divisions: all at once by COPY, and a code that a new edition drops keeps its name."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

from django.db import connection, transaction

from canbao.areas.divisions import divisions, edition
from canbao.areas.models import Area, AreaSource, PoolingArea
from canbao.areas.refusals import UnknownArea
from canbao.kernel.capabilities import Capability
from canbao.kernel.scope import Scope

_COLUMNS = "code, name, pinyin, initials, level, parent_id, prefix, is_grouping"


@transaction.atomic
def load_divisions(
    *, actor: Scope, folder: Path, served: Sequence[str], progress: Callable[[str], None] = lambda line: None
) -> AreaSource:
    """Load the package in `folder`, down to the village for the `served` areas. The same again changes nothing."""
    actor.require(Capability.LOAD_AREAS)
    about = edition(folder)
    key = " ".join((about.name, about.version, *sorted(served)))
    digest = hashlib.sha256(key.encode()).hexdigest()
    known = AreaSource.objects.filter(name=about.name, digest=digest).first()
    if known is not None:
        return known
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE incoming (LIKE areas_area) ON COMMIT DROP")
        with cursor.copy(f"COPY incoming ({_COLUMNS}) FROM STDIN") as copy:
            for division in divisions(folder, served):
                copy.write_row(division.row())
        changes = ", ".join(f"{column} = excluded.{column}" for column in _COLUMNS.split(", ")[1:])
        cursor.execute(
            f"INSERT INTO areas_area ({_COLUMNS}) SELECT {_COLUMNS} FROM incoming "
            f"ON CONFLICT (code) DO UPDATE SET {changes}"
        )
        count = cursor.rowcount
    progress(f"{about.name} {about.version} ({about.data_on}): {count:,}")
    return AreaSource.objects.create(
        name=about.name, version=about.version, data_on=about.data_on, digest=digest, area_count=count
    )


@transaction.atomic
def name_pooling_areas(*, actor: Scope, codes: Sequence[str]) -> list[PoolingArea]:
    """Make sure each pooling area exists, called as its division is; UnknownArea if there is no such division."""
    actor.require(Capability.LOAD_AREAS)
    names = dict(Area.objects.filter(code__in=codes).values_list("code", "name"))
    made = []
    for code in sorted(set(codes)):
        if code not in names:
            raise UnknownArea(code)
        made.append(PoolingArea.objects.update_or_create(code=code, defaults={"name": names[code]})[0])
    return made
