"""Who works a bill run: a job of the worker, deferred in the transaction of the click that starts the run.

A killed worker leaves the run's row and its job, and lets its lock go: the next worker takes the job up and the run
goes on where it stood. Looking at a run works nothing.
"""

from __future__ import annotations

import logging

from django.conf import settings
from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from canbao.billing.actions import continue_run, start_run
from canbao.billing.models import BillRun
from canbao.kernel.binding import bound
from canbao.kernel.clock import Clock, ShiftedClock
from canbao.kernel.scope import Scope, program

# Finds the runs of every area; each is then worked with the areas of whoever started it.
WORKER = program("bill runs")
QUEUE = "bills"
log = logging.getLogger(__name__)


@transaction.atomic
def launch_run(*, actor: Scope, policy_id: str, area_code: str, clock: Clock) -> BillRun:
    """Start (or find) the run for a policy and place, with a job that works it; the row tells how far it is."""
    run = start_run(actor=actor, policy_id=policy_id, area_code=area_code, clock=clock)
    try:
        with transaction.atomic():
            work.configure(queueing_lock=f"bill-run-{run.pk}").defer(run_id=run.pk)
    except AlreadyEnqueued:
        # The run that is under way waits for a worker already.
        pass
    return run


@app.task(name="billing.run", queue=QUEUE)
def work(run_id: int) -> None:
    """Work the run to its end, unless somebody else does."""
    try:
        with bound(WORKER):
            continue_run(run_id=run_id, clock=ShiftedClock(settings.CLOCK_SHIFT_DAYS))
    except Exception as fault:
        # The run's row already says `failed` and why. The text of an error may quote a row, so the log has its type.
        log.error("bill run %s stopped: %s", run_id, type(fault).__name__)
    finally:
        connection.close()
