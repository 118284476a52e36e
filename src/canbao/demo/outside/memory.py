"""What the simulated partners took, kept beside their keys: a partner forgets nothing when the program stops."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from canbao.demo.outside.bank_side import Collected
from canbao.demo.outside.side import Side, Trade

_MOMENTS = ("expires_at", "paid_at")


def keep(file: Path, sides: Sequence[Side], collected: Sequence[Collected]) -> None:
    """Write everything anew; a reader finds the old file or the new one."""
    told = {
        "sides": {side.merchant_id: [asdict(trade) for trade in side.trades.values()] for side in sides if side.trades},
        "collected": [asdict(row) for row in collected],
    }
    draft = file.with_suffix(".new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        json.dump(told, out, default=datetime.isoformat)
    draft.replace(file)


def recall(file: Path, sides: Sequence[Side]) -> list[Collected]:
    """Give the sides their trades back, and what a bank collected; a side that is gone is passed over."""
    if not file.exists():
        return []
    told = json.loads(file.read_text(encoding="utf-8"))
    for side in sides:
        for row in told["sides"].get(side.merchant_id, []):
            side.open_trade(_trade(row))
    return [Collected(**{**row, "at": datetime.fromisoformat(row["at"])}) for row in told["collected"]]


def _trade(row: dict[str, Any]) -> Trade:
    moments = {name: datetime.fromisoformat(row[name]) if row[name] else None for name in _MOMENTS}
    refunded = {number: datetime.fromisoformat(at) for number, at in row["refunded_at"].items()}
    return Trade(**{**row, **moments, "refunded_at": refunded})
