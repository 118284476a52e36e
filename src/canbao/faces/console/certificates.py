"""Payment certificates: of one payment, and of everybody in a place in one file."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import override
from django.views.decorators.http import require_http_methods

from canbao.certificates import actions, queries
from canbao.certificates.models import Certificate
from canbao.certificates.printing import pdf
from canbao.faces.console.people import gone_is_404
from canbao.faces.console.places import chosen
from canbao.faces.led_back import only_posted
from canbao.faces.visit import clock, for_staff, login_of, show
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.payments import queries as payments
from canbao.registry import actions as registry
from canbao.registry.codes import NumberKind, Purpose
from canbao.staff import queries as staff
from canbao.staff.actions import record_access
from canbao.staff.capabilities import Capability

SCREEN = "certificate"


@only_posted("console:receipt", None)
@for_staff(Capability.ISSUE_CERTIFICATES)
@gone_is_404
def certificate(request: HttpRequest, scope: Scope, receipt_no: str) -> HttpResponse:
    """The certificate of one payment; with `numbers=full` the whole number, whose reading is logged."""
    try:
        made = actions.certify(actor=scope, receipt_no=receipt_no, clock=clock())
        numbers = _full_number(request, made) if request.POST.get("numbers") == "full" else {}
    except Refusal as refusal:
        payment = payments.payment_by_receipt(scope, receipt_no)
        context = {"refusal": refusal, "payment": payment}
        return show(request, "faces/console/certificate.html", "people", context, status=422)
    return _file(request, scope, [made], made.code[:5], numbers)


def _full_number(request: HttpRequest, made: Certificate) -> dict[int, str]:
    number = registry.reveal(
        actor=staff.scope_of(login_of(request), Capability.REVEAL_NUMBERS, clock()), resident_id=made.resident_id,
        kind=NumberKind.NUMBER, purpose=Purpose.CERTIFICATE, screen=SCREEN, clock=clock(),
    )  # fmt: skip
    return {made.resident_id: number.unmasked}


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(Capability.ISSUE_CERTIFICATES)
def certificates(request: HttpRequest, scope: Scope) -> HttpResponse:
    """How many people of a place can have one, and all of them as one file."""
    place = chosen(request, scope)
    refusal: Refusal | None = None
    waiting = 0
    try:
        waiting = queries.certifiable(scope, place.policy, place.area.code, clock().today()).count()
        if request.method == "POST":
            made = actions.certify_place(
                actor=scope, policy_id=place.policy.id, area_code=place.area.code, clock=clock()
            )
            record_access(
                actor=scope, screen=SCREEN, what="list", clock=clock(), pooling_area=place.policy.pooling_area,
                people=len(made),
            )  # fmt: skip
            return _file(request, scope, made, f"{place.policy.id}-{place.area.code}", {})
    except Refusal as refused:
        refusal = refused
    told = place.policy.notice.certificate
    context = {
        "place": place, "count": waiting, "refusal": refusal, "limit": actions.BATCH_MAX, "told": told,
        "too_many": waiting > actions.BATCH_MAX,
    }  # fmt: skip
    return show(request, "faces/console/certificates.html", "certificates", context, status=422 if refusal else 200)


def _file(
    request: HttpRequest, scope: Scope, made: Sequence[Certificate], name: str, numbers: dict[int, str]
) -> HttpResponse:
    """The paper is Chinese with English beside it, whatever language the clerk reads."""
    with override("zh-hans"):
        content = pdf(queries.papers(scope, made), request.build_absolute_uri(reverse("portal:verify")), numbers)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="certificate-{name}.pdf"'
    return response
