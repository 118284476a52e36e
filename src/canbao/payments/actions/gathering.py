"""Requests of channels' partners. Whoever comes while a transaction is under way goes with the next one, together.

Nobody waits for a clock: a telling that comes alone is judged alone at once, and under load each transaction takes in
what came during the one before. There is no thread besides those of the requests: the first of those who wait does the
work for all of them.
"""

from __future__ import annotations

import logging
from collections import deque
from threading import Event, Lock

from canbao.kernel.binding import bound
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.scope import program
from canbao.payments.actions.agreeing import setup_of
from canbao.payments.actions.hearing import UNAUTHORISED, alarm
from canbao.payments.actions.together import Telling, take_together
from canbao.payments.judging import Verdict
from canbao.payments.models import AlarmKind, Channel
from canbao.payments.partners import PARTNERS
from canbao.payments.partners.partner import Answer, Heard, NotGenuine

TOGETHER_MAX = 500
PATIENCE_SECONDS = 20.0
EAR = program("channels", Capability.HEAR_CHANNELS)
security = logging.getLogger("canbao.security")


def hear(*, channel: Channel, heard: Heard, clock: Clock) -> Answer:
    """Take in one request of a channel's partner and give the answer that it expects, after the commit.

    A signature that does not fit changes nothing but a counter, and is answered with 401.
    """
    partner = PARTNERS[channel.partner]
    try:
        report = partner.read(setup_of(channel), heard, clock.now())
    except (NotGenuine, KeyError, ValueError, TypeError) as fault:
        with bound(EAR):
            alarm(channel, AlarmKind.FORGED, clock)
        security.warning("channel %s heard what is not genuine: %s", channel.pk, type(fault).__name__)
        return UNAUTHORISED
    verdict = GATHERED.take(Telling(channel, report, heard.body), clock)
    return partner.answer(verdict is None or verdict.accepted)


class _Waiting:
    """A telling whose request waits: for its verdict, or for its turn to do the work of all."""

    __slots__ = ("fault", "is_done", "telling", "turn", "verdict")

    def __init__(self, telling: Telling) -> None:
        self.telling = telling
        self.turn = Event()
        self.is_done = False
        self.verdict: Verdict | None = None
        self.fault: Exception | None = None

    def end(self, said: Verdict | Exception | None) -> None:
        if isinstance(said, Exception):
            self.fault = said
        else:
            self.verdict = said
        self.is_done = True
        self.turn.set()


class Gathering:
    """The tellings of one process that wait for a transaction."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: deque[_Waiting] = deque()
        self._is_led = False

    def __len__(self) -> int:
        """How many wait for the next transaction."""
        return len(self._waiting)

    def take(self, telling: Telling, clock: Clock) -> Verdict | None:
        """The verdict as `take_report` gives it, committed; raises what `take_report` raised for this telling.

        TimeoutError if nobody came to it in PATIENCE_SECONDS: it may be judged yet, and being told again harms nothing.
        """
        mine = _Waiting(telling)
        with self._lock:
            self._waiting.append(mine)
            leads, self._is_led = not self._is_led, True
        if not leads and not mine.turn.wait(PATIENCE_SECONDS):
            with self._lock:
                # Between the last look and now it may have been given its verdict, or the lead.
                if not mine.turn.is_set():
                    if mine in self._waiting:
                        self._waiting.remove(mine)
                    raise TimeoutError("no transaction took this telling in")
        if not mine.is_done:
            self._lead(clock)
        if mine.fault is not None:
            raise mine.fault
        return mine.verdict

    def _lead(self, clock: Clock) -> None:
        """One transaction for those who wait now, who are first; then the next of the waiting leads."""
        with self._lock:
            going = [self._waiting.popleft() for _ in range(min(TOGETHER_MAX, len(self._waiting)))]
        fault: Exception = RuntimeError("the transaction of all was not done")
        try:
            with bound(EAR):
                said = take_together(actor=EAR, tellings=[each.telling for each in going], clock=clock)
            for each, verdict in zip(going, said, strict=True):
                each.end(verdict)
        except Exception as why:
            fault = why
        finally:
            for each in going:
                if not each.is_done:
                    each.end(fault)
            with self._lock:
                self._is_led = bool(self._waiting)
                if self._waiting:
                    self._waiting[0].turn.set()


GATHERED = Gathering()
