"""The question before money is taken, and the receipt afterwards."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from canbao.areas import queries as areas
from canbao.faces.console.counter import methods_for
from canbao.faces.console.people import YEAR_PAGE, gone_is_404
from canbao.faces.console.person_year import person_year
from canbao.faces.visit import clock, for_staff, show
from canbao.kernel.clock import unique_key
from canbao.kernel.scope import Scope
from canbao.payments import queries
from canbao.payments.queries import collectors
from canbao.staff.capabilities import Capability


@require_safe
@for_staff(Capability.TAKE_PAYMENT)
@gone_is_404
def take_payment(request: HttpRequest, scope: Scope, resident_id: int, benefit_year: int) -> HttpResponse:
    """The question before money is taken, as a page of its own: for browsers without scripts."""
    py = person_year(scope, resident_id, benefit_year, clock())
    if py.bill is None or py.verdict.next_step != "pay":
        return redirect(YEAR_PAGE, resident_id=resident_id, benefit_year=benefit_year)
    context = {"py": py, "methods": methods_for(py.resident.village_code), "key": unique_key()}
    return show(request, "faces/console/take_payment.html", "people", context)


@require_safe
@for_staff(Capability.SEE_PERSON)
@gone_is_404
def receipt(request: HttpRequest, scope: Scope, receipt_no: str) -> HttpResponse:
    payment = queries.payment_by_receipt(scope, receipt_no)
    py = person_year(scope, payment.resident_id, payment.bill.benefit_year, clock())
    context = {
        "payment": payment,
        "py": py,
        "id_number": py.resident.id_number,
        "message": collectors.message_of(payment.pk),
        "place": areas.full_name(py.resident.village_code),
        "room": "sheet",
    }
    return render(request, "faces/console/receipt.html", context)
