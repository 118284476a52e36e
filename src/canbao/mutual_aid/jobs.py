"""What the worker does for mutual aid: works a group's run, deducts for the approved, sends the messages."""

from __future__ import annotations

import logging

from django.conf import settings
from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from canbao.kernel.binding import bound
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock, ShiftedClock
from canbao.kernel.scope import program
from canbao.mutual_aid import queries
from canbao.mutual_aid.actions import continue_run, send_message, sweep
from canbao.mutual_aid.models import AidRun
from canbao.payments.calling import over_http
from canbao.payments.partners.partner import Call

WORKER = program("mutual aid", Capability.KEEP_MUTUAL_AID, Capability.HEAR_CHANNELS)
QUEUE = "mutual_aid"
AT_ONCE = 50
log = logging.getLogger(__name__)


def launch(run: AidRun) -> None:
    """A job that works the run, in the caller's transaction."""
    try:
        with transaction.atomic():
            work.configure(queueing_lock=f"aid-run-{run.pk}").defer(run_id=run.pk)
    except AlreadyEnqueued:
        pass


@app.task(name="mutual_aid.run", queue=QUEUE)
def work(run_id: int) -> None:
    """Work the run to its end, unless somebody else does."""
    try:
        with bound(WORKER):
            continue_run(run_id=run_id, clock=ShiftedClock(settings.CLOCK_SHIFT_DAYS))
    except Exception as fault:
        # The run's row already says `failed`. The text of an error may quote a row, so the log has its type.
        log.error("mutual aid run %s stopped: %s", run_id, type(fault).__name__)
    finally:
        connection.close()


@app.periodic(cron="* * * * * */20")
@app.task(name="mutual_aid.sweep", queue=QUEUE, queueing_lock="mutual-aid-sweep")
def swept(timestamp: int) -> None:
    try:
        one_round(over_http, ShiftedClock(settings.CLOCK_SHIFT_DAYS))
    finally:
        connection.close()


def one_round(call: Call, clock: Clock) -> int:
    """Everything that is due now; how much it was."""
    with bound(WORKER):
        done = 0
        try:
            done = sweep(actor=WORKER, clock=clock)
        except Exception as fault:
            # People are still told what is known. The text of an error may quote a row, so the log has its type.
            log.error("mutual aid sweep stopped: %s", type(fault).__name__)
        if settings.MESSAGES_URL:
            for message in queries.messages_to_send(clock.now(), AT_ONCE):
                send_message(actor=WORKER, message=message, address=settings.MESSAGES_URL, call=call, clock=clock)
                done += 1
    return done
