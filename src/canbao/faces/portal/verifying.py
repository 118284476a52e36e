"""Whether a certificate, a receipt or a QR code is genuine: for whoever holds it, and nothing for whoever guesses."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from canbao.areas import queries as areas
from canbao.certificates import queries
from canbao.faces.visit import clock, holds_nul
from canbao.kernel.binding import bound
from canbao.payments import actions
from canbao.payments.queries import collectors

CODE_CHARACTERS_MAX = 40
CONTENT_MAX = 300
FRAME = {"section": "verify", "room": "portal"}


@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """The form; a typed code leads to the page that its QR code leads to."""
    if request.method == "POST":
        typed = "" if holds_nul(request) else queries.normal_code(request.POST.get("code", "")[:CODE_CHARACTERS_MAX])
        if typed.isascii() and typed.isalnum():
            return redirect("portal:verified", code=typed)
        return render(request, "faces/portal/verify.html", {**FRAME, "unknown": True}, status=404)
    return render(request, "faces/portal/verify.html", FRAME)


@require_safe
def verified(request: HttpRequest, code: str) -> HttpResponse:
    """One answer for every text that is no code of ours: not found."""
    paper = None if holds_nul(request) else queries.verified(code)
    receipt = None if paper or holds_nul(request) else queries.verified_receipt(code)
    if receipt is not None:
        response = render(request, "faces/portal/verified_receipt.html", {**FRAME, "receipt": receipt})
        response["Cache-Control"] = "no-store"
        return response
    if paper is None:
        return render(request, "faces/portal/verify.html", {**FRAME, "unknown": True}, status=404)
    response = render(request, "faces/portal/verified.html", {**FRAME, "paper": paper})
    response["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def codes(request: HttpRequest) -> HttpResponse:
    """Whether a QR code is one that the tax office of a county has made known: by what it says, word for word."""
    content = "" if holds_nul(request) else request.POST.get("content", "").strip()[:CONTENT_MAX]
    with bound(actions.payer()):
        found = collectors.code_saying(content, clock().today()) if content else None
        place = areas.full_name(found.area_code) if found else ""
    context = {**FRAME, "content": content, "code": found, "place": place, "asked": bool(content)}
    return render(request, "faces/portal/codes.html", context)
