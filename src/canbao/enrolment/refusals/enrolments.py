"""Why somebody cannot be enrolled, or an enrolment cannot be changed."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import override

from canbao.kernel.clock import day_en, day_zh
from canbao.kernel.refusals import Refusal
from canbao.policy.notice import Route
from canbao.policy.routes import Offer

if TYPE_CHECKING:
    from canbao.enrolment.models import WhyNot


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


class NoMaintenance(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "no_maintenance",
            "这份参保登记现在不需要补缴数据维护。",
            "This enrolment needs no maintenance of data for a late payment now.",
            ("可以直接开单、缴费。", "Issue the bill or take the payment."),
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


READ_AT_ONCE = 60
"""Characters of Chinese that a clerk takes in at a glance; what a longer reason has in brackets is shown on demand."""


_ZH, _EN = re.compile(r"(.*?)（(.*)）(.*)"), re.compile(r"(.*?) \((.*)\)(.*)")


def _shortened(zh: str, en: str) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    """Both texts without what stands in brackets, and that part by part."""
    found_zh, found_en = _ZH.fullmatch(zh), _EN.fullmatch(en)
    if len(zh) <= READ_AT_ONCE or found_zh is None or found_en is None:
        return zh, en, ()
    parts_zh, parts_en = found_zh[2].split("；"), found_en[2].split("; ")
    if len(parts_zh) != len(parts_en):
        return zh, en, ()
    return found_zh[1] + found_zh[3], found_en[1] + found_en[3], tuple(zip(parts_zh, parts_en, strict=True))


class NotEligible(Refusal):
    """`zh` and `en` are the policy's own words for the reason."""

    def __init__(self, reason: str, zh: str, en: str) -> None:
        zh, en, more = _shortened(zh, en)
        super().__init__(
            f"not_eligible.{reason}",
            f"按当地政策，该居民不能在此参保：{zh}",
            f"Under the policy this resident cannot enrol here: {en}",
            ("请核对人员信息后再办理。", "Check the facts in the register and try again."),
            more,
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
        failing = tried.failing if tried is not None else ()
        if tried is not None:
            zh = f"“{tried.route.name.zh}”不适用：{'；'.join(check.words.zh for check in failing)}。"
            en = f"“{tried.route.name.en}” is not for this person: {'; '.join(c.words.en for c in failing)}."
        todo = ("请到当地医保经办机构咨询。", "Ask the medical insurance office of the place.")
        if instead is not None:
            todo = (f"可以走“{instead.route.name.zh}”。", f"“{instead.route.name.en}” is open.")
        more = tuple((part.zh, part.en) for check in failing for part in check.parts)
        super().__init__("wrong_route", zh, en, todo, more)


class WindowIsFixed(Refusal):
    def __init__(self, closes: date) -> None:
        super().__init__(
            "window_is_fixed",
            f"文件没有写“原则上”，集中缴费期到{day_zh(closes)}为止，不能延长。",
            f"The notice does not say “in principle”: the window closes on {day_en(closes)} and cannot be extended.",
            ("如上级另行发文，请先修改政策文件。", "If a new document says otherwise, change the policy file first."),
        )


class ExtensionUnclear(Refusal):
    """Without days: the document or the reason is missing."""

    def __init__(self, closes: date | None = None, year_end: date | None = None) -> None:
        zh, en = "没有写明延长的依据文件和原因。", "The document that allows it, or the reason, is missing."
        todo = ("请写明文号和原因。", "Give the document's number and the reason.")
        if closes is not None and year_end is not None:
            zh = "延长的日子不在原截止日之后、本年度结束之前。"
            en = "The day is not after the window's own last day and before the end of the benefit year."
            todo = (
                f"请填{day_zh(closes)}之后、不晚于{day_zh(year_end)}的日期。",
                f"Give a day after {day_en(closes)} and not after {day_en(year_end)}.",
            )
        super().__init__("extension_unclear", zh, en, todo)


class PermitExpired(Refusal):
    def __init__(self, last: date) -> None:
        super().__init__(
            "permit_expired",
            f"居住证到{day_zh(last)}为止，已经过期，不能按居住证参保。",
            f"The residence permit ran out on {day_en(last)}, so it is no ground to enrol by.",
            ("请先续签居住证，登记新的有效期后再办理。", "Have it renewed and its new last day registered first."),
        )


class EnrolsElsewhere(Refusal):
    """The notice sends this person to another place: `rule` says so."""

    def __init__(self, rule: Route) -> None:
        todo = ("请在学籍地办理。", "Enrol where the school is.")
        if rule.elsewhere == "in_principle":
            todo = ("请在学籍地办理；本人要求在这里参保的，请单独办理。",
                    "Enrol where the school is; whoever wishes to enrol here is enrolled alone.")  # fmt: skip
        super().__init__(
            "enrols_elsewhere", f"{rule.name.zh}：{rule.who.zh}。", f"{rule.name.en}: {rule.who.en}.", todo
        )


class EvidenceMissing(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "evidence_missing",
            "这个原因要写明凭据，没有写就不能记下。",
            "This reason needs evidence; without it nothing was taken down.",
            (
                "请写明看到的证明，例如“在职证明”“外地参保记录截图”。",
                "Say what shows it, such as a certificate of employment or a record of enrolment elsewhere.",
            ),
        )


class NumberInEvidence(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "number_in_evidence",
            "凭据里写了完整的身份证号码，没有记下。",
            "The evidence holds a whole ID number; nothing was taken down.",
            ("请只写证明的名称，不写号码。", "Name the document alone, without the number."),
        )


class ReasonExpired(Refusal):
    def __init__(self, today: date) -> None:
        super().__init__(
            "reason_expired",
            f"有效期要在今天（{day_zh(today)}）以后。",
            f"The reason must hold beyond today, {day_en(today)}.",
            ("请改日期，或不填。", "Change the day, or leave it out."),
        )


class EnrolledElsewhere(Refusal):
    def __init__(self, places: list[str], benefit_year: int) -> None:
        where = "、".join(places)
        super().__init__(
            "enrolled_elsewhere",
            f"该居民{benefit_year}年度已在{where}参保登记，不能重复参保。",
            f"This resident is already enrolled for {benefit_year} in {where}; nobody is enrolled twice.",
            ("请先在原参保地停保。", "The enrolment there has to be stopped first."),
        )


class SomeEnrolledElsewhere(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "enrolled_elsewhere",
            "名单上有人本年度已在其他统筹区参保登记，不能重复参保，整份名单都没有写入。",
            "Some people of the list are already enrolled for the year in another pooling area; nothing was written.",
            ("请先核对名单，或逐人办理。", "Check the list first, or enrol the people one by one."),
        )


class RollTooLong(Refusal):
    def __init__(self, most: int) -> None:
        super().__init__(
            "roll_too_long",
            f"这里的人太多，一次最多办理{most}人。",
            f"There are too many people here: {most} at most in one list.",
            ("请选一个镇街或村居。", "Choose a township or a village."),
        )


class KeptElsewhere(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "merged",
            "这条记录已并入同一人的另一条记录，不单独参保。",
            "This record was merged into another one of the same person and is not enrolled by itself.",
            ("请在保留的那条记录上办理。", "Use the record that was kept."),
        )


class ReasonHolds(Refusal):
    """Somebody asked the person and wrote down why not; a list does not override that."""

    def __init__(self, why: WhyNot) -> None:
        with override("en"):
            en = str(why.label)
        with override("zh-hans"):
            zh = str(why.label)
        super().__init__(
            f"reason_holds.{why.value}",
            f"已记下未参保的原因：{zh}。",
            f"A reason for not enrolling is on record: {en}.",
            (
                "情况变了，请单独办理。",
                "If that has changed, enrol the person alone.",
            ),
        )


class BatchNotFound(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "batch_not_found",
            "没有这次成批登记，或不在您的管辖范围内。",
            "There is no such batch, or it is outside your area.",
            ("请从列表里选择。", "Choose one from the list."),
        )


class BatchUndone(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "batch_undone",
            "这次成批登记已经撤销。",
            "This batch has been undone already.",
            ("不用再办。", "There is nothing left to do."),
        )


class NotStopped(Refusal):
    def __init__(self, benefit_year: int) -> None:
        super().__init__(
            "not_enrolled",
            f"该居民{benefit_year}年度没有停过保，不能恢复。",
            f"No enrolment of this resident for {benefit_year} was stopped, so there is none to restart.",
            ("请办理参保登记。", "Enrol the person instead."),
        )


class ReasonMissing(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "reason_missing",
            "没有写明原因，没有办理。",
            "No reason was given; nothing was done.",
            ("请写明原因。", "Say why."),
        )
