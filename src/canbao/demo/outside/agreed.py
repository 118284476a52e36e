"""A channel agreed on with a simulated partner: new keys for both sides, which know each other's public half."""

from __future__ import annotations

import secrets
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from canbao.demo.outside.side import Side
from canbao.kernel.capabilities import Capability
from canbao.kernel.scope import program
from canbao.payments.actions import Agreement, agree_channel
from canbao.payments.models import Channel
from canbao.payments.partners.keys import ALGORITHMS, RSA
from canbao.policy import policies

WHO = program("demo", Capability.KEEP_CHANNELS)
_WITHOUT_APP = ("union_pay", "signed_push")
_PATHS = {"alipay": "/gateway.do"}


@dataclass(frozen=True, repr=False)
class Pairs:
    """Key pairs (private, public) of the two sides; making them takes a moment, so channels may share them."""

    ours: tuple[str, str]
    theirs: tuple[str, str]
    algorithm: str = RSA


def new_pairs(algorithm: str = RSA) -> Pairs:
    new_pair = ALGORITHMS[algorithm].new_pair
    return Pairs(new_pair(), new_pair(), algorithm)


def agreed(
    *, policy_id: str, code: str, kind: str, address: str, pairs: Pairs, open_from: date, now: Callable[[], datetime]
) -> tuple[Channel, Side]:
    """The channel in the register, and the side that answers at the address."""
    merchant, seal_key = "16" + f"{zlib.crc32((policy_id + code).encode()) % 10**8:08d}", secrets.token_hex(16)
    side = Side(
        kind=kind, name=code, merchant_id=merchant, app_id="" if kind in _WITHOUT_APP else f"app{merchant}",
        private=pairs.theirs[0], key_id=f"PUB_KEY_ID_{merchant}", theirs=pairs.ours[1], theirs_id=f"OWN_{merchant}",
        seal_key=seal_key, address=address, now=now, algorithm=pairs.algorithm,
        place=policies.get(policy_id).area,
    )  # fmt: skip
    agreement = Agreement(
        partner=kind, merchant_id=side.merchant_id, app_id=side.app_id, address=address + _PATHS.get(kind, ""),
        partner_key=pairs.theirs[1], partner_key_id=side.key_id, own_key=pairs.ours[0], seal_key=seal_key,
        own_key_id=side.theirs_id, open_from=open_from, simulated=True, algorithm=pairs.algorithm, remits_within=1,
    )  # fmt: skip
    return agree_channel(actor=WHO, policy_id=policy_id, code=code, agreement=agreement), side
