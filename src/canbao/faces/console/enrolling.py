"""What is done about the enrolment of one person on his page: enrol, stop, enrol again, maintain, choose a tier."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext

from canbao.billing import actions as billing
from canbao.billing import queries as bills
from canbao.enrolment import actions
from canbao.faces.console.people import YEAR_PAGE, gone_is_404, shown_with
from canbao.faces.console.person_year import policies_for
from canbao.faces.led_back import only_posted
from canbao.faces.templatetags.kit import money
from canbao.faces.visit import clock, for_staff
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.policy.codes import CHOICES
from canbao.registry import queries as registry
from canbao.staff.capabilities import Capability


class TierMissing(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "tier_missing",
            "没有选缴费档次。",
            "No tier was chosen.",
            ("请选低档或高档。", "Choose the low or the high tier."),
        )


@only_posted(YEAR_PAGE)
@for_staff(Capability.ENROL)
@gone_is_404
def enrol(request: HttpRequest, scope: Scope, resident_id: int, benefit_year: int) -> HttpResponse:
    resident = registry.resident(scope, resident_id)
    policy = next((policy for policy in policies_for(resident) if policy.benefit_year == benefit_year), None)
    if policy is None:
        raise Http404
    tier, route = _tier_asked(request), request.POST.get("route") or None
    if route is not None and route not in policy.notice.routes:
        raise Http404

    def work() -> str:
        now = clock()
        actions.enrol(
            actor=scope,
            resident_id=resident_id,
            benefit_year=benefit_year,
            policy_id=policy.id,
            tier=tier,
            registered_on=now.today(),
            clock=now,
            route=route,
            seen=request.POST.getlist("seen"),
        )
        return gettext("已参保登记。")

    return shown_with(request, resident_id, benefit_year, work)


@only_posted(YEAR_PAGE)
@for_staff(Capability.ENROL)
@gone_is_404
def stop(request: HttpRequest, scope: Scope, resident_id: int, benefit_year: int) -> HttpResponse:
    """End the enrolment; an open bill is voided with it."""

    def work() -> str:
        before = bills.live_bill(scope, resident_id, benefit_year)
        billing.stop_enrolment(
            actor=scope, resident_id=resident_id, benefit_year=benefit_year, reason=request.POST.get("reason", ""),
            clock=clock(),
        )  # fmt: skip
        return gettext("已停保，没缴的应缴单已作废。") if before else gettext("已停保。")

    return shown_with(request, resident_id, benefit_year, work)


@only_posted(YEAR_PAGE)
@for_staff(Capability.ENROL)
@gone_is_404
def restart(request: HttpRequest, scope: Scope, resident_id: int, benefit_year: int) -> HttpResponse:
    def work() -> str:
        actions.restart(
            actor=scope, resident_id=resident_id, benefit_year=benefit_year, reason=request.POST.get("reason", ""),
            clock=clock(),
        )  # fmt: skip
        return gettext("已恢复参保登记。")

    return shown_with(request, resident_id, benefit_year, work)


@only_posted(YEAR_PAGE)
@for_staff(Capability.ENROL)
@gone_is_404
def maintain(request: HttpRequest, scope: Scope, resident_id: int, benefit_year: int) -> HttpResponse:
    """The data are maintained for a late payment, where the notice asks for that before one."""

    def work() -> str:
        actions.maintain_for_late_payment(
            actor=scope, resident_id=resident_id, benefit_year=benefit_year, seen=request.POST.getlist("seen"),
            clock=clock(),
        )  # fmt: skip
        return gettext("补缴数据维护已做，现在可以缴费。")

    return shown_with(request, resident_id, benefit_year, work)


def _tier_asked(request: HttpRequest) -> str | None:
    tier = request.POST.get("tier", "")
    return tier if tier in CHOICES["tier"] else None


@only_posted(YEAR_PAGE)
@for_staff(Capability.ENROL)
@gone_is_404
def choose_tier(request: HttpRequest, scope: Scope, resident_id: int, benefit_year: int) -> HttpResponse:
    tier = _tier_asked(request)

    def work() -> str:
        if tier is None:
            raise TierMissing
        before = bills.live_bill(scope, resident_id, benefit_year)
        bill = billing.change_tier(
            actor=scope, resident_id=resident_id, benefit_year=benefit_year, tier=tier, clock=clock()
        )
        if bill is None or before is None or bill.pk == before.pk:
            return gettext("已选好缴费档次。")
        return gettext("已选好缴费档次。原应缴单 %(old)s 已作废，重开为 %(new)s。") % {
            "old": money(before.payable_fen),
            "new": money(bill.payable_fen),
        }

    return shown_with(request, resident_id, benefit_year, work)
