"""Bill a register with OpenFisca: Parquet in, Parquet out.

Run: python run.py whole|fewest REGISTER BILLS [rows a simulation]. `whole`: every column of a bill, every other reading
asked, every row checked; bad rows go to a file beside the bills. `fewest`: neither checks nor readings, and only the
columns that the rules ask for. With BILLS `-` nothing is written: prints the CPU seconds of the rules alone and the
memory (MB) that they add, the register being in memory and no row checked.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy
import polars as pl
from openfisca_core.simulations import SimulationBuilder
from readings import PERIOD, Readings
from rows import good
from tengzhou import CATEGORIES, NO_DAY, PAYERS, RULES, Permit, Reason, Student, Tengzhou

OTHER_PAYERS = (
    "state_finance", "province_finance", "county_finance", "village_collective", "school", "other_government"
)  # fmt: skip
USED = (
    "person_id", "birth_date", "hukou_area", "residence_area", "school_area", "student", "residence_permit",
    "categories", "disability_grade", "employee_insured", "insured_elsewhere", "repair_years", "paid_at",
)  # fmt: skip
CHECKED = (*USED, "id_number", "sex", "hukou_kind", "tier", "covered_years")
COLUMNS = (
    "policy", "person_id", "benefit_year", "projected", "eligible", "reason", "class", "standard_fen", "personal_fen",
    "award", "medical_assistance_fund_fen", "state_finance_fen", "province_finance_fen", "city_finance_fen",
    "county_finance_fen", "township_finance_fen", "village_collective_fen", "school_fen", "other_government_fen",
    "universal_subsidy_fen", "repair_fen", "in_window", "waiting_months", "benefit_start", "benefit_end", "provisional",
)  # fmt: skip
CONSTANT = ("policy", "benefit_year", "projected", "provisional")
OPENS = "2024-10-01T00:00:00"
POLICY = "370481-2025"
COUNTY = pl.col("^.*_area$").str.slice(0, 6).cast(pl.Int32).fill_null(0).name.replace("_area", "_county")


def inputs(frame: pl.DataFrame) -> dict[str, numpy.ndarray]:
    held = pl.col("categories").list.len() > 0
    asked = frame.select(
        pl.col("birth_date").alias("birth"),
        COUNTY,
        _index("student", Student),
        _index("residence_permit", Permit).alias("permit"),
        pl.col("disability_grade").fill_null(0).cast(pl.Int32),
        pl.col("employee_insured", "insured_elsewhere").fill_null(False),
        pl.col("repair_years").fill_null(0).cast(pl.Int32),
        pl.col("paid_at").dt.date().fill_null(pl.lit(NO_DAY.astype(object))).alias("paid_on"),
        *((held & pl.col("categories").list.contains(name)).fill_null(False).alias(name) for name in CATEGORIES),
    )
    return {column.name: column.to_numpy() for column in asked}


def _index(column: str, kind: type) -> pl.Expr:
    names = [each.name for each in kind]
    return pl.col(column).fill_null("none").replace_strict(names, range(len(names)), return_dtype=pl.Int32)


def answered(system: Tengzhou, frame: pl.DataFrame, readings: Readings | None) -> pl.DataFrame:
    """The bills of a frame; with `readings` in the columns and the order of ours."""
    simulation = SimulationBuilder().build_default_simulation(system, frame.height)
    for name, values in inputs(frame).items():
        simulation.set_input(name, "ETERNITY" if name == "birth" else PERIOD, values)

    def figure(name: str) -> pl.Series:
        return pl.Series(name, numpy.asarray(simulation.calculate(name, PERIOD)))

    figures = (
        "standard_fen",
        "personal_fen",
        *(f"{name}_fen" for name in PAYERS),
        "universal_subsidy_fen",
        "repair_fen",
    )
    found = pl.DataFrame(
        [
            frame["person_id"],
            figure("eligible"),
            figure("reason"),
            *(figure(name) for name in figures),
            *(figure(name) for name in ("award", "settled_on", "in_window", "waiting_months", "benefit_start")),
        ]
    )
    if readings is not None:
        found = found.with_columns(provisional=readings.provisional(simulation))
    may, known = pl.col("eligible"), pl.col("eligible") & (pl.col("settled_on") != NO_DAY.astype(object))
    end = pl.date(int(PERIOD), 12, 31)
    covered = known & (pl.col("benefit_start") <= end)
    reasons = pl.Series([None, *(each.name for each in list(Reason)[1:])], dtype=pl.String)
    awards = pl.Series([None, *RULES], dtype=pl.String)
    bills = found.select(
        pl.lit(POLICY).alias("policy"),
        "person_id",
        pl.lit(int(PERIOD), pl.Int64).alias("benefit_year"),
        pl.lit(False).alias("projected"),
        "eligible",
        pl.lit(reasons).gather(pl.col("reason")).alias("reason"),
        pl.when(may).then(pl.lit("resident")).alias("class"),
        pl.when(may).then(pl.col(*figures).cast(pl.Int64)),
        *(pl.when(may).then(pl.lit(0, pl.Int64)).alias(f"{name}_fen") for name in OTHER_PAYERS),
        pl.when(may).then(pl.lit(awards).gather(pl.col("award"))).alias("award"),
        pl.when(known).then(pl.col("in_window")),
        pl.when(known).then(pl.col("waiting_months").cast(pl.Int64)),
        pl.when(covered).then(pl.col("benefit_start")),
        pl.when(covered).then(end).alias("benefit_end"),
        *(["provisional"] if readings is not None else []),
    )
    return bills.select(COLUMNS if readings is not None else [c for c in COLUMNS if c not in CONSTANT])


def peak_from_here() -> float:
    """Forget the highest memory so far: the memory now, in MB."""
    Path("/proc/self/clear_refs").write_text("5")
    return peak()


def peak() -> float:
    found = Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]
    return int(found) / 1024


def checked(frame: pl.DataFrame, bad: list[pl.DataFrame]) -> pl.DataFrame:
    """The rows that can be billed; the others are kept in `bad`."""
    fine = good(frame, OPENS)
    if fine.all():
        return frame
    bad.append(frame.filter(~fine))
    return frame.filter(fine)


def main() -> None:
    how, register, bills = sys.argv[1:4]
    system = Tengzhou()
    readings = Readings(system) if how == "whole" else None
    scan = pl.scan_parquet(register).select(CHECKED if how == "whole" else USED)
    rows = scan.select(pl.len()).collect().item()
    size = int(sys.argv[4]) if len(sys.argv) > 4 else rows
    if bills == "-":
        frames = [scan.slice(start, size).collect() for start in range(0, rows, size)]
        before = peak_from_here()
        began = time.process_time()
        for frame in frames:
            answered(system, frame, readings)
        print(time.process_time() - began, peak() - before)
        return
    bad: list[pl.DataFrame] = []

    def part(start: int) -> pl.DataFrame:
        frame = scan.slice(start, size).collect()
        return answered(system, checked(frame, bad) if how == "whole" else frame, readings)

    if size >= rows:
        part(0).write_parquet(bills, compression="zstd", compression_level=1)
    else:
        first = part(0)

        def every(*_: object):
            yield first
            yield from (part(start) for start in range(size, rows, size))

        pl.io.plugins.register_io_source(every, schema=first.schema).sink_parquet(
            bills, compression="zstd", compression_level=1
        )
    if bad:
        pl.concat(bad).write_parquet(f"{bills}.rejected.parquet")


main()
