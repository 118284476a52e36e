"""What the worker does when a day passes."""

from __future__ import annotations

from django.conf import settings
from django.db import connection
from procrastinate.contrib.django import app

from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import ShiftedClock
from canbao.kernel.scope import program
from canbao.registry.actions.days import renew_days

WORKER = program("按日更新", Capability.KEEP_REGISTER)


@app.periodic(cron="* * * * *")
@app.task(name="registry.renew_days", queue="days", queueing_lock="renew-days")
def renew(timestamp: int) -> None:
    """Every minute, so that lists are true within a minute of midnight and of a start, whenever that is."""
    try:
        renew_days(actor=WORKER, clock=ShiftedClock(settings.CLOCK_SHIFT_DAYS))
    finally:
        connection.close()
