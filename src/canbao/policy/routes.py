"""The registration routes of a notice for one person: which are open, and in the words of the notice why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from .conditions import Condition
from .facts import Facts
from .notice import Qualifying, Route, Standing
from .parts import Words
from .person import Person
from .policy import Policy

NOON = time(12)
STANDINGS: dict[Standing, Words] = {
    "first": Words(zh="在本统筹区首次参保", en="enrols in this pooling area for the first time"),
    "known": Words(zh="以往年度在本统筹区参过保", en="was enrolled in this pooling area in an earlier year"),
    "renewing": Words(zh="上一年度在本统筹区参保", en="was enrolled in this pooling area the year before"),
    "stopped": Words(zh="办理过停保", en="had stopped"),
}


@dataclass(frozen=True, slots=True)
class Check:
    """One condition of a route for one person. `holds` None: only a person can tell, nothing is on file for it.

    `parts` are the conditions of which none holds, where one would do.
    """

    words: Words
    holds: bool | None
    source: tuple[str, ...] = ()
    parts: tuple[Words, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """A route as it stands for one person: `open` if every condition that can be told holds."""

    key: str
    route: Route
    checks: tuple[Check, ...]

    @property
    def open(self) -> bool:
        return all(check.holds is not False for check in self.checks)

    @property
    def failing(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.holds is False)


def offers(policy: Policy, person: Mapping[str, Any], standing: Standing, on: date) -> list[Offer]:
    """Every route of the notice that is a place to go or spares one, for a person who registers on a day.

    `person` has the keys of contract.md. Raises BadPerson.
    """
    facts = _facts(policy, {**person, "registered_on": on.isoformat()}, on)
    return [
        Offer(key, route, tuple(_checks(policy, route, standing, facts)))
        for key, route in policy.notice.routes.items()
        if not route.gate
    ]


def must_register(policy: Policy, standing: Standing) -> Route | None:
    """The rule of the notice that keeps this person from paying before registration; None where it has none."""
    gates = (route for route in policy.notice.routes.values() if route.gate and route.elsewhere is None)
    return next((route for route in gates if _serves(route, standing)), None)


def sent_elsewhere(policy: Policy, person: Mapping[str, Any], on: date) -> Route | None:
    """The rule of the notice by which this person enrols in another place; None where it has none. Raises BadPerson."""
    rules = [route for route in policy.notice.routes.values() if route.elsewhere is not None]
    if not rules:
        return None
    facts = _facts(policy, {**person, "registered_on": on.isoformat()}, on)
    return next((rule for rule in rules if _holds(policy, rule.when, facts)), None)


def best(found: list[Offer], mode: str | None = None) -> Offer | None:
    """The route to take: none needed, then the narrowest that is open, in the order of the notice."""
    fitting = [offer for offer in found if offer.open and mode in (None, offer.route.mode)]
    free = [offer for offer in fitting if offer.route.mode == "none"]
    return next(iter(free or sorted(fitting, key=lambda offer: offer.route.when is None)), None)


def _serves(route: Route, standing: Standing) -> bool:
    return not route.standing or standing in route.standing


def _facts(policy: Policy, person: Mapping[str, Any], on: date) -> Facts:
    read = Person.parse(person, categories=policy.categories)
    return Facts(policy, read, max(datetime.combine(on, NOON), policy.opens))


def _checks(policy: Policy, route: Route, standing: Standing, facts: Facts) -> list[Check]:
    found = []
    if route.standing:
        wanted = [STANDINGS[each] for each in route.standing]
        words = Words(zh="或".join(each.zh for each in wanted), en=" or ".join(each.en for each in wanted))
        found.append(Check(words, _serves(route, standing), tuple(route.source)))
    if route.when is not None:
        found.append(Check(route.who, _holds(policy, route.when, facts), tuple(route.source)))
    if route.any_of:
        found.append(_any_of(policy, route.any_of, facts))
    return found


def _any_of(policy: Policy, parts: list[Qualifying], facts: Facts) -> Check:
    """The first condition that holds, else one that nobody can tell, else that none does."""
    told = [(part, _holds(policy, part.when, facts)) for part in parts]
    for wanted in (True, None):
        for part, holds in told:
            if holds is wanted:
                return Check(part.name, holds, tuple(part.source))
    words = Words(
        zh=f"{len(parts)}项条件都不符合",
        en=f"none of the {len(parts)} conditions holds",
    )
    return Check(words, False, tuple(row for part in parts for row in part.source), tuple(part.name for part in parts))


def _holds(policy: Policy, when: Condition | None, facts: Facts) -> bool | None:
    if when is None:
        return None
    test = policy.test(when)
    return test is None or test(facts)
