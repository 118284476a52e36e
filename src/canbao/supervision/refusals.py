"""Why a filter is not saved or dropped."""

from __future__ import annotations

from canbao.kernel.refusals import Refusal


def filter_without_name() -> Refusal:
    return Refusal(
        "filter_without_name", "条件没有名称，没有保存。", "The filter has no name and was not saved.",
        ("请起一个名称，四十个字以内。", "Give it a name of at most forty characters."),
    )  # fmt: skip


def too_many_filters(most: int) -> Refusal:
    return Refusal(
        "too_many_filters", f"已保存 {most} 个条件，不能再多。", f"{most} filters are saved, which is the most.",
        ("请先删掉不用的。", "Drop one that is not used first."),
    )  # fmt: skip


def filter_not_found() -> Refusal:
    return Refusal(
        "filter_not_found", "没有这个保存的条件，或不是您的。", "There is no such filter of yours.",
        ("请回到名单再看。", "Go back to the list and look again."),
    )  # fmt: skip
