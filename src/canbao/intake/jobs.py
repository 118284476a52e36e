"""Long works, done by the worker beside the web server; a job of a dead worker is taken up by another."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.db import connection
from procrastinate import JobContext
from procrastinate.contrib.django import app

from canbao.intake.actions import exports, removing, working
from canbao.kernel.clock import ShiftedClock

QUEUE = "lists"
DEAD_AFTER_SECONDS = 15


@app.task(name="intake.preview", queue=QUEUE)
def preview(batch_id: int) -> None:
    _work(working.preview, batch_id)


@app.task(name="intake.apply", queue=QUEUE)
def apply(batch_id: int) -> None:
    _work(working.apply, batch_id)


@app.task(name="intake.undo", queue=QUEUE)
def undo(batch_id: int) -> None:
    _work(working.undo, batch_id)


@app.periodic(cron="23 * * * *")
@app.task(name="intake.remove_old", queue=QUEUE, queueing_lock="remove-old")
def remove_old(timestamp: int) -> None:
    """Every hour, since a machine that sleeps at night would never do it."""
    try:
        clock = ShiftedClock(settings.CLOCK_SHIFT_DAYS)
        removing.remove_old(clock=clock)
        exports.remove_files(clock=clock)
    finally:
        connection.close()


def _work(what: Callable[..., None], batch_id: int) -> None:
    """On a thread of the worker, whose connection ends with the job."""
    try:
        what(batch_id=batch_id, clock=ShiftedClock(settings.CLOCK_SHIFT_DAYS))
    finally:
        connection.close()


@app.periodic(cron="* * * * * */5")
@app.task(name="intake.take_up", queue=QUEUE, queueing_lock="take-up", pass_context=True)
async def take_up(context: JobContext, timestamp: int) -> None:
    """Give back the jobs of workers that died, to be begun anew."""
    jobs = context.app.job_manager
    for job in await jobs.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER_SECONDS):
        await jobs.retry_job(job)
