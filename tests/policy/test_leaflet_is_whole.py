"""Nothing that a policy file says in words or in money is missing in its leaflet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from pydantic import BaseModel

from canbao.policy import policies
from canbao.policy.explain import yuan
from canbao.policy.leaflet import leaflet
from canbao.policy.model import PolicyFile

PLACES = [*policies.files(), *sorted(policies.folder.glob("examples/*/2026.yaml"))]
CHINESE = re.compile(r"[\u4e00-\u9fff]")
Leaf = tuple[tuple[str | int, ...], object]
NOT_FOR_READERS = ("clauses", "readings")
"""Clauses are cited by number; of the readings only those that the policy uses are listed."""


def leaves(value: object, loc: tuple[str | int, ...] = ()) -> Iterator[Leaf]:
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from leaves(getattr(value, name), (*loc, name))
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*loc, key))
    elif isinstance(value, list | tuple):
        for position, inner in enumerate(value):
            yield from leaves(inner, (*loc, position))
    elif value is not None:
        yield loc, value


def said(file: PolicyFile) -> list[Leaf]:
    return [
        (loc, value)
        for loc, value in leaves(file)
        if loc[0] not in NOT_FOR_READERS
        # What a standard was worked out from, and the one provider of a channel that is named after it.
        if "standard_from" not in loc and loc[-2:] != ("providers", 0)
    ]


@pytest.mark.parametrize("path", PLACES, ids=lambda path: path.parent.name)
def test_every_word_of_a_policy_stands_in_the_leaflet(path: Path) -> None:
    policy = policies.get(str(path))
    text = leaflet(policy)
    words = [
        (loc, value)
        for loc, value in said(policy.file)
        if isinstance(value, str) and (loc[-1] in ("zh", "en") or CHINESE.search(value))
    ]

    assert len(words) > 20
    assert [loc for loc, value in words if value not in text] == []


@pytest.mark.parametrize("path", PLACES, ids=lambda path: path.parent.name)
def test_every_amount_of_a_policy_stands_in_the_leaflet_in_both_languages(path: Path) -> None:
    policy = policies.get(str(path))
    text = leaflet(policy)
    amounts = [
        (loc, value)
        for loc, value in said(policy.file)
        if isinstance(value, int) and any(str(key).endswith("fen") for key in loc) and "prices" not in loc
        if loc[-1] != "to_fen" and (value or loc[0] == "notice")
    ]

    assert len(amounts) > 1
    assert [loc for loc, fen in amounts if yuan(fen) not in text or yuan(fen, "en") not in text] == []


@pytest.mark.parametrize("path", PLACES, ids=lambda path: path.parent.name)
def test_every_day_of_a_notice_stands_in_the_leaflet(path: Path) -> None:
    policy = policies.get(str(path))
    text = leaflet(policy)
    days = [(loc, value) for loc, value in said(policy.file) if isinstance(value, date) and loc[0] == "notice"]

    assert [loc for loc, day in days if f"{day:%Y-%m-%d}" not in text] == []
