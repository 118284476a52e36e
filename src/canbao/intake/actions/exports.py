"""Letting a list of people leave the house: limited, and written down before it goes."""

from __future__ import annotations

from collections.abc import Mapping

from canbao.intake import refusals
from canbao.intake.models import ExportLog
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope

EXPORT_ROWS_MAX = 20_000
_PURPOSE_MAX = 200


def record_export(
    *,
    actor: Scope,
    area_code: str,
    what: str,
    query: Mapping[str, str],
    purpose: str,
    form: str,
    rows: int,
    clock: Clock,
) -> ExportLog:
    """The line in the log that a list may leave on. Refuses `purpose_missing`, `too_many_people`."""
    actor.require(Capability.EXPORT_PEOPLE, area_code)
    said = " ".join(purpose.split())[:_PURPOSE_MAX]
    if not said:
        raise refusals.purpose_missing()
    if rows > EXPORT_ROWS_MAX:
        raise refusals.too_many_people(rows, EXPORT_ROWS_MAX)
    return ExportLog.objects.create(
        area_code=area_code, what=what, query=dict(query), purpose=said, form=form, rows=rows,
        actor_id=actor.actor_id, actor_name=actor.actor_name, at=clock.now(),
    )  # fmt: skip
