"""What the application form asks: the policy's questions, and who the person is and who fills it in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext

from canbao.enrolment import newborns
from canbao.enrolment.models import ApplicationKind, Relation
from canbao.enrolment.queries import ENDED_BY_APPLICATION
from canbao.faces.portal.asking import MORE, Choice, Field, Form, facts_of_tie, local
from canbao.policy import Policy, quote
from canbao.policy.notice import Route
from canbao.policy.questions import Question
from canbao.registry import plausible
from canbao.registry.codes import FactKind

NAME_MAX, PHONE = 60, re.compile(r"[0-9+\- ]{7,20}")


class ApplicationForm(Form):
    """The policy's questions, and who the person is. `routes` are those that it serves."""

    def __init__(self, policy: Policy, query: Mapping[str, Any], today: date, routes: Mapping[str, Route]) -> None:
        super().__init__(policy, query, today)
        self.routes = routes
        chosen = routes.get(self.reply("route"))
        # By a route of newborns nothing is asked that none of them has.
        self.newborn = chosen.newborn if chosen else all(route.newborn for route in routes.values())
        self.permit_until: date | None = None
        self.identity = {name: self.reply(name) for name in ("name", "id_number", "phone", "applicant_name")}
        self.sex, self.relation = self.reply("sex"), self.reply("relation") or Relation.SELF.value
        self.route = self.reply("route")
        kind = self.reply("kind")
        self.ends = tuple(each for each in ENDED_BY_APPLICATION if each.value in self.replies_to("ends"))
        self.kind = ApplicationKind(kind) if kind in ApplicationKind.values else ApplicationKind.ENROL
        if self.newborn:
            self.kind, self.ends = ApplicationKind.ENROL, ()
            self.relation = self.relation if self.relation in newborns.RELATIONS else Relation.PARENT.value

    def _when(self, born: date | None) -> date | None:
        """Nobody is asked when he means to pay: the day of registration counts."""
        return None

    def _ask(self, question: Question) -> None:
        """Nobody chooses the day of registration: an application is registered on the day it is decided."""
        if question.column == "registered_on" or (self.newborn and question.column in newborns.NOT_ASKED):
            return
        if self.newborn and question.column == "tier" and not self._tier_matters():
            return
        super()._ask(question)

    def _tier_matters(self) -> bool:
        """Whether who was born today has to choose a tier."""
        facts = facts_of_tie(self.policy, next(iter(self.policy.file.scope.grounds)))
        born = {"birth_date": self.today.isoformat(), "registered_on": self.today.isoformat()}
        return quote(self.policy, {**facts, **born}, on=self.today).reason == "tier_missing"

    def _tie(self) -> None:
        """A newborn is bound to the place by no school."""
        super()._tie()
        if self.newborn:
            options = self.fields[-1].options
            options[:] = [each for each in options if "student" not in facts_of_tie(self.policy, each.code)]

    def _several(self, question: Question, label: str) -> None:
        super()._several(question, label)
        if self.newborn and question.column == "categories":
            options = self.fields[-1].options
            options[:] = [each for each in options if plausible.may_be(each.code, self.today, self.today)]

    def _covered_before(self) -> None:
        if not self.newborn:
            super()._covered_before()

    def _other_insurance(self) -> None:
        """A newborn has no employer."""
        super()._other_insurance()
        if self.newborn:
            options = self.fields[-1].options
            options[:] = [each for each in options if each.code != "employee_insured"]

    def own_fields(self, *, sent: bool) -> list[Field]:
        """Who the person is and who fills this in; with faults once something was sent."""
        if self.route not in self.routes:
            self.route = next(iter(self.routes))
        newborn = any(route.newborn for route in self.routes.values())
        return [
            Field("kind", "choices", gettext("办什么"), options=[
                Choice(each.value, str(each.label), chosen=each == self.kind)
                for each in ([ApplicationKind.ENROL] if self.newborn else ApplicationKind)
            ]),
            Field("route", "choices", gettext("登记途径"), options=[
                Choice(key, local(r.name), local(r.who), key == self.route)
                for key, r in self.routes.items()
            ]),
            self._text("name", gettext("参保人姓名"), sent),
            Field("sex", "choices", gettext("性别"), options=[
                Choice("female", gettext("女"), chosen=self.sex == "female"),
                Choice("male", gettext("男"), chosen=self.sex == "male"),
            ], fault=gettext("请选择。") if sent and self.sex not in ("female", "male") else ""),
            self._text(
                "id_number", gettext("母亲的证件号码") if self.newborn else gettext("参保人证件号码"), sent,
                gettext("以后查询进度要用这个号码。")
                + (gettext("新生儿还没有号码的，填母亲的。") if newborn and not self.newborn else ""),
            ),
            self._text("phone", gettext("联系电话"), sent, right=PHONE.fullmatch),
            self._text("applicant_name", gettext("填表人姓名"), sent),
            Field("relation", "choices", gettext("填表人是参保人的"), options=[
                Choice(each.value, str(each.label), chosen=each.value == self.relation)
                for each in (newborns.RELATIONS if self.newborn else Relation)
            ]),
            *self._permit(sent),
            *([] if self.newborn else self._ended()),
        ]  # fmt: skip

    def _permit(self, sent: bool) -> list[Field]:
        """Until when the residence permit is valid, where the policy knows permits at all."""
        if all(question.column != "residence_permit" for question in self.policy.questions):
            return []
        value, fault = self.reply("permit_until"), ""
        try:
            self.permit_until = date.fromisoformat(value) if value else None
        except ValueError:
            fault = gettext("没有这一天，请检查日期。")
        if sent and not value and self.person.get("residence_permit", "none") != "none":
            fault = gettext("按居住证参保的，请填居住证有效期的最后一天。")
        label = gettext("居住证有效期至")
        hint = gettext("不是按居住证参保的，不用填。")
        return [Field("permit_until", "date", label, hint=hint, value=value, fault=fault)]

    def _ended(self) -> list[Field]:
        """What is over, for a change alone."""
        labels = {
            FactKind.PERMIT: gettext("居住证已交回或失效"),
            FactKind.STUDENT: gettext("已毕业或离开学校"),
            FactKind.EMPLOYEE_INSURANCE: gettext("职工医保已停"),
            FactKind.OTHER_INSURANCE: gettext("外地居民医保已停"),
        }
        knows_permits = any(question.column == "residence_permit" for question in self.policy.questions)
        options = [
            Choice(kind.value, labels[kind], chosen=kind in self.ends)
            for kind in ENDED_BY_APPLICATION
            if knows_permits or kind != FactKind.PERMIT
        ]
        hint = gettext("只在变更参保信息时勾选，没有就不勾。")
        return [Field("ends", "checks", gettext("不再有的情况"), MORE, hint, options)]

    def _text(
        self, name: str, label: str, sent: bool, hint: str = "", right: Callable[[str], object] | None = None
    ) -> Field:
        value = self.identity[name][:NAME_MAX]
        fault = ""
        if sent and not value:
            fault = gettext("请填写。")
        elif sent and right is not None and not right(value):
            fault = gettext("请检查。")
        return Field(name, "text", label, hint=hint, value=value, fault=fault)
