"""What a counter takes down for somebody who stands there, from wherever in the place of the policy he comes."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from canbao.areas import queries as areas
from canbao.enrolment import queries, refusals
from canbao.enrolment.actions.applications import NewApplication, drafted, hand_in, note
from canbao.enrolment.models import Application
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope
from canbao.policy import policies


def take_application(*, actor: Scope, asked: NewApplication, seen: Collection[str], clock: Clock) -> Application:
    """Hand in an application at a counter: the office of the person's village decides on it as on any other.

    `seen` are the documents that were shown, in the words of the notice: at least one, of those that it names.
    Refuses `outside_your_area` for another pooling area, `wrong_route` for a route that is not of this counter,
    `evidence_not_seen`, `evidence_unknown`, `not_eligible`, `bad_facts`, `already_applied`.
    """
    actor.require(Capability.TAKE_APPLICATIONS)
    policy = policies.get(asked.policy_id)
    if policy.pooling_area not in areas.pooling_codes(actor):
        actor.require(Capability.TAKE_APPLICATIONS, policy.pooling_area)
    offered = queries.desk_routes(policy, actor.roles)
    if asked.route not in offered:
        raise refusals.WrongRoute(None, None)
    shown = queries.seen_of(policy, offered[asked.route], seen, always=True)
    with transaction.atomic():
        row = drafted(asked, clock)
        row.taken_in = areas.entrances(actor)[0].code
        row.taken_by_id, row.taken_by_name, row.seen = actor.actor_id, actor.actor_name, shown
        row.save(force_insert=True)
        note(actor, row, clock, shown)
        hand_in(actor, row, clock)
    return row
