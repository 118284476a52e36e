"""Registers of random persons as files, and what `bill` makes of them."""

from __future__ import annotations

import json
import random
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from canbao.policy import Policy
from canbao.policy.engines.local import bill
from canbao.policy.engines.register import SCHEMA

from .people import local, person, settled


def typed(facts: dict[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {column: facts.get(column) for column in SCHEMA}
    for column, kind in SCHEMA.items():
        if row[column] is not None and kind == pl.Date:
            row[column] = date.fromisoformat(row[column])
        elif row[column] is not None and isinstance(kind, pl.Datetime):
            row[column] = datetime.fromisoformat(row[column])
        elif isinstance(row[column], dict):
            row[column] = json.dumps(row[column])
    return row


def random_people(rng: random.Random, policy: Policy, number: int) -> list[dict[str, Any]]:
    """Persons at the edges of this policy; some differ only in when they settle."""
    bases = [local(rng, policy, person(rng, policy, each)) for each in range(number // 3)]
    alone = [local(rng, policy, person(rng, policy, each)) for each in range(number - len(bases))]
    return alone + [settled(rng, policy, rng.choice(bases), len(alone) + each) for each in range(len(bases))]


def register_of(people: list[dict[str, Any]], path: Path) -> Path:
    pl.DataFrame([typed(facts) for facts in people], schema=SCHEMA, orient="row").write_parquet(path)
    return path


def bills_of(policy: Policy, register: Path) -> pl.DataFrame:
    out = register.with_name("bills.parquet")
    bill(policy, register, out)
    return pl.read_parquet(out)
