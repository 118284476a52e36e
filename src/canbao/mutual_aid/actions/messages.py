"""What people are told about mutual aid: written with what happened, sent by the worker as receipts' messages are."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import translation

from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import SHANGHAI, Clock, day_zh
from canbao.kernel.fen import yuan_said
from canbao.kernel.scope import Scope
from canbao.mutual_aid.models import AidMessage, Failure, Hold, Relative
from canbao.payments.actions.messages import hand_over
from canbao.payments.partners.partner import Call
from canbao.policy import Policy
from canbao.registry import queries as registry

TEXT_MAX = 300


def tell_holder(relative: Relative, code: str, clock: Clock) -> AidMessage:
    """Send the holder the code by which he agrees. Chinese, as every message to a phone."""
    name = registry.masked_name(relative.resident.name)
    text = (
        f"【家庭共济】{name}请您用职工医保个人账户历年结余为其缴纳居民医保，关系：{relative.relation}。"
        f"同意码{code}。同意的，在本系统“家庭共济”页填写；不同意或不认识此人，请不要把同意码告诉任何人。"
    )
    return _write([(relative.account.holder_id, relative.pooling_area, None, relative, text)], clock)[0]


def tell_of_failures(holds: Iterable[Hold], policy: Policy, clock: Clock) -> None:
    """Tell the member and the holder that nothing was deducted, why, and what to do: pay in another way and until
    when, or nothing if nothing is owed.
    """
    rows = []
    closes = policy.closes
    in_time = clock.now().astimezone(SHANGHAI).replace(tzinfo=None) <= closes
    way_out = (
        f"请在{day_zh(closes.date())}{closes:%H:%M}以前用别的方式缴费，以免影响待遇。"
        if in_time
        else "请到医保窗口咨询怎样补缴。"
    )
    for hold in holds:
        name = registry.masked_name(hold.resident.name)
        amount = f"{yuan_said(hold.amount_fen)}元" if hold.amount_fen else ""
        with translation.override("zh-hans"):
            reason = str(Failure(hold.reason).label)
        todo = "不用再做什么。" if hold.reason == Failure.NOTHING_TO_PAY else way_out
        text = (
            f"【家庭共济】{name}{hold.benefit_year}年度居民医保{amount}没有从亲属个人账户扣款，原因：{reason}。{todo}"
        )
        for person in (hold.resident_id, hold.account.holder_id):
            rows.append((person, hold.pooling_area, hold, None, text))
    _write(rows, clock)


def _write(rows: Iterable[tuple[int, str, Hold | None, Relative | None, str]], clock: Clock) -> list[AidMessage]:
    return AidMessage.objects.bulk_create(
        AidMessage(
            pooling_area=area, resident_id=person, hold=hold, relative=relative, text=text[:TEXT_MAX],
            written_at=clock.now(), send_at=clock.now(),
        )
        for person, area, hold, relative, text in rows
    )  # fmt: skip


def send_message(*, actor: Scope, message: AidMessage, address: str, call: Call, clock: Clock) -> AidMessage:
    """Hand the message to the sender, again and again under the same number until it says that it has it."""
    actor.require(Capability.HEAR_CHANNELS, message.pooling_area)
    hand_over(message, f"aid-{message.pk}", message.resident.phone, address, call, clock)
    return message
