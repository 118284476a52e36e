"""Compare two ledgers on Spark, for more than one machine holds: two shuffles in the JVM, no Python on a worker."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from canbao.policy.engines.register import Unreadable
from canbao.policy.engines.spark_session import LOCAL, connected, failed
from canbao.policy.engines.unfinished import unfinished

from . import ledgers, report
from .kinds import COLUMNS, KINDS, NEEDED, SIDES, difference_columns

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_SQL_TYPES: Final = {
    "txn_id": "string",
    "person_id": "string",
    "benefit_year": "bigint",
    "amount_fen": "bigint",
    "paid_at": "timestamp_ntz",
    "channel": "string",
    "pooling_area": "string",
}
# Both sides meet under their number; of each side the first row goes on, and knows the other's first.
_MEET: Final = """
    SELECT *,
        row_number() OVER (PARTITION BY txn_id, side ORDER BY row) AS copy,
        max(CASE WHEN side = 'ours' THEN value END) OVER same AS ours,
        max(CASE WHEN side = 'theirs' THEN value END) OVER same AS theirs
    FROM (
        SELECT *, CASE WHEN row = min(row) OVER (PARTITION BY txn_id, side) THEN item END AS value FROM rows
    )
    WINDOW same AS (PARTITION BY txn_id)
"""
_JUDGE: Final = """
    SELECT side, row, txn_id, item, copy, ours, theirs,
        CASE
            WHEN copy > 1 THEN concat('duplicate_txn_', side)
            WHEN theirs IS NULL THEN 'only_ours'
            WHEN ours IS NULL THEN 'only_theirs'
            WHEN ours.person_id <> theirs.person_id THEN 'person_differs'
            WHEN ours.benefit_year <> theirs.benefit_year THEN 'year_differs'
            WHEN ours.amount_fen <> theirs.amount_fen THEN 'amount_differs'
            ELSE 'matched'
        END AS kind
    FROM met
"""
# An area that nobody wrote down differs from none.
_SEVERAL: Final = """
    SELECT *, CASE
            WHEN kind <> 'matched' OR count(*) OVER person = 1 THEN kind
            WHEN size(collect_set(coalesce(ours.pooling_area, theirs.pooling_area)) OVER person) > 1 THEN 'two_areas'
            ELSE 'paid_twice'
        END AS verdict
    FROM judged WHERE side = 'ours' OR kind IN ('only_theirs', 'duplicate_txn_theirs')
    WINDOW person AS (PARTITION BY CASE WHEN kind = 'matched' THEN 0 ELSE 1 END,
        CASE WHEN kind = 'matched' THEN item.person_id ELSE concat(side, row) END, item.benefit_year)
"""
_SUMS: Final = """
    SELECT verdict, count(mine), count(their), coalesce(sum(mine), 0), coalesce(sum(their), 0) FROM (
        SELECT verdict,
            CASE WHEN side = 'ours' THEN item.amount_fen END AS mine,
            CASE WHEN side = 'theirs' THEN item.amount_fen WHEN copy = 1 THEN theirs.amount_fen END AS their
        FROM verdicts
    ) GROUP BY verdict
"""
_PERSONS: Final = """
    SELECT verdict, count(DISTINCT person) FROM (
        SELECT verdict, explode(array(item.person_id, CASE WHEN copy = 1 THEN theirs.person_id END)) AS person
        FROM verdicts
    ) GROUP BY verdict
