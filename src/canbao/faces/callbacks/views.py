"""Two addresses for each channel: where its partner tells what was paid, and where he asks for a bill before.

Whoever signs with the key that is agreed on is heard.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from canbao.faces.visit import clock
from canbao.kernel.binding import bound
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.scope import program
from canbao.payments import actions, queries
from canbao.payments.models import Channel, Shape
from canbao.payments.partners.partner import Answer, Heard

BYTES_MAX = 64 * 1024
EAR = program("channels", Capability.HEAR_CHANNELS)


@csrf_exempt
@require_POST
def hear(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Take in what a partner tells: raw bytes first, then signature, then one transaction, then the answer."""
    return _answered(request, channel_id, actions.hear)


@csrf_exempt
@require_POST
def pull(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Tell a partner that takes money by himself what somebody has to pay."""
    return _answered(request, channel_id, _pulled, Shape.PUSH)


def _pulled(*, channel: Channel, heard: Heard, clock: Clock) -> Answer:
    with bound(EAR):
        return actions.pull_bill(channel=channel, heard=heard, clock=clock)


def _answered(
    request: HttpRequest, channel_id: int, work: Callable[..., Answer], only: Shape | None = None
) -> HttpResponse:
    raw = request.read(BYTES_MAX + 1)
    if len(raw) > BYTES_MAX:
        return HttpResponse(status=413)
    with bound(EAR):
        channel = queries.channel(channel_id)
    if channel is None or (only is not None and channel.shape != only):
        raise Http404
    if not connection.in_atomic_block:
        # Many wait here for the transaction of one of them: none of those holds a connection of the pool meanwhile.
        connection.close()
    headers = {name.lower(): value for name, value in request.headers.items()}
    answer = work(channel=channel, heard=Heard(headers, raw), clock=clock())
    told = {name: value for name, value in answer.headers.items() if name != "content-type"}
    return HttpResponse(answer.body, status=answer.status, content_type=answer.media_type, headers=told)
