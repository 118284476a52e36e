"""Long lists that leave the house, made beside the web server for who asked."""

from __future__ import annotations

import logging

from django.conf import settings
from django.db import connection, transaction
from django.utils import translation
from procrastinate.contrib.django import app

from canbao.faces.console.export_tables import Asked, table_of
from canbao.intake.actions.exports import fill_file, give_up_file
from canbao.intake.queries.exports import file_to_make
from canbao.kernel.binding import bound
from canbao.kernel.clock import Clock, ShiftedClock
from canbao.kernel.scope import program
from canbao.staff import queries as staff
from canbao.staff.capabilities import Capability

# Finds the file; it is then made with what its owner may see today.
WORKER = program("exports")
QUEUE = "lists"
log = logging.getLogger(__name__)


@app.task(name="faces.export", queue=QUEUE)
def export(log_id: int) -> None:
    try:
        make_file(log_id, ShiftedClock(settings.CLOCK_SHIFT_DAYS))
    finally:
        connection.close()


def make_file(log_id: int, clock: Clock) -> None:
    """Nothing happens if it was made before. It is not made for who may not take it away any more."""
    with bound(WORKER):
        found = file_to_make(log_id)
    if found is None:
        return
    login = staff.login_with_id(found.owner_id)
    scope = None if login is None else staff.scope_of(login, Capability.EXPORT_PEOPLE, clock)
    if scope is None or not scope.covers(found.log.area_code):
        give_up_file(log_id=log_id)
        return
    try:
        with bound(scope), translation.override(found.language), transaction.atomic():
            table = table_of(scope, Asked(**found.made_of), clock)
            fill_file(
                actor=scope, log_id=log_id, name=table.name(found.log), parts=table.file(found.log), rows=table.count,
                clock=clock,
            )  # fmt: skip
    except Exception as fault:
        give_up_file(log_id=log_id)
        log.error("export %s stopped: %s", log_id, type(fault).__name__)
