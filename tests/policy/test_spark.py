"""Spark gives a register the bills, rejected rows and sums of one machine, and two ledgers their differences."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from canbao.policy import Policy, policies
from canbao.policy.engines import local
from canbao.policy.engines.register import SCHEMA
from canbao.policy.engines.spark import bill_on
from canbao.policy.engines.spark_session import LOOPBACK, OWN_DEFAULTS, QUIET, connected
from canbao.reconciliation import local as ledgers_here
from canbao.reconciliation import spark as ledgers_there
from canbao.reconciliation.matching import Keys
from tests.reconciliation.ledgers import frame, pair

from .people import id_number, person, settled
from .people import local as with_local_facts
from .test_bill_equals_quote import EXAMPLES, as_text, typed

SEED = 20250102
PEOPLE = 1200
A_GROUP = 300


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One session for all; for few rows, compiling them better and better would take most of the time.

    What asks for it stands in this file, so that one process starts one Java.
    """
    folder = tmp_path_factory.mktemp("conf")
    (folder / "spark-defaults.conf").write_text(
        f"{OWN_DEFAULTS}spark.driver.extraJavaOptions -XX:TieredStopAtLevel=1 -XX:+UseSerialGC\n"
    )
    (folder / "log4j2.properties").write_text(QUIET)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_CONF_DIR", str(folder))
        patch.setenv("SPARK_LOCAL_IP", LOOPBACK)
        with connected("local[2]") as session:
            session.conf.set("spark.sql.shuffle.partitions", "2")
            # A register of these tests is cut between its row groups, as a large one is.
            session.conf.set("spark.sql.files.maxPartitionBytes", str(2**14))
            yield session


@pytest.fixture
def interpreted(spark: Any) -> Iterator[Any]:
    """The same session without compiled queries: the same expressions, for tests that ask for many of them."""
    settings = {"spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN"}
    before = {name: spark.conf.get(name) for name in settings}
    for name, value in settings.items():
        spark.conf.set(name, value)
    yield spark
    for name, value in before.items():
        spark.conf.set(name, value)


