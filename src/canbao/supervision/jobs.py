"""Counting villages anew beside the web server, so that whoever opens a page finds little left to count."""

from __future__ import annotations

from django.conf import settings
from django.db import connection
from procrastinate.contrib.django import app

from canbao.kernel.binding import bound
from canbao.kernel.clock import ShiftedClock
from canbao.kernel.scope import program
from canbao.supervision.counts import count_everywhere

QUEUE = "counts"


@app.periodic(cron="* * * * *")
@app.task(name="supervision.count", queue=QUEUE, queueing_lock="count-villages")
def count(timestamp: int) -> None:
    """Every minute, for the policies of this year and later whose places have people."""
    scope = program("counts")
    try:
        with bound(scope):
            count_everywhere(scope, ShiftedClock(settings.CLOCK_SHIFT_DAYS))
    finally:
        connection.close()
