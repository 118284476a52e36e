"""Keeping a window open longer that closes "in principle" 原则上: one person asks, another decides."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_lazy as _

from canbao.areas import queries as areas
from canbao.enrolment.models import WindowExtension
from canbao.enrolment.refusals import ExtensionUnclear, OtherPoolingArea, WindowIsFixed
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock, day_en, day_zh
from canbao.kernel.scope import Scope, lies_in
from canbao.policy import Policy, policies
from canbao.staff import actions as staff
from canbao.staff.approvals import Kind
from canbao.staff.models import Approval

EXTEND_WINDOW = "enrolment.extend_window"


def ask_extension(
    *, actor: Scope, policy_id: str, area_code: str, closes: date, document: str, reason: str, clock: Clock,
    page: str = "",
) -> Approval:  # fmt: skip
    """Ask that the policy's window stays open in an area until the end of a day, by the document of who may say so.

    Refuses `other_pooling_area`, `window_is_fixed`, `extension_unclear`, `already_asked`.
    """
    actor.require(Capability.EXTEND_WINDOW, area_code)
    policy = policies.get(policy_id)
    document, reason = document.strip()[:120], reason.strip()[:200]
    _require_possible(policy, area_code, closes)
    if not document or not reason:
        raise ExtensionUnclear
    place = areas.full_name(area_code)
    return staff.ask_approval(
        actor=actor,
        kind=EXTEND_WINDOW,
        area_code=area_code,
        key=f"{policy.id} {area_code}",
        subject={
            "policy": policy.id, "area": area_code, "closes": closes.isoformat(), "document": document,
            "reason": reason,
        },
        summary=(
            f"{place}：{policy.benefit_year}年度集中缴费期延长至{day_zh(closes)}（{document}）。{reason}",
            f"{place}: extend the window of {policy.benefit_year} to {day_en(closes)} ({document}). {reason}",
        ),
        clock=clock,
        page=page,
    )  # fmt: skip


def _require_possible(policy: Policy, area_code: str, closes: date) -> None:
    if not lies_in(area_code, policy.area):
        raise OtherPoolingArea(policy.id)
    if not policy.window.in_principle:
        raise WindowIsFixed(policy.closes.date())
    if not policy.closes.date() < closes <= policy.year_end:
        raise ExtensionUnclear(policy.closes.date(), policy.year_end)


def _carry_out(actor: Scope, approval: Approval, clock: Clock) -> WindowExtension:
    actor.require(Capability.EXTEND_WINDOW, approval.area_code)
    asked = approval.subject
    policy, closes = policies.get(asked["policy"]), date.fromisoformat(asked["closes"])
    _require_possible(policy, asked["area"], closes)
    return WindowExtension.objects.create(
        pooling_area=policy.pooling_area,
        policy_id=policy.id,
        area_code=asked["area"],
        closes=closes,
        document=asked["document"],
        reason=asked["reason"],
        approval_id=approval.pk,
        asked_by=approval.asked_by,
        decided_by=approval.decided_by,
        decided_at=clock.now(),
    )


KIND = Kind(EXTEND_WINDOW, _("延长集中缴费期"), asks=Capability.EXTEND_WINDOW, carry_out=_carry_out)
