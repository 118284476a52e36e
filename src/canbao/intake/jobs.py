"""Long works, done by the worker beside the web server; a job of a dead worker is taken up by another."""

from __future__ import annotations

from django.conf import settings
from procrastinate.contrib.django import app

from canbao.intake.actions import working
from canbao.kernel.clock import ShiftedClock

QUEUE = "lists"


@app.task(name="intake.preview", queue=QUEUE)
def preview(batch_id: int) -> None:
    working.preview(batch_id=batch_id, clock=ShiftedClock(settings.CLOCK_SHIFT_DAYS))


@app.task(name="intake.apply", queue=QUEUE)
def apply(batch_id: int) -> None:
    working.apply(batch_id=batch_id, clock=ShiftedClock(settings.CLOCK_SHIFT_DAYS))
