"""The demo's agreements: every channel of a notice that is paid outside gets a simulated partner."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path

from canbao.demo.outside.agreed import WHO, Pairs, agreed, new_pairs
from canbao.demo.outside.languages import PUSH
from canbao.kernel.clock import Clock
from canbao.payments.actions import Agreement, agree_channel
from canbao.payments.partners import COLLECTIVE_LIST, COUNTER_BANK, DEBIT_FILE
from canbao.payments.partners.keys import RSA, SM2
from canbao.payments.partners.openssl import NoOpenSSL
from canbao.policy import policies

_KINDS = (("alipay", "alipay"), ("union_pay", "union_pay"), ("wechat", "wechat_pay"), ("mini_program", "wechat_pay"))
_OTHER_CASHIER = "union_pay"
"""What the sites and apps of tax bureaux and cities lead to here: a form that is signed and sent by the browser."""
_OPEN_FROM = date(2024, 1, 1)


def write(folder: Path, address: str, ours: str, clock: Clock) -> Path:
    """Agree on every such channel with a partner at the address, and write down what the partners' server must know.

    `ours` is where the program answers. The keys are made at the first start and kept, readable for the owner alone.
    """
    pairs = _kept_pairs(folder / "simulated-keys.json")
    rows = []
    for number, (policy_id, code, kind) in enumerate(_wanted()):
        channel, side = agreed(
            policy_id=policy_id, code=code, kind=kind, address=f"{address}/{number}",
            pairs=pairs[SM2 if kind == PUSH else RSA], open_from=_OPEN_FROM, now=clock.now,
        )  # fmt: skip
        side.told_at = f"{ours}/callbacks/{channel.pk}"
        row = asdict(side)
        for own in ("now", "trades", "told", "run"):
            del row[own]
        rows.append(row)
    _agree_by_hand(address)
    file = folder / "simulated-partners.json"
    _write_private(file, json.dumps(rows))
    return file


def _agree_by_hand(address: str) -> None:
    """In every place a bank that takes files, the institutions that the notice lets pay for their people, and the bank
    whose account takes what counters collected.
    """
    for policy in policies.all():
        debit = ("模拟银行代扣", "Debit by a simulated bank")
        _by_hand(policy.id, "bank_debit", DEBIT_FILE, f"{policy.area}001", debit, address)
        for code, named in policy.notice.channels.items():
            if named.shape == "collective":
                _by_hand(policy.id, code, COLLECTIVE_LIST, f"{policy.area}002", None, address)
        account = ("模拟收款账户", "A simulated account of the counters")
        _by_hand(policy.id, "counter_bank", COUNTER_BANK, f"{policy.area}003", account, address)


def _by_hand(
    policy_id: str, code: str, partner: str, merchant_id: str, name: tuple[str, str] | None, address: str
) -> None:
    agreement = Agreement(
        partner=partner, merchant_id=merchant_id, app_id="", address=f"{address}/account/{merchant_id}", partner_key="",
        partner_key_id="", own_key="", own_key_id="", open_from=_OPEN_FROM, simulated=True, name=name, remits_within=1,
    )  # fmt: skip
    agree_channel(actor=WHO, policy_id=policy_id, code=code, agreement=agreement)


def _wanted() -> Iterator[tuple[str, str, str]]:
    """Policy, channel and kind of partner: every channel that a cashier page or a partner of his own serves."""
    for policy in policies.all():
        for code, named in policy.notice.channels.items():
            if named.shape == "redirect":
                yield policy.id, code, next((kind for part, kind in _KINDS if part in code), _OTHER_CASHIER)
            elif named.shape == "push":
                yield policy.id, code, PUSH


def _kept_pairs(file: Path) -> dict[str, Pairs]:
    """Pairs by what a channel agrees on; where no OpenSSL knows SM2, RSA stands in for it."""
    kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    if not isinstance(kept, dict) or set(kept) != {RSA, SM2}:
        kept = {name: _made(name) for name in (RSA, SM2)}
        _write_private(file, json.dumps(kept))
    return {
        name: Pairs((ours[0], ours[1]), (theirs[0], theirs[1]), algorithm)
        for name, (algorithm, ours, theirs) in kept.items()
    }


def _made(algorithm: str) -> tuple[str, tuple[str, str], tuple[str, str]]:
    try:
        made = new_pairs(algorithm)
    except NoOpenSSL:
        made = new_pairs()
    return made.algorithm, made.ours, made.theirs


def _write_private(file: Path, text: str) -> None:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(text)
