"""Banks, terminals and the tax bureau, which start by themselves: they pull a bill by name and number, take the money,
and push what they took under a serial number of their own. JSON, signed in both directions with the algorithm that is
agreed on: RSA over SHA-256, or SM2 over SM3.

Headers: `x-key` the key's id, `x-time` seconds since 1970, `x-nonce`, `x-signature` over `time\\nnonce\\nbody`.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from canbao.payments.partners.keys import ALGORITHMS
from canbao.payments.partners.partner import (
    Answer,
    Call,
    Called,
    CallFailed,
    Heard,
    NotGenuine,
    Return,
    Setup,
    require_recent,
)
from canbao.payments.partners.report import Kind, Report

_RETURNS = {"returned": Kind.RETURNED, "bounced": Kind.BOUNCED}
_MEDIA = "application/json"


@dataclass(frozen=True, repr=False)
class Pull:
    """Whose bill is wanted."""

    name: str
    id_number: str


def read(setup: Setup, heard: Heard, now: datetime) -> Report:
    told = genuine(setup, heard, now)
    if "refund_number" in told:
        return _refund_report(told, f"refund {told['refund_number']} {told['state']}")
    return Report(
        event_id=str(told["serial"]),
        kind=Kind.PAID,
        merchant_id=str(told["merchant"]),
        amount_fen=int(told["amount_fen"]),
        bill_id=int(told["bill"]),
        item=str(told.get("item", "")),
        transaction_id=str(told["serial"]),
        paid_at=datetime.fromisoformat(told["paid_at"]),
    )


def read_pull(setup: Setup, heard: Heard, now: datetime) -> Pull:
    """The question for a bill. NotGenuine as in `read`."""
    asked = genuine(setup, heard, now)
    return Pull(str(asked["name"]), str(asked["id_number"]))


def answer(accepted: bool) -> Answer:
    return Answer(200 if accepted else 409, json.dumps({"accepted": accepted}).encode(), _MEDIA)


def sealed(setup: Setup, body: Mapping[str, Any], now: datetime) -> Heard:
    """What we say to the partner, signed: an answer to a pull, or a request."""
    raw = json.dumps(body, ensure_ascii=False).encode()
    return Heard(signed_headers(raw, setup.own_key, setup.own_key_id, now, setup.algorithm), raw)


def give_back(setup: Setup, wish: Return, call: Call, now: datetime) -> tuple[Report, bytes] | None:
    asked = {"refund_number": wish.number, "serial": wish.transaction_id, "amount_fen": wish.amount_fen}
    message = sealed(setup, asked, now)
    heard = call(Called("POST", f"{setup.address}/refunds", message.headers, message.body))
    if heard.status != 200:
        raise CallFailed(f"status {heard.status}")
    try:
        told = genuine(setup, heard, now)
    except NotGenuine as fault:
        raise CallFailed(str(fault)) from fault
    if told["state"] not in _RETURNS:
        return None
    return _refund_report(told, ""), heard.body


def signed_headers(body: bytes, private_pem: str, key_id: str, now: datetime, algorithm: str) -> dict[str, str]:
    moment, nonce = str(int(now.timestamp())), secrets.token_hex(16)
    seal = ALGORITHMS[algorithm].signed(f"{moment}\n{nonce}\n".encode() + body, private_pem)
    return {"content-type": _MEDIA, "x-key": key_id, "x-time": moment, "x-nonce": nonce, "x-signature": seal}


def genuine(setup: Setup, heard: Heard, now: datetime) -> dict[str, Any]:
    """The body, once it is sure who wrote it and when. NotGenuine."""
    moment, nonce = heard.headers.get("x-time", ""), heard.headers.get("x-nonce", "")
    if heard.headers.get("x-key") != setup.partner_key_id or not moment.isdigit():
        raise NotGenuine("unknown key")
    text = f"{moment}\n{nonce}\n".encode() + heard.body
    if not ALGORITHMS[setup.algorithm].is_signed(text, heard.headers.get("x-signature", ""), setup.partner_key):
        raise NotGenuine("signature")
    require_recent(datetime.fromtimestamp(int(moment), UTC), now)
    told: dict[str, Any] = json.loads(heard.body)
    return told


def _refund_report(told: Mapping[str, Any], event_id: str) -> Report:
    return Report(
        event_id=event_id,
        kind=_RETURNS[told["state"]],
        merchant_id=str(told["merchant"]),
        amount_fen=int(told["amount_fen"]),
        transaction_id=str(told["serial"]),
        refund_number=str(told["refund_number"]),
        confirmed=not event_id,
    )
