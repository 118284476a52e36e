"""What the worker does for channels: asks about attempts when it is time, sends refunds, judges what was left over, and
hands receipts' messages to their sender.
"""

from __future__ import annotations

from django.conf import settings
from procrastinate.contrib.django import app

from canbao.kernel.binding import bound
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock, ShiftedClock
from canbao.kernel.scope import program
from canbao.payments import actions, queries
from canbao.payments.calling import over_http
from canbao.payments.partners.partner import Call
from canbao.payments.queries import collectors

QUEUE = "channels"
WORKER = program("channels", Capability.HEAR_CHANNELS)
AT_ONCE = 50


@app.periodic(cron="* * * * * */5")
@app.task(name="payments.ask", queue=QUEUE, queueing_lock="payments-ask")
def ask(timestamp: int) -> None:
    round_of_questions(over_http, ShiftedClock(settings.CLOCK_SHIFT_DAYS))


def round_of_questions(call: Call, clock: Clock) -> int:
    """Everything that is due now, oldest first; how much it was."""
    with bound(WORKER):
        done = actions.judge_left_over(actor=WORKER, clock=clock)
        for attempt in queries.attempts_to_ask(WORKER, clock.now(), AT_ONCE):
            actions.ask_attempt(actor=actions.ear(attempt.channel), attempt=attempt, call=call, clock=clock)
            done += 1
        for refund in queries.refunds_to_send(WORKER, clock.now(), AT_ONCE):
            if refund.capture is not None:
                actions.ask_refund(actor=actions.ear(refund.capture.channel), refund=refund, call=call, clock=clock)
                done += 1
        if settings.MESSAGES_URL:
            for message in collectors.messages_to_send(WORKER, clock.now(), AT_ONCE):
                actions.send_message(
                    actor=WORKER, message=message, address=settings.MESSAGES_URL, call=call, clock=clock
                )
                done += 1
    return done
