"""Bill a register on Spark: the JVM finds each person's situation, the one-person rules decide once for each.

No Python runs on a worker. One pass over the register keys every row; the keys come here with the first row of each,
that row is read and asked about exactly as on one machine, and the outcomes go back as small tables to be joined.
A row that a quick look cannot pass is a key of its own, so it too is read here, by the same code.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from polars.io.plugins import register_io_source

from ..facts import day_of
from ..features import EPOCH, LocalFacts, Transfers, Values, day_number, features, tokens
from ..policy import Policy
from ..situations import NO_DAY, Codes
from .local import Summary, opened, rejected_beside, write_rejected
from .outcomes import DATED, OUTPUT_SCHEMA, Outcomes
from .register import SCHEMA, Register, Unreadable, facts_of_text, open_register, unreadable
from .spark_columns import (
    FIRST_DAY,
    LAST_DAY,
    SEVERAL,
    SqlColumns,
    doubts_of_columns,
    doubts_of_reads,
    literal,
    number_birth,
    number_parts,
    packed,
    unix_day,
)
from .spark_files import joined
from .spark_session import LOCAL, connected, failed
from .unfinished import unfinished

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, DataFrameReader, SparkSession

ROWS_A_BATCH: Final = 2**17
DAYS: Final = 2**20
"""More than the days from the earliest year to the latest: what a day and a birth take in the key of their dates."""
DAY_0: Final = 2**19
ROW_INDEX: Final = "_tmp_metadata_row_index"
"""The name under which Spark's reader of Parquet writes the position in the file into a row.

Asked for as `_metadata.row_index` it is the same, wrapped and unwrapped with all columns of the row copied twice.
"""
MOST_PARTS: Final = 2**20
"""More than a register has splits: asking for no more parts changes nothing but where Spark cuts its code."""
SQL_TYPES: Final = {"Int64": "BIGINT", "Int32": "INT", "String": "STRING", "Boolean": "BOOLEAN", "Date": "DATE"}


def bill(
    policy: Policy,
    people: Path,
    out: Path,
    warn: Callable[[str], None] = lambda text: None,
    *,
    master: str = LOCAL,
) -> Summary:
    """As `local.bill`, on the Spark master `master`. Raises Unreadable, also where Spark or Java is missing."""
    register = opened(people, out, warn)
    with connected(master) as spark:
        return bill_on(spark, policy, register, out)


def bill_on(spark: SparkSession, policy: Policy, register: Register, out: Path) -> Summary:
    """The bills of an open register in a running session."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    summary = Summary()
    try:
        with unfinished(out, folder=True) as folder:
            # A time without a zone is read as one of UTC: the same number, without a conversion for each row.
            spark.conf.set("spark.sql.parquet.inferTimestampNTZ.enabled", "false")
            run = _Run(spark, policy, _typed(register, policy, folder, summary), folder, summary)
            made = run.bills(out.suffix)
            write_rejected(summary.rejected, rejected_beside(out))
            made.replace(out)
    except (PySparkException, Py4JError) as error:
        raise Unreadable(failed(error)) from None
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError) as error:
        raise unreadable(register.path, error) from None
    return summary


def _typed(register: Register, policy: Policy, folder: Path, summary: Summary) -> Register:
    """The register itself if Spark reads its types as Polars does; else its good rows, typed and written anew."""
    if register.plain:
        return register

    def good(*_: object) -> Iterator[pl.DataFrame]:
        for batch, rejected in register.batches(policy, ROWS_A_BATCH):
            summary.rejected += rejected
            summary.rows += len(rejected)
            yield batch.frame.with_columns(pl.col(pl.String).replace("", None))

    path = folder / "register.parquet"
    register_io_source(good, schema=SCHEMA).sink_parquet(path, compression="zstd", compression_level=1)
    return open_register(path)


