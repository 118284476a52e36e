"""What entitlement refuses, in sentences."""

from __future__ import annotations

from canbao.kernel.refusals import Refusal


def already_covered() -> Refusal:
    return Refusal(
        "already_covered",
        "此人在这段时间已有待遇，同一天不能重复享受，本次未办理。",
        "This person is already covered on some of these days; nobody is covered twice, so nothing was done.",
        ("请核对上一年度的待遇起止日期。", "Check the first and last day of the cover that is there."),
    )


def nothing_to_trace(name: str) -> Refusal:
    return Refusal(
        "nothing_to_trace",
        f"没有查到“{name}”对应的收据、应缴单或居民。",
        f"“{name}” is no receipt, bill or resident here.",
        ("请核对号码。", "Check the number."),
    )
