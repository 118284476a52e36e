"""What the page of a person offers at the counter: the routes that are open, and what has to be shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from canbao.enrolment import queries as enrolment
from canbao.enrolment.queries import CounterRoute
from canbao.faces.console.person_year import PersonYear
from canbao.faces.visit import clock
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.payments.models import Method
from canbao.payments.queries import collectors
from canbao.policy import BadPerson
from canbao.policy.notice import Route
from canbao.policy.parts import Words
from canbao.policy.routes import sent_elsewhere


@dataclass(frozen=True)
class Counter:
    """The routes, that to take first in front, every document that one names, and a rule that sends the person away.

    `permit_over` is the last day of a residence permit that has run out.
    """

    routes: list[CounterRoute]
    documents: list[Words]
    elsewhere: Route | None
    permit_over: date | None


def counter_of(scope: Scope, py: PersonYear) -> Counter | None:
    """None for whoever is enrolled or has died, and where the facts do not allow to tell."""
    if py.enrolment is not None or py.policy is None or py.resident.died_on is not None:
        return None
    try:
        routes = enrolment.counter_routes(scope, py.resident.pk, py.policy.id, clock().today())
    except (Refusal, BadPerson):
        return None
    facts = enrolment.facts(scope, py.resident.pk, py.benefit_year, on=clock().today())
    named = {words.zh: words for one in routes for words in one.route.evidence}
    today, person = clock().today(), py.resident
    over = enrolment.expired_permits([person.pooling_area], [person.pk], today).get(person.pk)
    return Counter(routes, list(named.values()), sent_elsewhere(py.policy, facts, today), over)


def methods_for(village_code: str) -> list[tuple[str, str]]:
    """How money is taken for people of the village: cash, card, and every QR code that the county's list holds."""
    plain = [(method.value, str(method.label)) for method in (Method.CASH, Method.POS)]
    codes = collectors.codes_for(village_code, clock().today())
    listed = [(f"{Method.CODE} {code.pk}", f"{Method.CODE.label} · {code.bank} {code.posted_at}") for code in codes]
    return plain + listed
