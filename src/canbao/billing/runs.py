"""Who works a bill run: a thread of the web process that a closed page does not stop.

A killed process leaves the run's row and lets its lock go. `resume_runs` takes such runs up again at the program's
start; so does `launch_run` when somebody asks for the same bills again. Looking at a run works nothing.
"""

from __future__ import annotations

import logging
import threading

from django.db import connection

from canbao.billing.actions import continue_run, start_run
from canbao.billing.models import BillRun
from canbao.billing.queries import runs_under_way
from canbao.kernel.binding import bound
from canbao.kernel.clock import Clock, SystemClock
from canbao.kernel.scope import Scope, program

# Finds the runs of every area; each is then worked with the areas of whoever started it.
WORKER = program("bill runs")
log = logging.getLogger(__name__)


def launch_run(*, actor: Scope, policy_id: str, area_code: str, clock: Clock) -> BillRun:
    """Start (or find) the run for a policy and place and let a thread work it; the row tells how far it is."""
    run = start_run(actor=actor, policy_id=policy_id, area_code=area_code, clock=clock)
    _in_background(run.pk, clock)
    return run


def resume_runs(clock: Clock | None = None) -> int:
    """Work every run that is under way and has no worker; how many threads were started for it."""
    with bound(WORKER):
        ids = runs_under_way()
    for run_id in ids:
        _in_background(run_id, clock or SystemClock())
    return len(ids)


def _in_background(run_id: int, clock: Clock) -> threading.Thread:
    thread = threading.Thread(target=_work, args=(run_id, clock), name=f"bill-run-{run_id}", daemon=True)
    thread.start()
    return thread


def _work(run_id: int, clock: Clock) -> None:
    try:
        with bound(WORKER):
            continue_run(run_id=run_id, clock=clock)
    except Exception as fault:
        # The run's row already says `failed` and why. The text of an error may quote a row, so the log has its type.
        log.error("bill run %s stopped: %s", run_id, type(fault).__name__)
    finally:
        connection.close()