"""


def reconcile(
    ours: Path,
    theirs: Path,
    folder: Path,
    warn: Callable[[str], None],
    *,
    csv: bool = False,
    master: str = LOCAL,
) -> dict[str, Any]:
    """As `local.reconcile`, on the Spark master `master`. Raises Unreadable, also where Spark or Java is missing."""
    with connected(master) as spark:
        return reconcile_on(spark, ours, theirs, folder, warn, csv=csv)


def reconcile_on(
    spark: SparkSession, ours: Path, theirs: Path, folder: Path, warn: Callable[[str], None], *, csv: bool = False
) -> dict[str, Any]:
    """The same in a running session. What is read again stays beside the result until it is written."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        with unfinished(folder, folder=True) as scratch:
            sides = {
                side: _side(spark, side, path, scratch, warn) for side, path in zip(SIDES, (ours, theirs), strict=True)
            }
            names = [column for column in COLUMNS if any(column in known for _, known in sides.values())]
            (first, _), (second, _) = sides.values()
            first.unionByName(second).createOrReplaceTempView("rows")
            for view, statement in (("met", _MEET), ("judged", _JUDGE)):
                spark.sql(statement).createOrReplaceTempView(view)
            spark.sql(_SEVERAL).write.parquet(str(scratch / "verdicts"))
            spark.read.parquet(str(scratch / "verdicts")).createOrReplaceTempView("verdicts")
            sums = _sums(spark)
            report.write(folder, _differences(spark, names, scratch), sums, csv=csv)
    except (PySparkException, Py4JError) as error:
        raise Unreadable(failed(error)) from None
    return sums


def _side(
    spark: SparkSession, side: str, path: Path, scratch: Path, warn: Callable[[str], None]
) -> tuple[DataFrame, list[str]]:
    """One ledger with side, row and its values as one item; CSV is typed here first. Raises Unreadable for bad rows."""
    from pyspark.sql import functions as f

    if path.suffix == ".csv":
        frame = ledgers.read(path, warn)
        path = scratch / f"{side}.parquet"
        frame.write_parquet(path)
    known = ledgers.columns(path, warn)
    read = spark.read.parquet(str(path.absolute())).select("*", f.col("_metadata.row_index").alias("row"))
    gaps = [f.col(column).isNull() | (f.col(column).cast("string") == "") for column in NEEDED]
    gap = gaps[0] | gaps[1] | gaps[2] | gaps[3]
    if read.filter(gap).limit(1).count():
        # One machine names the place; the file is refused, so it is read once more in any case.
        ledgers.read(path, warn)
    values = [
        (f.col(column) if column in known else f.lit(None)).cast(_SQL_TYPES[column]).alias(column)
        for column in COLUMNS
        if column != "txn_id"
    ]
    return (
        read.select(
            f.lit(side).alias("side"),
            "row",
            f.col("txn_id").cast("string").alias("txn_id"),
            f.struct(*values).alias("item"),
        ),
        known,
    )


def _sums(spark: SparkSession) -> dict[str, Any]:
    counted = {row[0]: [int(value) for value in row[1:]] for row in spark.sql(_SUMS).collect()}
    persons = {row[0]: int(row[1]) for row in spark.sql(_PERSONS).collect()}
    kinds = {}
    for kind in KINDS:
        rows_ours, rows_theirs, fen_ours, fen_theirs = counted.get(kind, [0, 0, 0, 0])
        kinds[kind] = {
            "rows_ours": rows_ours,
            "rows_theirs": rows_theirs,
            "persons": persons.get(kind, 0),
            "fen_ours": fen_ours,
            "fen_theirs": fen_theirs,
        }
    whole = {
        side: {what: sum(kind[f"{what}_{side}"] for kind in kinds.values()) for what in ("rows", "fen")}
        for side in SIDES
    }
    return {**whole, "kinds": kinds}


def _differences(spark: SparkSession, names: list[str], scratch: Path) -> pl.DataFrame:
    """What is not matched, ours in file order and then what they alone have, in the types of the contract."""
    values = ", ".join(
        f"CASE WHEN side = '{side}' THEN item.{column} WHEN copy = 1 THEN {side}.{column} END AS {name}"
        for name, side, column in difference_columns(names)
    )
    out = scratch / "differences"
    spark.sql(
        f"SELECT verdict AS kind, txn_id, {values} FROM verdicts WHERE verdict <> 'matched' ORDER BY side, row"
    ).coalesce(1).write.parquet(str(out))
    table = pl.read_parquet(out / "*.parquet")
    types = {name: COLUMNS[column] for name, _, column in difference_columns(names)}
    return table.cast(types)  # type: ignore[arg-type]
