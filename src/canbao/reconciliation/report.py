"""The differences as a file and the sums of every kind, written complete or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from canbao.policy.engines.unfinished import unfinished

from .kinds import COLUMNS, DUPLICATE_THEIRS, KINDS, MATCHED, ONLY_THEIRS, SIDES, difference_columns
from .matching import NO_ROW, Matching


def differences(ours: pl.DataFrame, theirs: pl.DataFrame, found: Matching) -> pl.DataFrame:
    """One row for each item that is not matched: ours in file order, then what they alone have in theirs."""
    mine = np.flatnonzero(found.ours != MATCHED)
    alone = np.flatnonzero(np.isin(found.theirs, (ONLY_THEIRS, DUPLICATE_THEIRS)))
    nowhere = np.full(len(alone), NO_ROW)
    rows = {"ours": _places(mine, nowhere), "theirs": _places(found.partner[mine], alone)}
    frames = {"ours": ours, "theirs": theirs}
    shown = [column for column in COLUMNS if any(column in frame.columns for frame in frames.values())]
    kinds = np.concatenate([found.ours[mine], found.theirs[alone]])
    values: dict[str, pl.Series] = {
        "kind": pl.Series([KINDS[kind] for kind in kinds], dtype=pl.String),
        "txn_id": pl.concat([ours["txn_id"].gather(mine), theirs["txn_id"].gather(alone)]),
    }
    for name, side, column in difference_columns(shown):
        frame = frames[side]
        values[name] = (
            frame[column].gather(rows[side])
            if column in frame.columns
            else pl.repeat(None, len(kinds), dtype=COLUMNS[column], eager=True)
        )
    return pl.DataFrame(values)


def _places(first: np.ndarray[Any, Any], then: np.ndarray[Any, Any]) -> pl.Series:
    """Rows to take, null for NO_ROW."""
    known = pl.Series(np.concatenate([first, then]))
    return known.set(known == NO_ROW, None).cast(pl.UInt32)


def summary(ours: pl.DataFrame, theirs: pl.DataFrame, found: Matching) -> dict[str, Any]:
    """Rows and fen of both files and of every kind; `persons` counts different person numbers on either side."""
    frames, kinds = {"ours": ours, "theirs": theirs}, {"ours": found.ours, "theirs": found.theirs}
    said: dict[str, Any] = {
        side: {"rows": frames[side].height, "fen": int(frames[side]["amount_fen"].sum())} for side in SIDES
    }
    counts = {side: np.bincount(kinds[side], minlength=len(KINDS)) for side in SIDES}
    said["kinds"] = {}
    for number, kind in enumerate(KINDS):
        rows = {side: kinds[side] == number for side in SIDES}
        persons = found.persons_matched if number == MATCHED else _persons(frames, rows)
        said["kinds"][kind] = {
            **{f"rows_{side}": int(counts[side][number]) for side in SIDES},
            "persons": persons,
            **{f"fen_{side}": int(frames[side]["amount_fen"].filter(pl.Series(rows[side])).sum()) for side in SIDES},
        }
    return said


def _persons(frames: dict[str, pl.DataFrame], rows: dict[str, Any]) -> int:
    return pl.concat([frames[side]["person_id"].filter(pl.Series(rows[side])) for side in SIDES]).n_unique()


def write(folder: Path, table: pl.DataFrame, sums: dict[str, Any], *, csv: bool) -> None:
    """Write `differences.parquet`, with `csv` also `differences.csv`, then `summary.json`, which says all is there."""
    folder.mkdir(parents=True, exist_ok=True)
    for stale in ("summary.json", "differences.csv", "differences.parquet"):
        (folder / stale).unlink(missing_ok=True)
    _put(folder / "differences.parquet", table.write_parquet)
    if csv:
        _put(folder / "differences.csv", partial(table.write_csv, datetime_format="%Y-%m-%dT%H:%M:%S"))
    text = json.dumps(sums, ensure_ascii=False, indent=2) + "\n"
    _put(folder / "summary.json", partial(Path.write_text, data=text, encoding="utf-8"))


def _put(path: Path, write_to: Callable[[Path], object]) -> None:
    with unfinished(path) as beside:
        write_to(beside)
        beside.replace(path)
