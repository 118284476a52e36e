"""What is agreed with the partners of a notice's channels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction

from canbao.kernel.capabilities import Capability
from canbao.kernel.scope import Scope
from canbao.payments import refused
from canbao.payments.models import Channel, Shape
from canbao.payments.partners import COLLECTIVE_LIST, COUNTER_BANK, DEBIT_FILE, PARTNERS, SM2_TOO
from canbao.payments.partners.keys import ALGORITHMS, RSA
from canbao.payments.partners.partner import Setup
from canbao.policy import policies

_SHAPES = {DEBIT_FILE: Shape.FILE, COUNTER_BANK: Shape.COUNTER}
"""Partners whose shape is their own, whatever the notice calls the channel."""


@dataclass(frozen=True, repr=False, kw_only=True)
class Agreement:
    """Whose keys, which account, from when. Keys are PEM; `own_key` is sealed before it is stored.

    `remits_within` counts working days from the day of payment to the day on which the money must be there; None where
    nothing is agreed. `name` (Chinese, English) is for banks that the notice does not name: one that debits, and the
    one whose account takes what counters collected.
    """

    partner: str
    merchant_id: str
    app_id: str
    address: str
    partner_key: str
    partner_key_id: str
    own_key: str
    own_key_id: str
    seal_key: str = ""
    algorithm: str = RSA
    remits_within: int | None = None
    open_from: date
    open_until: date | None = None
    simulated: bool = False
    name: tuple[str, str] | None = None


def agree_channel(*, actor: Scope, policy_id: str, code: str, agreement: Agreement) -> Channel:
    """Open a channel that the notice names, or change what is agreed about it.

    Refuses `channel_not_in_notice`, `unknown_partner`, `unknown_algorithm`.
    """
    policy = policies.get(policy_id)
    actor.require(Capability.KEEP_CHANNELS, policy.pooling_area)
    if agreement.partner not in PARTNERS:
        raise refused.unknown_partner(agreement.partner)
    if agreement.algorithm != RSA and (agreement.algorithm not in ALGORITHMS or agreement.partner not in SM2_TOO):
        raise refused.unknown_algorithm(agreement.algorithm, agreement.partner)
    named = policy.notice.channels.get(code)
    own_shape = _SHAPES.get(agreement.partner)
    if named is not None:
        shape, name = own_shape or Shape(named.shape), (named.name.zh, named.name.en)
    elif own_shape is not None and agreement.name is not None:
        shape, name = own_shape, agreement.name
    else:
        raise refused.channel_not_in_notice(code)
    if (agreement.partner == COLLECTIVE_LIST) != (shape == Shape.COLLECTIVE):
        raise refused.unknown_partner(agreement.partner)
    row = Channel(
        pooling_area=policy.pooling_area,
        policy_id=policy_id,
        code=code,
        shape=shape,
        name_zh=name[0],
        name_en=name[1],
        partner=agreement.partner,
        merchant_id=agreement.merchant_id,
        app_id=agreement.app_id,
        address=agreement.address,
        partner_key=agreement.partner_key,
        partner_key_id=agreement.partner_key_id,
        own_key_id=agreement.own_key_id,
        algorithm=agreement.algorithm,
        remits_within=agreement.remits_within,
        simulated=agreement.simulated,
        open_from=agreement.open_from,
        open_until=agreement.open_until,
    )
    row.seal_keys(agreement.own_key, agreement.seal_key)
    with transaction.atomic():
        before = Channel.objects.select_for_update().filter(policy_id=policy_id, code=code).first()
        if before is not None:
            row.pk = before.pk
        row.save(force_update=before is not None)
    return row


def setup_of(channel: Channel) -> Setup:
    """What the partner's module needs. VaultFault if our keys cannot be opened."""
    own_key, seal_key = channel.own_keys
    return Setup(
        merchant_id=channel.merchant_id,
        app_id=channel.app_id,
        address=channel.address,
        partner_key=channel.partner_key,
        partner_key_id=channel.partner_key_id,
        own_key=own_key,
        own_key_id=channel.own_key_id,
        seal_key=seal_key,
        algorithm=channel.algorithm,
    )
