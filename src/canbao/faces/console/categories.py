"""What a department certified of a person, on the record: begun, ended, taken back as never true."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext

from canbao.billing import actions as billing
from canbao.faces import words
from canbao.faces.console.people import gone_is_404
from canbao.faces.console.record import RECORD, day_sent, done, must, record_page
from canbao.faces.led_back import only_posted
from canbao.faces.visit import clock, for_staff
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.registry import actions, queries
from canbao.registry.codes import Department
from canbao.staff.capabilities import Capability


@only_posted(RECORD)
@for_staff(Capability.CERTIFY_CATEGORY)
@gone_is_404
def certify(request: HttpRequest, scope: Scope, resident_id: int) -> HttpResponse:
    code, department = request.POST.get("code", ""), request.POST.get("certified_by", "")
    if code not in words.CATEGORIES or department not in Department.values:
        raise Http404

    def work() -> None:
        actions.certify_category(
            actor=scope,
            resident_id=resident_id,
            code=code,
            certified_by=Department(department),
            from_on=must(day_sent(request, "from_on")),
            until_on=day_sent(request, "until_on"),
            clock=clock(),
        )

    return done(request, scope, resident_id, gettext("已认定。"), work)


@only_posted(RECORD)
@for_staff(Capability.CERTIFY_CATEGORY)
@gone_is_404
def end_category(request: HttpRequest, scope: Scope, resident_id: int) -> HttpResponse:
    number = request.POST.get("category", "")
    if number not in {str(row.pk) for row in queries.categories_of(scope, resident_id)}:
        raise Http404
    return done(
        request,
        scope,
        resident_id,
        gettext("已终止。"),
        lambda: actions.end_category(
            actor=scope, category_id=int(number), until_on=must(day_sent(request, "until_on"))
        ),
    )


@only_posted(RECORD)
@for_staff(Capability.CERTIFY_CATEGORY)
@gone_is_404
def take_back(request: HttpRequest, scope: Scope, resident_id: int) -> HttpResponse:
    """At once, or where a bill rests on it after a second person's yes."""
    number = request.POST.get("category", "")
    if number not in {str(row.pk) for row in queries.categories_of(scope, resident_id)}:
        raise Http404
    page = reverse(RECORD, args=[resident_id])
    try:
        wish = billing.take_back_category(
            actor=scope, category_id=int(number), reason=request.POST.get("reason", ""), page=page, clock=clock()
        )
    except Refusal as refusal:
        return record_page(request, scope, resident_id, refusal)
    asked = gettext("应缴单用到了这项认定：已提交，等另一位有审批权的人同意后撤销并重开单。")
    messages.success(request, asked if wish else gettext("已撤销，从未成立。"))
    return redirect(page)
