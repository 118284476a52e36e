"""Why somebody cannot be enrolled, or an enrolment cannot be changed."""

from __future__ import annotations

from canbao.kernel.refusals import Refusal
from canbao.policy.routes import Offer


class AlreadyEnrolled(Refusal):
    def __init__(self, benefit_year: int) -> None:
        super().__init__(
            "already_enrolled",
            f"该居民{benefit_year}年度已经参保登记。",
            f"This resident is already enrolled for {benefit_year}.",
            ("如需更改，请办理变更或停保。", "Change or stop that enrolment instead."),
        )


class NotEnrolled(Refusal):
    def __init__(self, benefit_year: int) -> None:
        super().__init__(
            "not_enrolled",
            f"该居民{benefit_year}年度没有有效的参保登记。",
            f"This resident has no live enrolment for {benefit_year}.",
            ("请先办理参保登记。", "Enrol the person first."),
        )


class OtherPoolingArea(Refusal):
    def __init__(self, policy_id: str) -> None:
        super().__init__(
            "other_pooling_area",
            f"政策 {policy_id} 不适用于该居民登记所在的统筹区。",
            f"Policy {policy_id} is not of the pooling area in whose register this resident is.",
            ("请选择当地的政策。", "Choose the policy of that place."),
        )


class Deceased(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "deceased",
            "该居民已登记死亡，不能参保登记。",
            "This resident is recorded as deceased and cannot be enrolled.",
            ("如有错误，请先更正人员信息。", "If that is wrong, correct the register first."),
        )


class NotEligible(Refusal):
    """`zh` and `en` are the policy's own words for the reason."""

    def __init__(self, reason: str, zh: str, en: str) -> None:
        super().__init__(
            f"not_eligible.{reason}",
            f"按当地政策，该居民不能在此参保：{zh}",
            f"Under the policy this resident cannot enrol here: {en}",
            ("请核对人员信息后再办理。", "Check the facts in the register and try again."),
        )


class NoTiers(Refusal):
    def __init__(self, policy_zh: str, policy_en: str) -> None:
        super().__init__(
            "no_tiers",
            f"“{policy_zh}”不分缴费档次，没有可选的档次。",
            f"“{policy_en}” has no tiers, so there is none to choose.",
            ("不用选档次，直接办理。", "Leave the tier out."),
        )


class WrongRoute(Refusal):
    """`tried` is the route asked for, None if the notice has none of that name; `instead` one that is open."""

    def __init__(self, tried: Offer | None, instead: Offer | None) -> None:
        zh, en = "这份政策没有这种登记途径。", "This policy has no such route of registration."
        if tried is not None:
            zh = f"“{tried.route.name.zh}”不适用：{'；'.join(check.words.zh for check in tried.failing)}。"
            en = f"“{tried.route.name.en}” is not for this person: {'; '.join(c.words.en for c in tried.failing)}."
        todo = ("请到当地医保经办机构咨询。", "Ask the medical insurance office of the place.")
        if instead is not None:
            todo = (f"可以走“{instead.route.name.zh}”。", f"“{instead.route.name.en}” is open.")
        super().__init__("wrong_route", zh, en, todo)
