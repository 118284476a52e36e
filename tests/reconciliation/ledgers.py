"""Two ledgers of the same payments in which everything goes wrong, and the kinds of their rows worked out plainly."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from random import Random
from typing import Any

import polars as pl

from canbao.reconciliation.kinds import COLUMNS, KINDS

Row = dict[str, Any]
AREAS = ("370400", "370100", None)


def pair(rng: Random, items: int, *, areas: bool = True) -> tuple[list[Row], list[Row]]:
    """Few persons, years and amounts, so that every kind and every mixture of kinds occurs."""
    ours: list[Row] = []
    theirs: list[Row] = []
    for number in range(items):
        row = {
            "txn_id": f"4200{rng.randrange(items):06d}",
            "person_id": f"P{rng.randrange(items)}",
            "benefit_year": rng.choice((2025, 2025, 2026)),
            "amount_fen": rng.choice((38_000, 40_000, 0, -40_000)),
            "paid_at": datetime(2024, 11, 1) + timedelta(seconds=number),
            "channel": rng.choice(("wechat", "bank", "银行", None)),
            "pooling_area": rng.choice(AREAS),
        }
        other = dict(row)
        if rng.random() < 0.3:
            column, value = rng.choice((("person_id", "P-other"), ("benefit_year", 2024), ("amount_fen", 1)))
            other[column] = value
        other["pooling_area"] = rng.choice((row["pooling_area"], None))
        if rng.random() < 0.9:
            ours += [row] * rng.choice((1, 1, 1, 2))
        if rng.random() < 0.9:
            theirs += [other] * rng.choice((1, 1, 1, 2))
    for side in (ours, theirs):
        rng.shuffle(side)
        if not areas:
            for position, row in enumerate(side):
                side[position] = {name: value for name, value in row.items() if name != "pooling_area"}
    return ours, theirs


def frame(rows: list[Row], *, areas: bool = True) -> pl.DataFrame:
    schema = {name: kind for name, kind in COLUMNS.items() if areas or name != "pooling_area"}
    return pl.DataFrame(rows, schema=schema)


def plainly(ours: list[Row], theirs: list[Row]) -> tuple[dict[str, Any], list[Row]]:
    """Sums and differences as contract.md words them, one row after the other."""
    first: dict[str, dict[str, Row]] = {"ours": {}, "theirs": {}}
    later: dict[str, list[Row]] = {"ours": [], "theirs": []}
    for side, rows in (("ours", ours), ("theirs", theirs)):
        for row in rows:
            if row["txn_id"] in first[side]:
                later[side].append(row)
            else:
                first[side][row["txn_id"]] = row
    items: list[tuple[str, Row | None, Row | None]] = []
    for txn, row in first["ours"].items():
        other = first["theirs"].get(txn)
        if other is None:
            items.append(("only_ours", row, None))
        elif row["person_id"] != other["person_id"]:
            items.append(("person_differs", row, other))
        elif row["benefit_year"] != other["benefit_year"]:
            items.append(("year_differs", row, other))
        elif row["amount_fen"] != other["amount_fen"]:
            items.append(("amount_differs", row, other))
        else:
            items.append(("matched", row, other))
    items += [("only_theirs", None, row) for txn, row in first["theirs"].items() if txn not in first["ours"]]
    together: dict[tuple[str, int], list[int]] = defaultdict(list)
    for position, (kind, row, _) in enumerate(items):
        if kind == "matched" and row is not None:
            together[row["person_id"], row["benefit_year"]].append(position)
    for positions in together.values():
        if len(positions) > 1:
            areas = {_area(items[position]) for position in positions} - {None}
            for position in positions:
                items[position] = ("two_areas" if len(areas) > 1 else "paid_twice", *items[position][1:])
    items += [("duplicate_txn_ours", row, None) for row in later["ours"]]
    items += [("duplicate_txn_theirs", None, row) for row in later["theirs"]]
    return _sums(ours, theirs, items), [_shown(item) for item in items if item[0] != "matched"]


def _area(item: tuple[str, Row | None, Row | None]) -> str | None:
    return next((row["pooling_area"] for row in item[1:] if row and row.get("pooling_area")), None)


def _sums(ours: list[Row], theirs: list[Row], items: list[tuple[str, Row | None, Row | None]]) -> dict[str, Any]:
    kinds = {}
    for kind in KINDS:
        mine = [row for found, row, _ in items if found == kind and row is not None]
        their = [row for found, _, row in items if found == kind and row is not None]
        kinds[kind] = {
            "rows_ours": len(mine),
            "rows_theirs": len(their),
            "persons": len({row["person_id"] for row in mine + their}),
            "fen_ours": sum(row["amount_fen"] for row in mine),
            "fen_theirs": sum(row["amount_fen"] for row in their),
        }
    return {
        "ours": {"rows": len(ours), "fen": sum(row["amount_fen"] for row in ours)},
        "theirs": {"rows": len(theirs), "fen": sum(row["amount_fen"] for row in theirs)},
        "kinds": kinds,
    }


def _shown(item: tuple[str, Row | None, Row | None]) -> Row:
    kind, mine, their = item
    shown: Row = {"kind": kind, "txn_id": (mine or their or {})["txn_id"]}
    for column in mine or their or {}:
        if column != "txn_id":
            shown[f"ours_{column}"] = mine[column] if mine else None
            shown[f"theirs_{column}"] = their[column] if their else None
    return shown


def ordered(rows: list[Row]) -> list[Row]:
    """The same rows in one order, whatever the order of the file."""
    return sorted(rows, key=lambda row: [str(value) for value in row.values()])