def people_of(rng: random.Random, policy: Policy, count: int = PEOPLE) -> list[dict[str, Any]]:
    """Persons at every edge of the policy, some of whom differ only in when they settle."""
    people = [person(rng, policy, number) for number in range(count)]
    bases = [with_local_facts(rng, policy, dict(facts)) for facts in people[: count // 6]]
    people[count // 2 :] = [
        settled(rng, policy, bases[number % len(bases)], number) for number in range(count // 2, count)
    ]
    for number in range(0, count, 15):
        spoil(rng, people[number])
    return people


def spoil(rng: random.Random, facts: dict[str, Any]) -> None:
    """One value that only a closer look can judge; most are bad."""
    born = date(1990, 2, 28)
    number = id_number(born, rng.randint(0, 999))
    spoiled: list[dict[str, Any]] = [
        {"person_id": None},
        {"person_id": ""},
        {"birth_date": None, "id_number": None},
        {"birth_date": "1990-02-28", "id_number": number[:17] + ("X" if number[17] != "X" else "0")},
        {"birth_date": "1990-03-01", "id_number": number},
        {"birth_date": None, "id_number": number},
        {"birth_date": None, "id_number": number.lower()},
        {"birth_date": "1990-02-28", "id_number": "37048119900230123X"},
        {"birth_date": "1990-02-28", "id_number": "护照号码E1"},
        {"birth_date": "1990-02-28", "id_number": "E12345678901234567"},
        {"birth_date": "1990-02-28", "id_number": "+1234567890123456X"},
        {"birth_date": None, "attributes": {"expected_birth": "2025-03-01"}, "id_number": None},
        {"birth_date": "1850-01-01"},
        {"paid_at": "1999-01-01T00:00:00"},
        {"hukou_area": "37048"},
        {"hukou_area": " 370481"},
        {"hukou_area": "037048"},
        {"residence_area": "37048a"},
        {"school_area": "3704811234567"},
        {"student": "scholar"},
        {"tier": "middle"},
        {"sex": "男"},
        {"categories": ["nobility"]},
        {"categories": ["orphan", "nobility"]},
        {"disability_grade": 5},
        {"disability_grade": 0},
        {"repair_years": -1},
        {"repair_years": 10_000},
        {"covered_years": [2023, 20_23_0]},
        {"covered_years": [5]},
        {"last_cover_end": "2201-01-01"},
        {"hukou_since": "1700-01-01"},
    ]
    facts.update(rng.choice(spoiled))


def write(people: list[dict[str, Any]], path: Path) -> Path:
    if path.suffix == ".parquet":
        pl.DataFrame([typed(facts) for facts in people], schema=SCHEMA, orient="row").write_parquet(
            path, row_group_size=A_GROUP
        )
    else:
        rows = [{column: as_text(facts.get(column)) for column in SCHEMA} for facts in people]
        pl.DataFrame(rows, schema=dict.fromkeys(SCHEMA, pl.String), orient="row").write_csv(path)
    return path


def same(spark: Any, policy: Policy, register: Path, suffix: str = ".parquet") -> None:
    """Bills, rejected rows and sums of both engines are equal."""
    here, there = register.with_name(f"here{suffix}"), register.with_name(f"there{suffix}")
    expected = local.bill(policy, register, here)
    actual = bill_on(spark, policy, local.opened(register, there, print), there)

    assert actual.rejected == expected.rejected
    assert actual == expected
    if suffix == ".csv":
        assert there.read_bytes() == here.read_bytes()
    else:
        assert_frame_equal(pl.read_parquet(there), pl.read_parquet(here))
    refused = [path.with_name(f"{path.name}.rejected.csv") for path in (here, there)]
    assert [path.exists() and path.read_text() for path in refused] == [
        bool(expected.rejected) and refused[0].read_text()
    ] * 2
    assert sorted(path.name for path in register.parent.glob(".*")) == []


@pytest.mark.parametrize("unit", ["us", "ms"])
def test_moments_and_days_beyond_every_calendar_are_bad_rows_on_spark_too(
    interpreted: Any, unit: Any, tmp_path: Path
) -> None:
    far = pl.DataFrame({"person_id": list("abcdef"), "hukou_area": ["370481"] * 6}).with_columns(
        birth_date=pl.Series([3000, 3000, -(10**8), 10**8, None, 3000], dtype=pl.Int32).cast(pl.Date),
        paid_at=pl.Series([-(2**62), 2**62, None, None, 2**62, None], dtype=pl.Int64).cast(pl.Datetime(unit)),
        hukou_since=pl.Series([None] * 5 + [2**31 - 1], dtype=pl.Int32).cast(pl.Date),
    )
    good = far.head(1).with_columns(person_id=pl.lit("g"), paid_at=pl.lit(None, far.schema["paid_at"]))
    register = tmp_path / "people.parquet"
    pl.concat([far, good]).write_parquet(register)

    same(interpreted, policies.get("370481-2025"), register)

    assert pl.read_parquet(tmp_path / "there.parquet")["person_id"].to_list() == ["g"]


CASES = [(wanted, None) for wanted in (*policies.ids(), *EXAMPLES)] + [(policies.ids()[0], 2030)]


@pytest.mark.parametrize(("wanted", "year"), CASES, ids=lambda value: str(value)[-16:])
def test_spark_bills_what_one_machine_bills(interpreted: Any, wanted: str, year: int | None, tmp_path: Path) -> None:
    policy = policies.get(wanted).carried_to(year)
    print(f"seed {SEED}")
    people = people_of(random.Random(f"{SEED}{policy.id}"), policy)

    same(interpreted, policy, write(people, tmp_path / "people.parquet"))


def test_spark_reads_and_writes_csv(spark: Any, tmp_path: Path) -> None:
    policy = policies.get(policies.ids()[0])
    people = people_of(random.Random(SEED), policy)
    people[7]["person_id"] = 'a "quoted",\nbroken id'

    same(spark, policy, write(people, tmp_path / "people.csv"), ".csv")


def test_a_register_may_lack_columns_or_have_them_of_other_types(interpreted: Any, tmp_path: Path) -> None:
    policy = policies.get(policies.ids()[0])
    rng = random.Random(SEED)
    people = pl.read_parquet(write(people_of(rng, policy), tmp_path / "all.parquet"))
    few, other = tmp_path / "few.parquet", tmp_path / "other [1].parquet"
    people.select("paid_at", "person_id", "birth_date", "hukou_area").write_parquet(few)
    people.with_columns(
        pl.lit(None).alias("tier"),
        pl.col("disability_grade").cast(pl.Int8),
        pl.col("paid_at").cast(pl.Datetime("ns")),
        pl.col("covered_years").cast(pl.List(pl.Int64)),
        pl.lit(datetime(2025, 1, 1)).alias("seen"),
    ).write_parquet(other)

    for register in (few, other):
        same(interpreted, policy, register)


def test_a_register_may_be_empty_or_wholly_bad(interpreted: Any, tmp_path: Path) -> None:
    policy = policies.get(policies.ids()[0])
    good = {"birth_date": "1990-01-01"}
    for name, people in (("empty", []), ("bad", [good] * 3)):
        same(interpreted, policy, write(people, tmp_path / f"{name}.parquet"))


def test_attributes_that_are_not_good_are_refused(interpreted: Any, tmp_path: Path) -> None:
    policy = policies.get(EXAMPLES[0])
    texts = ["{", "[]", "{}", '{"expected_birth": "x"}', json.dumps({"expected_birth": "2026-03-01"}), None]
    rows = [{**dict.fromkeys(SCHEMA), "person_id": f"p{i}", "attributes": text} for i, text in enumerate(texts * 2)]
    for row in rows[: len(texts)]:
        row["birth_date"] = date(1990, 1, 1)
    register = tmp_path / "people.parquet"
    pl.DataFrame(rows, schema=SCHEMA, orient="row").write_parquet(register)

    same(interpreted, policy, register)


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_ledgers_differ_on_spark_as_they_do_on_one_machine(spark: Any, tmp_path: Path, form: str) -> None:
    print(f"seed {SEED}")
    ours, theirs = tmp_path / f"ours.{form}", tmp_path / f"theirs.{form}"
    for path, rows in zip((ours, theirs), pair(random.Random(f"{SEED} spark"), 600), strict=True):
        if form == "csv":
            frame(rows).write_csv(path, datetime_format="%Y-%m-%dT%H:%M:%S")
        else:
            frame(rows).write_parquet(path)

    def warn(text: str) -> None:
        raise AssertionError(text)

    here = ledgers_here.reconcile(ours, theirs, tmp_path / "local", Keys.of("a test"), warn, csv=True)
    there = ledgers_there.reconcile_on(spark, ours, theirs, tmp_path / "spark", warn, csv=True)

    assert here == there
    assert json.loads((tmp_path / "spark" / "summary.json").read_text()) == here
    tables = [pl.read_parquet(tmp_path / name / "differences.parquet") for name in ("local", "spark")]
    assert_frame_equal(*tables)
    assert (tmp_path / "local/differences.csv").read_text() == (tmp_path / "spark/differences.csv").read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([ours.name, theirs.name, "local", "spark"])
