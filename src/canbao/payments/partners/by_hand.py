"""Partners with whom nothing is spoken over a wire: banks that exchange files, institutions that pay for a list.

What they took is told by a person who hands in their file or reads their transfer off a statement; a refund to them is
a transfer that a person makes and then records.
"""

from __future__ import annotations

from datetime import datetime

from canbao.payments.partners.partner import Answer, Call, Heard, NotGenuine, Return, Setup
from canbao.payments.partners.report import Report


def read(setup: Setup, heard: Heard, now: datetime) -> Report:
    raise NotGenuine("nobody tells anything here")


def answer(accepted: bool) -> Answer:
    return Answer(404, b"", "text/plain")


def give_back(setup: Setup, wish: Return, call: Call, now: datetime) -> tuple[Report, bytes] | None:
    """Under way until a person records it."""
    return None
