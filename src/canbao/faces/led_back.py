"""Addresses that only a form of ours posts to: whoever opens one by itself is led back and hears that nothing was done.

That happens when a session ends before a form is sent: signing in leads on to the address, without what was filled in.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
NOTHING_WRITTEN = _("刚才的操作没有执行，什么都没有写入，请重新办理。")
NOT_TAKEN = _("未收款，请重新收款。")


def only_posted(back: str, said: Promise | None = NOTHING_WRITTEN) -> Callable[[View[P]], View[P]]:
    """A view for POST; any other request is led to the page named `back`, which takes the same arguments."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.method == "POST":
                return view(request, *args, **kwargs)
            if said is not None:
                messages.warning(request, str(said))
            return HttpResponseRedirect(reverse(back, args=args, kwargs=kwargs))

        return guarded

    return decorate
