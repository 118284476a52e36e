"""The public form: what one policy asks, in the words of a resident, and the person that the replies describe.

Shapes: replies come as the fields of a POST; the person is the JSON of contract.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils.translation import get_language, gettext

from canbao.faces.templatetags.kit import day, money
from canbao.policy import Policy
from canbao.policy.conditions import Condition, walk
from canbao.policy.model import Words
from canbao.policy.questions import Question

ELSEWHERE = "999999"
MAIN, MORE = "main", "more"
SHORT = 8
NOON, LAST_MINUTE, PAST = time(12), time(23, 59), timedelta(minutes=1)
SEVERE, SEVERE_GRADES = "severe_disability", (1, 2)
ASKED_TOGETHER = {"hukou_area", "residence_area", "residence_permit", "permit_relation", "school_area"}


def local(words: Words) -> str:
    return words.en if (get_language() or "").startswith("en") else words.zh


@dataclass(frozen=True)
class Choice:
    code: str
    text: str
    sub: str = ""
    chosen: bool = False


@dataclass(frozen=True)
class Field:
    """One question. `kind`: choices, checks, ymd, date or grade; `part`: main, or more for what few people need."""

    name: str
    kind: str
    label: str
    part: str = MAIN
    hint: str = ""
    options: list[Choice] = field(default_factory=list)
    value: str = ""
    parts: tuple[str, str, str] = ("", "", "")
    hours: list[Choice] = field(default_factory=list)
    fault: str = ""

    @property
    def short(self) -> bool:
        """Whether the options fit side by side."""
        return len(self.options) > 1 and all(len(choice.text) <= SHORT and not choice.sub for choice in self.options)


@dataclass(frozen=True)
class Replies:
    """What the visitor replied: the form to show again, and the person once there is enough to answer."""

    fields: list[Field]
    person: dict[str, Any] | None
    on: date | None
    notes: list[str] = field(default_factory=list)
    """What the answer takes for granted, in sentences."""

    @property
    def main(self) -> list[Field]:
        return [entry for entry in self.fields if entry.part == MAIN]

    @property
    def more(self) -> list[Field]:
        return [entry for entry in self.fields if entry.part == MORE]

    @property
    def faults(self) -> list[Field]:
        return [entry for entry in self.fields if entry.fault]

    @property
    def more_is_used(self) -> bool:
        return any(
            entry.value or any(choice.chosen and choice.code != "none" for choice in entry.options)
            for entry in self.more
        )


def facts_meeting(condition: Condition | None) -> dict[str, Any]:
    """Facts of a person that meet the condition as far as it speaks of places, permits and school."""
    if condition is None:
        return {}
    facts: dict[str, Any] = {}
    for part in condition.all or ():
        facts |= facts_meeting(part)
    if condition.any:
        facts |= facts_meeting(condition.any[0])
    for column, values in (
        ("hukou_area", condition.hukou_in),
        ("residence_area", condition.residence_in),
        ("school_area", condition.school_in),
        ("residence_permit", condition.permit),
        ("permit_relation", condition.permit_relation),
        ("student", condition.student),
    ):
        if values:
            facts[column] = values[0]
    return facts


def facts_of_tie(policy: Policy, code: str) -> dict[str, Any]:
    """Columns for the visitor's tie to the place: a ground of the policy's scope, living there, or none of these."""
    ground = policy.file.scope.grounds.get(code)
    if ground is not None:
        return facts_meeting(ground.when)
    if code == "lives":
        return {"residence_area": policy.file.scope.area[0]}
    return {"hukou_area": ELSEWHERE}


class Form:
    """Reads the replies to one policy's questions. `year` carries the policy to another benefit year."""

    def __init__(self, policy: Policy, query: Mapping[str, Any], today: date) -> None:
        self.policy = policy
        self.query = query
        self.today = today
        self.fields: list[Field] = []
        self.person: dict[str, Any] = {}
        self.notes: list[str] = []

    def reply(self, name: str) -> str:
        return str(self.query.get(name, "")).strip()

    def replies_to(self, name: str) -> list[str]:
        many = getattr(self.query, "getlist", None)
        return list(many(name)) if many else list(self.query.get(name, []))

    def read(self) -> Replies:
        asked = {question.column: question for question in self.policy.questions}
        born = self._birth()
        self._tie()
        for question in asked.values():
            self._ask(question)
            if question.column == "last_cover_end":
                self._covered_before()
        self._severe_by_grade(asked)
        self._other_insurance()
        on = self._when(born)
        ready = born is not None and not any(entry.fault for entry in self.fields)
        return Replies(self.fields, self.person if ready else None, on, self.notes)

    def _birth(self) -> date | None:
        parts = (self.reply("born_y"), self.reply("born_m"), self.reply("born_d"))
        born, fault = None, ""
        if all(parts):
            try:
                born = date(*(int(part) for part in parts))
            except (ValueError, OverflowError):
                fault = gettext("没有这一天，请检查年、月、日。")
            else:
                if not 1900 <= born.year <= self.policy.year_end.year:
                    fault = gettext("请检查出生年份。")
        elif any(parts):
            fault = gettext("请把年、月、日都填上。")
        if born and not fault and born > self.today:
            self.person["attributes"] = {"expected_birth": born.isoformat()}
        elif born and not fault:
            self.person["birth_date"] = born.isoformat()
        self.fields.append(
            Field(
                "born",
                "ymd",
                gettext("谁要参保？出生日期"),
                hint=gettext("例如：1961 年 5 月 8 日。孩子还没有出生的，填预产期。"),
                parts=parts,
                fault=fault,
            )
        )
        return born

    def _tie(self) -> None:
        grounds = self.policy.file.scope.grounds
        chosen = self.reply("tie") or next(iter(grounds))
        options = [Choice(code, local(ground.name), chosen=code == chosen) for code, ground in grounds.items()]
        if any(question.column == "residence_permit" for question in self.policy.questions):
            options.append(Choice("lives", gettext("住在这里，以上都不符合"), chosen=chosen == "lives"))
        options.append(Choice("none", gettext("都没有"), chosen=chosen == "none"))
        place = local(self.policy.place)
        self.fields.append(Field("tie", "choices", gettext("与%(place)s的关系") % {"place": place}, options=options))
        self.person |= facts_of_tie(self.policy, chosen)

    def _ask(self, question: Question) -> None:
        column = question.column
        label = local(question.label)
        if column in ASKED_TOGETHER or column in ("birth_date", "paid_at", "employee_insured", "insured_elsewhere"):
            return
        if question.kind == "choice":
            self._choice(question, label)
        elif question.kind == "multi":
            self._several(question, label)
        elif question.kind == "number":
            self._grade(column, label)
        elif question.kind == "date":
            self._day(column, label)

    def _choice(self, question: Question, label: str) -> None:
        column = question.column
        codes = [option.code for option in question.options]
        chosen = self.reply(column) or ("none" if "none" in codes else "")
        fault = gettext("请选在哪类学校就读。") if chosen == "none" and self.person.get(column) else ""
        options = [
            Choice(
                option.code,
                option.en if _english() else option.zh,
                self._sub(column, option.code),
                option.code == chosen,
            )
            for option in question.options
        ]
        part = MAIN if column in ("student", "tier") else MORE
        self.fields.append(Field(column, "choices", label, part, options=options, fault=fault))
        if chosen in codes:
            self.person[column] = chosen

    def _sub(self, column: str, code: str) -> str:
        """What a tier costs, where the policy has a class of that tier."""
        if column != "tier":
            return ""
        for fee in self.policy.file.classes.values():
            if any(code in (part.tier or ()) for part in walk(fee.when)):
                return money(fee.standard_fen)
        return ""

    def _several(self, question: Question, label: str) -> None:
        column = question.column
        chosen = [code for code in self.replies_to(column) if code in {option.code for option in question.options}]
        options = [
            Choice(option.code, option.en if _english() else option.zh, chosen=option.code in chosen)
            for option in question.options
        ]
        hint = gettext("由民政、残联等部门认定，有才勾选。") if column == "categories" else ""
        self.fields.append(Field(column, "checks", label, MORE, hint, options))
        if chosen:
            self.person[column] = [int(code) for code in chosen] if column == "covered_years" else chosen

    def _grade(self, column: str, label: str) -> None:
        chosen = self.reply(column)
        options = [Choice("none", gettext("没有"), chosen=not chosen or chosen == "none")]
        options += [
            Choice(str(grade), gettext("%(grade)s 级") % {"grade": grade}, chosen=chosen == str(grade))
            for grade in range(1, 5)
        ]
        hint = gettext("一、二级按重度残疾人计算。")
        self.fields.append(Field(column, "choices", label, MORE, hint, options))
        if chosen in {option.code for option in options} - {"none"}:
            self.person[column] = int(chosen)

    def _severe_by_grade(self, asked: Mapping[str, Question]) -> None:
        """A resident knows the grade on the certificate; that the federation's list says "severe" follows from it."""
        offered = {option.code for option in asked["categories"].options} if "categories" in asked else set()
        held = self.person.get("categories", [])
        if self.person.get("disability_grade") in SEVERE_GRADES and SEVERE in offered and SEVERE not in held:
            self.person["categories"] = [*held, SEVERE]

    def _day(self, column: str, label: str) -> None:
        value, fault = self.reply(column), ""
        if value:
            try:
                self.person[column] = date.fromisoformat(value).isoformat()
            except ValueError:
                fault = gettext("没有这一天，请检查日期。")
        self.fields.append(Field(column, "date", label, MORE, value=value, fault=fault))

    def _covered_before(self) -> None:
        """Whether the years before a transfer count as consecutive: asked in words, for nobody lists these years."""
        years = self.policy.file.waiting.transfer.years_min
        chosen = self.reply("covered_before") or "none"
        options = [
            Choice("none", gettext("没有，或不清楚"), chosen=chosen != "yes"),
            Choice("yes", gettext("是，已满 %(n)s 年") % {"n": years}, chosen=chosen == "yes"),
        ]
        label = gettext("到那一天为止，是否已连续参保满 %(n)s 年") % {"n": years}
        hint = gettext("填了上面的最后一天才需要回答。")
        self.fields.append(Field("covered_before", "choices", label, MORE, hint, options))
        if "last_cover_end" not in self.person:
            return
        if chosen != "yes":
            self.notes.append(gettext("这里按此前没有连续参保满 %(n)s 年计算；如果已满，请选“是”。") % {"n": years})
            return
        ended = date.fromisoformat(self.person["last_cover_end"]).year
        covered = {*self.person.get("covered_years", []), *range(ended - years + 1, ended + 1)}
        self.person["covered_years"] = sorted(covered)

    def _other_insurance(self) -> None:
        chosen = self.reply("other_insurance") or "none"
        options = [
            Choice("none", gettext("没有"), chosen=chosen == "none"),
            Choice("employee_insured", gettext("正在参加职工医保"), chosen=chosen == "employee_insured"),
            Choice("insured_elsewhere", gettext("已在外地参加居民医保"), chosen=chosen == "insured_elsewhere"),
        ]
        self.fields.append(Field("other_insurance", "choices", gettext("同一年度的其他医保"), MORE, options=options))
        if chosen != "none":
            self.person[chosen] = True

    def _when(self, born: date | None) -> date | None:
        """The day the visitor means to pay; inside the window unless another is chosen."""
        policy = self.policy
        chosen = self.reply("when") or "window"
        value, fault, on = self.reply("day"), "", policy.opens.date()
        if chosen == "day":
            try:
                on = date.fromisoformat(value)
            except ValueError:
                fault = gettext("请选择打算缴费的日期。")
            else:
                if on < policy.opens.date():
                    fault = gettext("那时集中缴费期还没有开始，请选之后的日期。")
                elif born is not None and on < born:
                    fault = gettext("那时还没有出生，请选之后的日期。")
                else:
                    self._settle_on(on)
        elif born is not None:
            on = max(on, born)
        options = [
            Choice("window", gettext("集中缴费期内"), _span(policy), chosen == "window"),
            Choice("day", gettext("别的日子"), gettext("错过了集中缴费期，或刚出生、刚迁入"), chosen == "day"),
        ]
        hours = self._hours() if policy.closes.time() < LAST_MINUTE else []
        self.fields.append(
            Field("when", "when", gettext("什么时候缴费"), options=options, value=value, fault=fault, hours=hours)
        )
        return on

    def _settle_on(self, on: date) -> None:
        """Registration and payment on the chosen day.

        Inside the window the payment is left open: it is still to succeed, and the engine warns of the last days.
        """
        closes = self.policy.closes
        self.person["registered_on"] = on.isoformat()
        last_day = on == closes.date() and closes.time() < LAST_MINUTE
        if last_day and self.reply("hour") == "after":
            self.person["paid_at"] = (closes + PAST).isoformat()
        elif on > closes.date():
            self.person["paid_at"] = datetime.combine(on, NOON).isoformat()

    def _hours(self) -> list[Choice]:
        """Before or after the hour at which the window closes on its last day."""
        hour, chosen = f"{self.policy.closes:%H:%M}", self.reply("hour")
        return [
            Choice("before", gettext("%(hour)s之前") % {"hour": hour}, chosen=chosen != "after"),
            Choice("after", gettext("%(hour)s之后") % {"hour": hour}, chosen=chosen == "after"),
        ]


def _english() -> bool:
    return (get_language() or "").startswith("en")


def _span(policy: Policy) -> str:
    return gettext("%(from)s至%(last)s") % {"from": day(policy.opens), "last": day(policy.closes)}
