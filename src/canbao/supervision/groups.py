"""The conditions of a policy as SQL over the register, to count people who have no bill yet.

The engine asks a condition of one person; here it is asked of a whole county in one statement. What depends on the
moment of payment or on a choice (`timing`, `transfer`, `tier`, `registered_within_days`) cannot be asked of somebody
who has not come yet: such a group is not measurable, and the page says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from canbao.kernel.scope import area_prefix
from canbao.policy import Policy
from canbao.policy.conditions import Born, Condition

CATEGORIES = """(SELECT coalesce(array_agg(k.code::text), '{}'::text[]) FROM registry_residentcategory k
    WHERE k.pooling_area = r.pooling_area AND k.resident_id = r.id AND k.from_on <= %(as_of)s
      AND (k.until_on IS NULL OR k.until_on > %(as_of)s)
      AND NOT (k.code = 'severe_disability' AND coalesce(r.disability_grade, 0) IN (3, 4)))"""
"""Valid categories of resident `r`; grade 3 or 4 takes severe disability away (contract.md)."""

HOLDERS = """LEFT JOIN (SELECT k.resident_id, array_agg(k.code::text) AS codes FROM registry_residentcategory k
    WHERE k.pooling_area = %(fund)s AND k.from_on <= %(as_of)s AND (k.until_on IS NULL OR k.until_on > %(as_of)s)
    GROUP BY k.resident_id) held ON held.resident_id = r.id"""
CATEGORIES_HELD = """coalesce(CASE WHEN r.disability_grade IN (3, 4)
    THEN array_remove(held.codes, 'severe_disability') ELSE held.codes END, '{}'::text[])"""
"""The same as CATEGORIES, read together for a whole fund (HOLDERS)."""


class NotMeasurable(Exception):
    """The condition asks for something that is known only when the person pays or chooses."""


@dataclass(slots=True)
class GroupSql:
    """Turns conditions into predicates over `p` (a resident with `categories`); collects their parameters."""

    policy: Policy
    params: dict[str, Any] = field(default_factory=dict)

    def of(self, condition: Condition | None) -> str:
        """SQL that holds for the people of the condition; everybody for None. Raises NotMeasurable."""
        if condition is None:
            return "true"
        parts = [*self._combined(condition), *self._person(condition), *self._policy_wide(condition)]
        unknown = [
            name
            for name in ("timing", "transfer", "tier", "registered_within_days")
            if getattr(condition, name) is not None
        ]
        if unknown:
            raise NotMeasurable(", ".join(unknown))
        return f"({' AND '.join(parts)})" if parts else "true"

    def in_scope(self) -> str:
        """Who may enrol under the policy, as far as the register can tell."""
        blocks = []
        scope = self.policy.file.scope
        if scope.employee_insured.blocks:
            blocks.append("NOT p.employee_insured")
        if scope.insured_elsewhere.blocks:
            blocks.append("NOT p.insured_elsewhere")
        grounds = [self.of(ground.when) for ground in scope.grounds.values()]
        return " AND ".join([*blocks, f"({' OR '.join(grounds)})"])

    def aided(self) -> str:
        """Who holds a category that an aid rule of the policy names."""
        named = sorted(rule.category for rule in self.policy.file.aid.rules.values() if rule.category)
        return f"p.categories && {self._param(named)}::text[]"

    def _param(self, value: object) -> str:
        name = f"g{len(self.params)}"
        self.params[name] = value
        return f"%({name})s"

    def _combined(self, c: Condition) -> Iterable[str]:
        if c.all is not None:
            yield f"({' AND '.join(self.of(part) for part in c.all) or 'true'})"
        if c.any is not None:
            yield f"({' OR '.join(self.of(part) for part in c.any) or 'false'})"
        if c.not_ is not None:
            yield f"NOT coalesce({self.of(c.not_)}, false)"

    def _person(self, c: Condition) -> Iterable[str]:
        for column in ("sex", "hukou_kind"):
            value = getattr(c, column)
            if value is not None:
                yield f"coalesce(p.{column} = {self._param(value)}, false)"
        for key, column in (("student", "student"), ("permit", "residence_permit")):
            values = getattr(c, key)
            if values is not None:
                yield f"p.{column} = ANY ({self._param(values)})"
        if c.permit_relation is not None:
            yield f"coalesce(p.permit_relation, 'holder') = ANY ({self._param(c.permit_relation)})"
        for place in ("school", "hukou", "residence"):
            codes = getattr(c, f"{place}_in")
            if codes is not None:
                prefixes = [f"{area_prefix(code)}%" for code in codes]
                yield f"coalesce(p.{place}_area LIKE ANY ({self._param(prefixes)}), false)"
        if c.category is not None:
            yield f"p.categories && {self._param(c.category)}::text[]"
        for name, values in (c.attribute or {}).items():
            yield f"p.attributes -> {self._param(name)} IN (SELECT to_jsonb(v) FROM {self._json(values)} v)"

    def _json(self, values: list[Any]) -> str:
        from psycopg.types.json import Jsonb

        return f"jsonb_array_elements({self._param(Jsonb(values))})"

    def _policy_wide(self, c: Condition) -> Iterable[str]:
        if c.age is not None:
            youngest, oldest = c.age.bounds
            day = self._param(self.policy.age_day or self.policy.year_start)
            age = f"extract(year FROM age({day}::date, p.birth_on))"
            yield f"{age} BETWEEN {self._param(youngest)} AND {self._param(oldest)}"
        if c.born is not None:
            yield from self._born(c.born)
        if c.aided is not None:
            yield self.aided() if c.aided else f"NOT {self.aided()}"
        if c.class_ is not None:
            yield f"({' OR '.join(self._class(code) for code in c.class_)})"

    def _class(self, wanted: str) -> str:
        """The first class whose condition holds is the person's."""
        earlier: list[str] = []
        for code, part in self.policy.file.classes.items():
            own = self.of(_without_choice(part.when))
            if code == wanted:
                return f"({' AND '.join([own, *(f'NOT {other}' for other in earlier)])})"
            earlier.append(own)
        return "false"

    def _born(self, born: Born) -> Iterable[str]:
        year = self.policy.benefit_year
        for rule, comparison in ((born.on_or_after, ">="), (born.after, ">"), (born.before, "<")):
            if rule is not None:
                yield f"p.birth_on {comparison} {self._param(rule.resolve(year))}::date"
        if born.in_year is not None:
            yield f"extract(year FROM p.birth_on) = {self._param(year + born.in_year)}"
        if born.months is not None:
            yield f"extract(month FROM p.birth_on) = ANY ({self._param(born.months)})"
        if born.in_window is not None:
            opens, closes = self._day(self.policy.opens.date()), self._day(self.policy.closes.date())
            inside = f"p.birth_on BETWEEN {opens} AND {closes}"
            yield inside if born.in_window else f"NOT ({inside})"

    def _day(self, day: date) -> str:
        return f"{self._param(day)}::date"


def _without_choice(condition: Condition | None) -> Condition | None:
    """A class that also asks for a chosen tier is counted for everybody who may choose it."""
    if condition is None or condition.tier is None:
        return condition
    return condition.model_copy(update={"tier": None})
