"""The demo's agreements: every channel of a notice that leads to a cashier of a known kind gets a simulated partner."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path

from canbao.demo.outside.agreed import WHO, Pairs, agreed, new_pairs
from canbao.kernel.clock import Clock
from canbao.payments.actions import Agreement, agree_channel
from canbao.policy import policies

_KINDS = (("alipay", "alipay"), ("union_pay", "union_pay"), ("wechat", "wechat_pay"), ("mini_program", "wechat_pay"))
_OPEN_FROM = date(2024, 1, 1)


def write(folder: Path, address: str, clock: Clock) -> Path:
    """Agree on every such channel with a partner at the address, and write down what the partners' server must know.

    The keys are made at the first start and kept, readable for the owner alone.
    """
    pairs = _kept_pairs(folder / "simulated-keys.json")
    rows = []
    for number, (policy_id, code, kind) in enumerate(_wanted()):
        _, side = agreed(
            policy_id=policy_id, code=code, kind=kind, address=f"{address}/{number}", pairs=pairs,
            open_from=_OPEN_FROM, now=clock.now,
        )  # fmt: skip
        row = asdict(side)
        for own in ("now", "trades", "told", "run"):
            del row[own]
        rows.append(row)
    _agree_by_hand()
    file = folder / "simulated-partners.json"
    _write_private(file, json.dumps(rows))
    return file


def _agree_by_hand() -> None:
    """In every place a bank that takes files, and the institutions that the notice lets pay for their people."""
    for policy in policies.all():
        _by_hand(
            policy.id, "bank_debit", "debit_file", f"{policy.area}001", ("模拟银行代扣", "Debit by a simulated bank")
        )
        for code, named in policy.notice.channels.items():
            if named.shape == "collective":
                _by_hand(policy.id, code, "collective_list", f"{policy.area}002", None)


def _by_hand(policy_id: str, code: str, partner: str, merchant_id: str, name: tuple[str, str] | None) -> None:
    agreement = Agreement(
        partner=partner, merchant_id=merchant_id, app_id="", address="", partner_key="", partner_key_id="", own_key="",
        own_key_id="", open_from=_OPEN_FROM, simulated=True, name=name,
    )  # fmt: skip
    agree_channel(actor=WHO, policy_id=policy_id, code=code, agreement=agreement)


def _wanted() -> Iterator[tuple[str, str, str]]:
    """Policy, channel and kind of partner."""
    for policy in policies.all():
        for code, named in policy.notice.channels.items():
            kind = next((kind for part, kind in _KINDS if part in code), None)
            if named.shape == "redirect" and kind is not None:
                yield policy.id, code, kind


def _kept_pairs(file: Path) -> Pairs:
    if not file.exists():
        made = new_pairs()
        _write_private(file, json.dumps([made.ours, made.theirs]))
    ours, theirs = json.loads(file.read_text(encoding="utf-8"))
    return Pairs((ours[0], ours[1]), (theirs[0], theirs[1]))


def _write_private(file: Path, text: str) -> None:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(text)
