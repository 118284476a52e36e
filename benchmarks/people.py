"""Invented registers of any size for the benchmarks, written in pieces so that memory stays flat."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from canbao.policy.person import CHECK_DIGITS, CHECK_WEIGHTS

PIECE = 500_000
CATEGORIES = (
    "extreme_poverty",
    "subsistence_allowance",
    "subsistence_margin",
    "poverty_returned",
    "poverty_monitored_unstable",
    "poverty_monitored_margin",
    "poverty_monitored_sudden",
    "poverty_alleviated",
    "orphan",
    "severe_disability",
    "preferential_treatment",
    "family_planning_one_girl",
    "advanced_age",
)


def write(path: Path, rows: int, *, home: str, opens: str, seed: int) -> None:
    """`home` is the six-digit county most people live in; `opens` the first day on which anyone pays."""
    rng = np.random.default_rng(seed)
    pieces = (piece(rng, start, min(PIECE, rows - start), home, opens) for start in range(0, rows, PIECE))
    parts = []
    for number, frame in enumerate(pieces):
        parts.append(path.with_suffix(f".{number}.part"))
        frame.write_parquet(parts[-1], compression="zstd", compression_level=1)
    pl.scan_parquet(parts, glob=False).sink_parquet(path, compression="zstd", compression_level=1)
    for part in parts:
        part.unlink()


def piece(rng: np.random.Generator, start: int, rows: int, home: str, opens: str) -> pl.DataFrame:
    born = (np.datetime64("2024-12-31") - (rng.beta(1.1, 1.4, rows) * 36_000).astype("timedelta64[D]")).astype("M8[D]")
    age = (np.datetime64("2024-12-31") - born).astype(int) // 365
    villages = np.array([f"{home}{town:03d}{village:03d}" for town in range(1, 22) for village in range(200, 256)])
    village = villages[rng.integers(0, len(villages), rows)]
    outside = rng.random(rows) < 0.04
    hukou = np.where(outside, "410102001001", village)
    student = np.select(
        [age < 6, age < 16, age < 19, age < 23], ["preschool", "pupil", "vocational", "university"], "none"
    )
    student = np.where(rng.random(rows) < 0.2, "none", student)
    paid = np.datetime64(f"{opens}T08:00:00") + (rng.beta(2, 2, rows) * 125 * 86_400).astype("timedelta64[s]")
    nothing = [""] * 17 + list(CATEGORIES)
    weights = np.array([0.88 / 17] * 17 + [0.12 / len(CATEGORIES)] * len(CATEGORIES))
    category = np.array(nothing)[rng.choice(len(nothing), rows, p=weights)]
    return pl.DataFrame(
        {
            "person_id": pl.Series(np.arange(start, start + rows)).cast(pl.String).str.zfill(10),
            "id_number": id_numbers(rng, born, home),
            "birth_date": pl.Series(born).cast(pl.Date),
            "sex": np.where(rng.random(rows) < 0.5, "female", "male"),
            "hukou_area": hukou,
            "hukou_kind": np.where(rng.random(rows) < 0.7, "rural", "urban"),
            "residence_area": village,
            "residence_permit": np.where(outside, "ordinary", "none"),
            "student": student,
            "school_area": pl.Series(np.where(student == "none", "", home)).replace("", None),
            "categories": pl.Series(category).map_elements(lambda c: [c] if c else [], return_dtype=pl.List(pl.String)),
            "disability_grade": pl.Series(np.where(rng.random(rows) < 0.02, rng.integers(1, 5, rows), 0)).replace(
                0, None
            ),
            "tier": np.where(rng.random(rows) < 0.8, "low", "high"),
            "employee_insured": rng.random(rows) < 0.01,
            "insured_elsewhere": rng.random(rows) < 0.005,
            "covered_years": pl.Series([[2023, 2024]]).new_from_index(0, rows).cast(pl.List(pl.Int32)),
            "repair_years": pl.Series(np.zeros(rows, dtype=np.int64)),
            "paid_at": pl.Series(paid.astype("M8[us]"))
            .cast(pl.Datetime("us"))
            .scatter(np.flatnonzero(rng.random(rows) < 0.1), None),
        }
    )


def id_numbers(rng: np.random.Generator, born: np.ndarray, home: str) -> pl.Series:
    """18 characters with right check digits; the order part is random, so nobody is meant."""
    days = pl.Series(born).cast(pl.Date).dt.strftime("%Y%m%d")
    order = pl.Series(rng.integers(0, 1000, len(born))).cast(pl.String).str.zfill(3)
    body = pl.select(pl.lit(home) + days + order).to_series()
    raw = np.frombuffer("".join(body.to_list()).encode(), dtype=np.uint8).reshape(-1, 17)
    rest = ((raw.astype(np.int16) - ord("0")) @ np.array(CHECK_WEIGHTS, np.int16)) % 11
    last = pl.Series(np.array(list(CHECK_DIGITS))[rest])
    return pl.select(body + last).to_series()
