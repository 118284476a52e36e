"""`policy count`, `policy price` and `policy diff --people` as other programs meet them."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import polars as pl
import pytest

from canbao.policy import policies
from canbao.policy.engines.register import SCHEMA
from tests.cli.commands import ADULT, call
from tests.policy.registers import bills_of, random_people, register_of

POLICY = "370481-2025"
SEED = 7


@pytest.fixture
def register(tmp_path: Path) -> Path:
    people = random_people(random.Random(SEED), policies.get(POLICY), 300)
    return register_of(people, tmp_path / "people.parquet")


@pytest.fixture
def dearer(tmp_path: Path) -> Path:
    """A changed copy of the policy file, with its layer beside it."""
    folder = tmp_path / "policies" / "370481"
    folder.mkdir(parents=True)
    text = (policies.folder / "370481" / "2025.yaml").read_text(encoding="utf-8")
    (folder / "2025.yaml").write_text(text.replace("standard_fen: 40000", "standard_fen: 42000"), encoding="utf-8")
    (folder.parent / "national.yaml").write_bytes((policies.folder / "national.yaml").read_bytes())
    return folder / "2025.yaml"


def test_a_changed_file_is_priced_from_counts(
    register: Path, dearer: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    counts = tmp_path / "counts.parquet"
    status, out, err = call(capsys, "policy", "count", register, "--for", POLICY, "--out", counts)
    assert (status, out) == (0, "") and "300 people" in err

    status, out, _ = call(capsys, "policy", "price", dearer, counts, "--json", "--against", POLICY)

    priced = json.loads(out)
    bills = bills_of(policies.get(str(dearer)), register)
    assert status == 0
    assert priced["eligible"]["personal_fen"] == bills["personal_fen"].sum()
    assert priced["people"] == 300 and priced["rejected"] == 0
    assert (
        priced["against"]["eligible"]["personal_fen"] == bills_of(policies.get(POLICY), register)["personal_fen"].sum()
    )


def test_a_register_is_priced_and_compared_in_words(
    register: Path, dearer: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, _ = call(capsys, "policy", "price", dearer, register, "--against", POLICY)

    assert status == 0
    assert "个人缴费 persons" in out and "类别 class" in out
    assert "多缴 pay more" in out and "+20.00" in out


def test_a_difference_names_who_gains_and_loses(
    register: Path, dearer: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = tmp_path / "changes.csv"
    status, out, _ = call(capsys, "policy", "diff", POLICY, dearer, "--people", register, "--out", listed)

    rows = pl.read_csv(listed)
    assert status == 0
    assert "城乡居民：420元" in out and "影响 Effects" in out
    assert 0 < rows.height < 300 and set(rows["now_personal_fen"].drop_nulls()) <= {0, 21000, 42000}
    assert list(tmp_path.glob(".*partial")) == []


def test_two_years_of_one_area_are_compared_for_the_later_year(
    register: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    people = pl.read_parquet(register).with_columns(paid_at=pl.lit(None, dtype=SCHEMA["paid_at"]))
    people.write_parquet(register)

    status, out, _ = call(capsys, "policy", "diff", POLICY, POLICY, "--people", register, "--as-year", "2026")

    assert status == 0
    assert f"{POLICY} → {POLICY}（2026）" in out and re.search(r"不变 unchanged +300 +0\.00$", out, re.MULTILINE)


def test_what_was_not_counted_apart_is_refused(
    register: Path, dearer: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    counts = tmp_path / "counts.parquet"
    call(capsys, "policy", "count", register, "--for", POLICY, "--out", counts)
    dearer.write_text(dearer.read_text(encoding="utf-8").replace("from: 60, to: 69", "from: 65, to: 69"), "utf-8")

    status, out, err = call(capsys, "policy", "price", dearer, counts)

    assert (status, out) == (2, "")
    assert "重新统计" in err and "day of birth from which something changes (1960-01-01)" in err


def test_bad_usage_says_what_to_do(register: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "broken.parquet"
    broken.write_text("not parquet", encoding="utf-8")

    for words in (
        ("policy", "count", register, "--for", POLICY, "--out", tmp_path / "counts.csv"),
        ("policy", "count", register, "--for", POLICY, "--out", register),
        ("policy", "count", tmp_path / "nowhere.csv", "--for", POLICY, "--out", tmp_path / "c.parquet"),
        ("policy", "count", register, "--for", POLICY, "--for", "nowhere-2025", "--out", tmp_path / "c.parquet"),
        ("policy", "price", POLICY, broken),
        ("policy", "price", POLICY, tmp_path / "nowhere.parquet"),
        ("policy", "diff", POLICY, POLICY, "--out", tmp_path / "c.csv"),
        ("policy", "diff", POLICY, POLICY, "--people", register, "--out", tmp_path / "c.parquet"),
        ("policy", "diff", POLICY, POLICY, "--people", register, "--out", tmp_path / "none" / "c.csv"),
    ):
        status, _, err = call(capsys, *words)
        assert status == 2 and err.strip(), words
    assert not (tmp_path / "c.parquet").exists() and not (tmp_path / "c.csv").exists()


def test_bad_rows_are_counted_and_the_first_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    register = tmp_path / "people.csv"
    register.write_text(
        "person_id,birth_date,hukou_area\n" + f"p1,{ADULT['birth_date']},370481\n" + "p2,1990-02-30,370481\n", "utf-8"
    )

    status, out, err = call(capsys, "policy", "price", POLICY, register)

    assert status == 0
    assert "row 2 left out: birth_date 1990-02-30" in err and "1 bad rows" in err
    assert "in the register" in out


def test_no_command_writes_over_its_register_or_speaks_before_it_can_end(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path, bills = tmp_path / "bills.csv.rejected.csv", tmp_path / "bills.csv"
    path.write_text("person_id,birth_date\np1,1990-01-01\n", encoding="utf-8")
    before = path.read_bytes()
    diff: list[str | Path] = ["policy", "diff", "370481-2025", "370124-2025", "--people"]

    wrong: list[tuple[list[str | Path], str]] = [
        ([*diff, path, "--out", path], "The output would replace the register"),
        (["bill", "370481-2025", path, "--out", bills], "The output would replace the register"),
        ([*diff, path, "--out", tmp_path / "no" / "x.csv"], "There is no folder"),
        ([*diff, tmp_path / "none.csv"], "There is no register"),
    ]
    for words, told in wrong:
        status, out, err = call(capsys, *words)
        assert (status, out) == (2, "") and told in err
    assert [each.name for each in tmp_path.iterdir()] == [path.name] and path.read_bytes() == before
