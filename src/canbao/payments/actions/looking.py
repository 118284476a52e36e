"""Finding the bill that somebody wants to pay who has no login: by name and whole number, counted against guessing."""

from __future__ import annotations

from datetime import timedelta

from canbao.billing import queries as bills
from canbao.billing.models import Bill
from canbao.enrolment import actions as enrolment
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.personal import normal_number
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.kernel.vault import ring
from canbao.payments import items, refused
from canbao.payments.actions import settling
from canbao.payments.actions.agreeing import setup_of
from canbao.payments.actions.attempts import is_open, payer
from canbao.payments.actions.hearing import UNAUTHORISED, alarm
from canbao.payments.models import AlarmKind, Channel
from canbao.payments.partners import signed_push
from canbao.payments.partners.partner import Answer, Heard, NotGenuine
from canbao.policy import policies
from canbao.registry import queries as registry

BY_CLIENT, BY_NUMBER, WITHIN = 60, 10, timedelta(minutes=15)


def find_bill(*, actor: Scope, policy_id: str, name: str, id_number: str, client: str, clock: Clock) -> Bill:
    """The bill, open, settled or given back, of whoever has this name and number. `client` tells askers apart.

    Refuses `nobody_found` for a wrong name and a wrong number alike, `no_bill_yet`, `too_many_attempts`.
    """
    actor.require(Capability.PAY)
    number = normal_number(id_number)
    enrolment.count_public_attempt("pay", client, BY_CLIENT, WITHIN, clock)
    enrolment.count_public_attempt("pay", ring().index(number, "payments.asked").hex(), BY_NUMBER, WITHIN, clock)
    return _bill_of(actor, policy_id, name, number)


def pull_bill(*, channel: Channel, heard: Heard, clock: Clock) -> Answer:
    """Answer a partner who asks for a bill before he takes money for it: number, sum and item, or why there is none.

    The answer is signed, so that nobody between us can change the sum. 401 to whoever is not the partner.
    """
    setup = setup_of(channel)
    try:
        pull = signed_push.read_pull(setup, heard, clock.now())
    except (NotGenuine, KeyError, ValueError, TypeError):
        alarm(channel, AlarmKind.FORGED, clock)
        return UNAUTHORISED
    told: dict[str, object]
    try:
        if not is_open(channel, clock):
            raise refused.channel_closed()
        bill = _bill_of(payer(), channel.policy_id, pull.name, normal_number(pull.id_number))
        settling.require_open(bill)
        told = {"bill": bill.pk, "amount_fen": bill.payable_fen, "item": items.item_of(bill, channel.code)}
    except Refusal as refusal:
        told = {"refused": refusal.code, "zh": refusal.text(), "en": refusal.text("en")}
    sealed = signed_push.sealed(setup, told, clock.now())
    return Answer(200, sealed.body, "application/json", sealed.headers)


def _bill_of(actor: Scope, policy_id: str, name: str, number: str) -> Bill:
    policy = policies.get(policy_id)
    found = [
        card
        for card in (registry.with_number(actor, number) if number else ())
        if card.pooling_area == policy.pooling_area and registry.same_name(card.name, name)
    ]
    if not found:
        raise refused.nobody_found()
    bill = bills.latest_bill(actor, found[0].resident_id, policy.benefit_year)
    if bill is None or bill.policy_id != policy.id:
        raise refused.no_bill_yet(policy.benefit_year)
    return bill
