"""Bad rows of a register, found a column at a time: values that are not listed, ID numbers that cannot be."""

from __future__ import annotations

import numpy
import polars as pl

LISTED = {
    "sex": ("female", "male"),
    "hukou_kind": ("rural", "urban"),
    "residence_permit": ("none", "ordinary", "points_qualified", "class_b", "foreign_permanent", "hmt"),
    "student": ("none", "preschool", "pupil", "vocational", "university"),
    "tier": ("low", "high"),
}
CATEGORIES = (
    "extreme_poverty", "subsistence_allowance", "subsistence_margin", "poverty_returned", "poverty_monitored_unstable",
    "poverty_monitored_margin", "poverty_monitored_sudden", "poverty_alleviated", "orphan", "unsupported_child",
    "key_hardship_child", "hiv_affected_child", "severe_disability", "preferential_treatment",
    "family_planning_one_girl", "family_planning_two_girls", "family_planning_lost_child", "advanced_age",
)  # fmt: skip
AREAS = ("hukou_area", "residence_area", "school_area")
YEARS = (1880, 2200)
WEIGHTS = numpy.array([2 ** (17 - position) % 11 for position in range(17)], dtype=numpy.int16)
CHECKS = numpy.frombuffer(b"10X98765432", numpy.uint8)


def good(frame: pl.DataFrame, opens: str) -> pl.Series:
    """Which rows can be billed. `opens` is the first day on which anyone may pay."""
    year = pl.col("birth_date", "paid_at").dt.year()
    tests = frame.select(
        pl.col("person_id").str.len_bytes() > 0,
        *(pl.col(column).is_null() | pl.col(column).is_in(allowed) for column, allowed in LISTED.items()),
        *(pl.col(column).is_null() | pl.col(column).str.contains("^[0-9]{6,12}$") for column in AREAS),
        pl.col("categories").is_null() | pl.col("categories").list.set_difference(list(CATEGORIES)).list.len().eq(0),
        pl.col("disability_grade").is_null() | pl.col("disability_grade").is_between(1, 4),
        pl.col("repair_years").is_null() | pl.col("repair_years").is_between(0, 9999),
        pl.col("covered_years").list.eval(pl.element().is_between(*YEARS)).list.all().fill_null(True),
        year.is_between(*YEARS).fill_null(True).name.suffix("_year"),
        (pl.col("paid_at") >= pl.lit(opens).str.to_datetime()).fill_null(True).alias("paid_in_time"),
    )
    return tests.select(pl.all_horizontal(pl.all())).to_series().fill_null(False) & _numbers(frame)


def _numbers(frame: pl.DataFrame) -> pl.Series:
    """Whether the ID number of 18 characters has a real day, the given one, and the right check digit."""
    births, numbers = frame["birth_date"], frame["id_number"]
    long = (numbers.str.len_bytes() == 18).fill_null(False)
    signs = numpy.frombuffer(numbers.filter(long).str.join().item().encode(), numpy.uint8).reshape(-1, 18)
    digits = signs[:, :17].astype(numpy.int16) - ord("0")
    right = ((digits >= 0) & (digits <= 9)).all(axis=1)
    last = numpy.where(signs[:, 17] == ord("x"), ord("X"), signs[:, 17])
    right &= CHECKS[(digits @ WEIGHTS) % 11] == last
    day = numbers.filter(long).str.slice(6, 8).str.to_date("%Y%m%d", strict=False)
    same = (day == births.filter(long)).fill_null(False)
    fine = births.is_not_null().to_numpy().copy()
    fine[long.to_numpy()] = right & same.to_numpy()
    return pl.Series(fine)