class _Run:
    def __init__(self, spark: SparkSession, policy: Policy, register: Register, folder: Path, summary: Summary) -> None:
        self.spark = spark
        self.policy = policy
        self.register = register
        self.folder = folder
        self.summary = summary
        self.outcomes = Outcomes(policy)
        self.columns = register.columns
        self.keys = 0

    def bills(self, suffix: str) -> Path:
        """The finished bills as one file in the folder."""
        from pyspark.sql.functions import broadcast, expr

        with _kept(self._keyed_people()) as people:
            names = [f"key{i}" for i in range(self.keys)]
            found = self._found(people)
            firsts = found.group_by(names).agg(pl.col("rows").sum(), pl.col("first").min())
            told = self._answers(firsts.sort("first"))
            days = found.join(told, on=names).select(pl.col("ways") + pl.col("days")).to_series()
            answers = self._table("answers", told)
            dates = self._table("dates", self._dates(days.unique().to_list()))
            bills = people.join(broadcast(answers), names).withColumn("date_key", expr("ways + days"))
            parts = self.folder / "bills"
            bills = bills.join(broadcast(dates), "date_key").selectExpr(*OUTPUT_SCHEMA)
            # Hardly two rows have one person: a dictionary of them is only made to be thrown away.
            bills.write.option("parquet.enable.dictionary#person_id", "false").parquet(f"file:{parts}")
        return joined(self.spark, parts, self.folder / f"bills{suffix}")

    # What Spark is asked

    def _keyed_people(self) -> DataFrame:
        """person_id, row, the keys and the days that matter, in the order of the register.

        A doubtful row has -1 - row as its first key.
        """
        has = self.columns
        path = f"file:{self.register.path.absolute()}"
        schema = self._reader().parquet(path).schema.add(ROW_INDEX, "long")
        register = self._reader().schema(schema).parquet(path)
        register = register.selectExpr(*(f"`{column}`" for column in has), f"{ROW_INDEX} AS row")
        sql, register = self._with_facts(register)
        keys = packed(features(self.outcomes.situations.told, sql))
        self.keys = len(keys)
        settled, born = self.outcomes.days_that_matter(sql)
        missing = literal(NO_DAY)
        people = register.selectExpr(
            "person_id",
            "row",
            *(f"{text} AS {name}" for name, text in number_parts(has).items()),
            f"{'CAST(UNIX_DATE(birth_date) AS BIGINT)' if 'birth_date' in has else 'CAST(NULL AS BIGINT)'} AS given",
            f"CAST({f'COALESCE(UNIX_SECONDS(paid_at), {missing})' if 'paid_at' in has else missing} AS BIGINT) AS paid",
            f"CAST({unix_day('registered_on', has)} AS BIGINT) AS registered",
            f"({_any_of(doubts_of_columns(has, self.policy, sql.judged))}) AS doubtful",
            f"{SEVERAL if 'categories' in has else 'CAST(NULL AS STRING)'} AS several",
            *(f"{text} AS {name}" for text, name in sql.reads.items()),
            *(["UNIX_DATE(last_cover_end) AS ended", f"{_years(has)} AS years"] if sql.transfer_days else []),
        )
        # Without a cut the code of both halves is one method, too long for Java to make fast.
        people = people.coalesce(MOST_PARTS)
        people = people.selectExpr("*", f"{number_birth()} AS numbered")
        people = people.selectExpr("*", f"COALESCE(given, numbered, CAST({missing} AS BIGINT)) AS born")
        people = self._with_transfers(people, sql)
        doubts = _any_of([*doubts_of_reads(self.policy), *sql.judged.values()])
        doubtful = f"(doubtful OR {doubts}) AS alone"
        people = people.selectExpr("*", *(f"{text} AS {name}" for text, name in sql.lets.items()), doubtful)
        return people.selectExpr(
            "person_id",
            "row",
            f"IF(alone, -1 - row, {keys[0]}) AS key0",
            *(f"IF(alone, 0L, {key}) AS key{i}" for i, key in enumerate(keys[1:], 1)),
            f"IF(alone, 0L, {_days_key(settled, born)}) AS days",
        )

    def _reader(self) -> DataFrameReader:
        """Of Parquet files by their plain names."""
        return self.spark.read.option("__globPaths__", "false")

    def _with_facts(self, people: DataFrame) -> tuple[SqlColumns, DataFrame]:
        """What the policy can tell of the local facts, asked here once for each distinct text."""
        from pyspark.sql.functions import broadcast

        told = self.outcomes.situations.told
        names = sorted({limit.attribute for limit in told.settled_within if limit.attribute is not None})
        if "attributes" not in self.columns:
            return SqlColumns(self.columns), people
        token = tokens(told).get("attributes", LocalFacts(()))
        texts = [row[0] for row in people.where("attributes IS NOT NULL").select("attributes").distinct().collect()]
        numbers: dict[object, int] = {token(None): 0}
        rows = []
        for text in texts:
            facts = facts_of_text(text)
            number = 0 if facts is None else numbers.setdefault(token(text), len(numbers))
            days = [day_of((facts or {}).get(name)) for name in names]
            rows.append((text, facts is not None, number, *(None if day is None else day_number(day) for day in days)))
        schema = {"attributes": pl.String, "fact_good": pl.Boolean, "fact_token": pl.Int64}
        schema |= {f"fact_day_{i}": pl.Int64 for i in range(len(names))}
        table = self._table("facts", pl.DataFrame(rows, schema=schema, orient="row"))
        return SqlColumns(self.columns, len(numbers), names), people.join(broadcast(table), "attributes", "left")

    def _with_transfers(self, people: DataFrame, sql: SqlColumns) -> DataFrame:
        """Which transfers count, asked here once for each end of cover, covered years and months of settlement."""
        from pyspark.sql.functions import broadcast

        if not sql.transfer_days:
            return people
        told = self.outcomes.situations.told
        counts = Transfers(tuple(sorted(told.transfers)), tuple(sorted(told.opens)))
        months = {
            f"month{i}": f"UNIX_DATE(TRUNC(DATE_FROM_UNIX_DATE(CAST({day} AS INT)), 'MM'))"
            for i, day in enumerate(sql.transfer_days)
        }
        parts = ["ended", "years", *months]
        people = people.selectExpr(
            "*", *(f"IF(ended IS NULL, NULL, {text}) AS {name}" for name, text in months.items())
        )
        rows = []
        for row in people.where("ended IS NOT NULL").select(*parts).distinct().collect():
            ended, years, *others = row
            if all(FIRST_DAY <= day <= LAST_DAY for day in (ended, *others)):
                rows.append((*row, counts(_day(ended), years, *map(_day, others))))
        schema = {name: pl.String if name == "years" else pl.Int32 for name in parts} | {"transfer": pl.Int64}
        table = self._table("transfers", pl.DataFrame(rows, schema=schema, orient="row"))
        return people.join(broadcast(table), parts, "left")

    def _found(self, people: DataFrame) -> pl.DataFrame:
        """Every combination of keys and days that occurs: how many rows have it, and the first of them (from 1)."""
        names = [*(f"key{i}" for i in range(self.keys)), "days"]
        path = self.folder / "found"
        counted = people.groupBy(*names).agg({"*": "count", "row": "min"})
        counted.selectExpr(*names, "`count(1)` AS rows", "`min(row)` + 1 AS first").write.parquet(f"file:{path}")
        return pl.read_parquet(sorted(path.glob("part-*.parquet")), glob=False)

    # What is answered here

    def _answers(self, found: pl.DataFrame) -> pl.DataFrame:
        """A row for each key: its figures, and `ways`, to which the days are added to find its dates."""
        summary, frames = self.summary, []
        names = [f"key{i}" for i in range(self.keys)]
        for some in found.iter_slices(ROWS_A_BATCH):
            frame = self.register.rows(some["first"].to_list())
            batch, rejected = self.register.typed(frame, self.policy)
            bad = pl.col("first").is_in([row.row for row in rejected])
            summary.rejected += rejected
            summary.rows += int(some["rows"].sum())
            if passed := some.filter(bad, pl.col("key0") >= 0)["first"].to_list():
                raise RuntimeError(f"rows {passed} were passed on Spark and not here")
            good = some.filter(~bad)
            numbers = self.outcomes.outcome_numbers(batch) if good.height else np.empty(0, dtype=np.int64)
            settled, born = self.outcomes.days_that_matter(self.outcomes.situations.columns(batch))
            own_days = np.where(good["key0"].to_numpy() < 0, _days_key(settled, born), 0)
            ways = self.outcomes.ways_numbers[numbers] * DAYS**2 + own_days
            figures = self.outcomes.figures.frame(self.outcomes.rows)[numbers]
            self._add_up(figures, good["rows"].to_numpy())
            frames.append(
                pl.DataFrame(
                    [*good.select(names).get_columns(), pl.Series("ways", ways, dtype=pl.Int64), *figures.get_columns()]
                )
            )
        summary.situations = len(self.outcomes)
        return pl.concat(frames) if frames else self._no_answers()

    def _no_answers(self) -> pl.DataFrame:
        keys = {f"key{i}": pl.Int64 for i in range(self.keys)}
        return pl.DataFrame(schema={**keys, "ways": pl.Int64, **self.outcomes.figures.schema})

    def _add_up(self, figures: pl.DataFrame, rows: Codes) -> None:
        self.summary.billed += int(rows.sum())
        self.summary.not_eligible += int(rows[~figures["eligible"].to_numpy()].sum())
        self.summary.personal_fen += int((figures["personal_fen"].fill_null(0).to_numpy() * rows).sum())

    def _dates(self, keys: list[int]) -> pl.DataFrame:
        outcomes = self.outcomes
        numbers = []
        for key in keys:
            ways, days = divmod(key, DAYS**2)
            settled, born = divmod(days, DAYS)
            numbers.append(outcomes.date_number(ways, settled - DAY_0, born - DAY_0))
        dates = outcomes.days.frame(outcomes.date_rows)[numbers]
        return dates.select(pl.Series("date_key", keys, dtype=pl.Int64), *DATED)

    def _table(self, name: str, frame: pl.DataFrame) -> DataFrame:
        path = self.folder / f"{name}.parquet"
        frame.write_parquet(path)
        # With its types given, Spark starts no job to find them.
        types = ", ".join(f"{column} {SQL_TYPES[str(kind)]}" for column, kind in frame.schema.items())
        return self._reader().schema(types).parquet(f"file:{path}")


def _any_of(conditions: Iterable[str]) -> str:
    return " OR ".join(f"({condition})" for condition in conditions)


def _years(columns: Collection[str]) -> str:
    """Covered years as `Transfers` reads them."""
    return "COALESCE(ARRAY_JOIN(CAST(covered_years AS ARRAY<STRING>), ';'), '')" if "covered_years" in columns else "''"


def _days_key(settled: Values, born: Values) -> Values:
    return (settled + DAY_0) * DAYS + (born + DAY_0)


def _day(number: int) -> date:
    return EPOCH + timedelta(days=number)


@contextmanager
def _kept(frame: DataFrame) -> Iterator[DataFrame]:
    kept = frame.persist()
    try:
        yield kept
    finally:
        kept.unpersist()
