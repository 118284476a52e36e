"""Whether a payment certificate is genuine: for whoever holds the paper, and nothing for whoever guesses."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from canbao.certificates import queries
from canbao.faces.visit import holds_nul

CODE_CHARACTERS_MAX = 40
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
    if paper is None:
        return render(request, "faces/portal/verify.html", {**FRAME, "unknown": True}, status=404)
    response = render(request, "faces/portal/verified.html", {**FRAME, "paper": paper})
    response["Cache-Control"] = "no-store"
    return response
