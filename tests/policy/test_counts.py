"""A policy priced from the counts of a register gives the sums of its bills, for the policy counted and for others."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from canbao.policy import Policy, policies
from canbao.policy.codes import PAYERS
from canbao.policy.distinctions import Distinctions, readings_of
from canbao.policy.engines.counts import Counts, count, generalised, is_counts, load, save
from canbao.policy.engines.pricing import Totals, price
from canbao.policy.engines.register import Unreadable
from canbao.policy.loading import with_values
from canbao.policy.person import Person
from canbao.policy.refusals import NeedsNewCount

from .registers import bills_of, random_people, register_of

SEED = 20251122
EXAMPLES = sorted(str(path) for path in policies.folder.glob("examples/*/2026.yaml"))
FEN = [f"{name}_fen" for name in ("standard", "personal", *PAYERS, "universal_subsidy", "repair")]


def changed(policy: Policy, values: dict[str, object]) -> Policy:
    return Policy(with_values(policy.file, values), "changed", policy.benefit_year)


def made_register(policy: Policy, folder: Path, number: int = 1200) -> Path:
    print(f"seed {SEED}")
    rng = random.Random(f"{SEED}{policy.id}{policy.benefit_year}")
    return register_of(random_people(rng, policy, number), folder / "people.parquet")


def assert_sums_of_bills(totals: Totals, bills: pl.DataFrame) -> None:
    taken = bills.filter("eligible")
    assert totals.people == bills.height
    assert totals.refused == dict(bills.filter(~pl.col("eligible"))["reason"].value_counts().iter_rows())
    groups = taken.group_by("class", "award").agg(pl.len(), *(pl.col(column).sum() for column in FEN))
    expected = {(row[0], row[1]): row[2:] for row in groups.iter_rows()}
    found = {key: (sums.people, *(sums.as_dict()[column] for column in FEN)) for key, sums in totals.groups.items()}
    assert found == expected
    assert [totals.eligible.as_dict()[column] for column in FEN] == [taken[column].sum() for column in FEN]


@pytest.mark.parametrize("year", [None, 2030])
@pytest.mark.parametrize("wanted", [*policies.ids(), *EXAMPLES], ids=lambda value: value[-16:])
def test_a_policy_is_priced_as_its_bills_add_up(wanted: str, year: int | None, tmp_path: Path) -> None:
    policy = policies.get(wanted).carried_to(year)
    register = made_register(policy, tmp_path)

    totals = price(policy, count([policy], register))

    assert_sums_of_bills(totals, bills_of(policy, register))


def changes_of_money(policy: Policy) -> Iterator[dict[str, object]]:
    """Figures, payers, categories and reasons changed: nothing that tells other people apart."""
    file = policy.file
    for code, part in file.classes.items():
        if part.standard_from is None:
            yield {f"classes.{code}.standard_fen": part.standard_fen + 1234}
    for code in [*file.aid.rules][::4]:
        yield {f"aid.rules.{code}.pays": {"village_collective": {"percent": "12.5"}, "school": {"fen": 1000}}}
    for code, rule in [*file.aid.rules.items()][:4]:
        # A policy that no longer names a local category has bad rows where it stands: `bill` would refuse them.
        if rule.category and not rule.category.startswith("local_"):
            yield {f"aid.rules.{code}.category": "hiv_affected_child"}
            yield {f"aid.rules.{code}.category": "poverty_alleviated"}
    yield {"scope.insured_elsewhere.blocks": False, "scope.employee_insured.blocks": False}
    yield {"waiting.repair.allowed": False}
    yield {"aid.choose.by": ["lowest", "most_payers"]}


@pytest.mark.parametrize("wanted", [*policies.ids(), *EXAMPLES], ids=lambda value: value[-16:])
def test_changed_money_is_priced_without_a_new_count(wanted: str, tmp_path: Path) -> None:
    policy = policies.get(wanted)
    register = made_register(policy, tmp_path, 300)
    counts = count([policy], register)
    moved = 0
    for values in changes_of_money(policy):
        other = changed(policy, values)
        totals = price(other, counts)
        assert_sums_of_bills(totals, bills_of(other, register))
        moved += totals.as_dict() != price(policy, counts).as_dict()

    assert moved >= 2


@pytest.mark.parametrize("wanted", policies.ids())
def test_every_other_reading_is_priced_from_the_same_count(wanted: str, tmp_path: Path) -> None:
    policy = policies.get(wanted)
    register = made_register(policy, tmp_path, 500)
    counts = count([policy], register)

    for reading in readings_of(policy):
        assert_sums_of_bills(price(reading, counts), bills_of(reading, register))


CUTS: list[tuple[str, dict[str, object], str]] = [
    ("370481-2025", {"aid.rules.age_60_69.when": {"age": {"from": 65, "to": 69}}}, "births"),
    ("370481-2025", {"aid.rules.orphan.when": {"sex": "female"}}, "sex"),
    ("370481-2025", {"aid.rules.orphan.when": {"hukou_in": ["370402"]}}, "hukou_area"),
    ("370481-2025", {"aid.rules.orphan.when": {"student": ["pupil"]}}, "student"),
    ("370481-2025", {"aid.rules.orphan.when": {"attribute": {"house": ["red"]}}}, "attributes"),
    ("370124-2025", {"aid.rules.orphan.when": {"hukou_kind": "rural"}}, "hukou_kind"),
    ("370481-2025", {"window.closes": "2025-01-15"}, "moments"),
    ("140600-2025", {"waiting.transfer.gap_months_max": 6}, "transfers"),
    ("310000-2025", {"waiting.gap_years_from.value": 2023}, "gap_years"),
]


@pytest.mark.parametrize(("wanted", "values", "part"), CUTS, ids=lambda value: str(value)[:30])
def test_what_the_count_does_not_tell_apart_is_refused_and_counted_anew(
    wanted: str, values: dict[str, Any], part: str, tmp_path: Path
) -> None:
    policy = policies.get(wanted)
    other = changed(policy, values)
    register = made_register(policy, tmp_path, 900)

    with pytest.raises(NeedsNewCount) as refused:
        price(other, count([policy], register))
    both = count([policy, other], register)

    assert part in refused.value.missing
    assert "重新统计" in str(refused.value) and "count the register again" in str(refused.value)
    for each in (policy, other):
        assert_sums_of_bills(price(each, both), bills_of(each, register))


def test_another_benefit_year_needs_a_count_of_its_own(tmp_path: Path) -> None:
    policy = policies.get("370700-2025")
    counts = count([policy], made_register(policy, tmp_path, 100))

    with pytest.raises(NeedsNewCount, match="benefit year \\(2026\\)"):
        price(policy.carried_to(2026), counts)
    with pytest.raises(ValueError, match="cannot be joined"):
        Distinctions.of(policy, policy.carried_to(2026))


@pytest.mark.parametrize("wanted", [*policies.ids(), *EXAMPLES], ids=lambda value: value[-16:])
def test_a_counts_file_prices_like_the_register_and_names_nobody(wanted: str, tmp_path: Path) -> None:
    policy = policies.get(wanted)
    register = made_register(policy, tmp_path)
    counts = count([policy], register)
    kept = tmp_path / "counts.parquet"
    save(counts, kept)

    loaded = load(kept)

    assert is_counts(kept) and not is_counts(register)
    assert loaded.told == counts.told and loaded.people == counts.people and loaded.numbers == counts.numbers
    assert price(policy, loaded).as_dict() == price(policy, counts).as_dict()
    rows = pl.read_parquet(kept)
    assert rows["people"].sum() == 1200
    assert rows["person_id"].null_count() == rows["id_number"].null_count() == rows.height
    assert "370481001001" not in rows["hukou_area"].to_list()


def test_a_file_that_is_no_count_is_refused(tmp_path: Path) -> None:
    policy = policies.get("370481-2025")
    register = made_register(policy, tmp_path, 10)

    with pytest.raises(Unreadable, match="no counts file"):
        load(register)
    assert not is_counts(tmp_path / "none.parquet") and not is_counts(tmp_path)
    (tmp_path / "people.csv").write_text("person_id\np\n", encoding="utf-8")
    assert not is_counts(tmp_path / "people.csv")
    (tmp_path / "text.parquet").write_text("not parquet", encoding="utf-8")
    with pytest.raises(Unreadable):
        is_counts(tmp_path / "text.parquet")


def test_a_counts_file_that_another_version_wrote_is_refused_in_one_line(tmp_path: Path) -> None:
    policy = policies.get("370481-2025")
    register = made_register(policy, tmp_path, 10)
    with pytest.raises(Unreadable) as plain:
        load(register)
    kept = tmp_path / "counts.parquet"
    save(count([policy], register), kept)
    told = json.loads(pl.read_parquet_metadata(kept)["canbao.counts"])
    known = json.dumps({**told, "told": "{}"})
    pl.read_parquet(kept).write_parquet(kept, metadata={"canbao.counts": known})
    with pytest.raises(Unreadable) as other:
        load(kept)

    assert str(plain.value).endswith(
        " people.parquet is no counts file of this version ('canbao.counts'); count the register again."
    )
    lacking = " counts.parquet is no counts file of this version (23 validation errors for Distinctions); "
    assert lacking in str(other.value) and "\n" not in str(other.value)


def test_counts_that_cannot_be_written_leave_nothing_behind(tmp_path: Path) -> None:
    policy = policies.get("370481-2025")
    counts = count([policy], made_register(policy, tmp_path, 10))
    (tmp_path / "taken.parquet").mkdir()

    for path, named in ((tmp_path / "nowhere" / "counts.parquet", "nowhere"), (tmp_path / "taken.parquet", "taken")):
        with pytest.raises(Unreadable, match=named):
            save(counts, path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["people.parquet", "taken.parquet"]


def test_a_name_with_the_signs_of_a_pattern_is_one_counts_file(tmp_path: Path) -> None:
    policy = policies.get("370481-2025")
    counts = count([policy], made_register(policy, tmp_path, 10))
    save(Counts(counts.told, [], [], 0), tmp_path / "counts1.parquet")
    save(counts, tmp_path / "counts[1].parquet")

    assert load(tmp_path / "counts[1].parquet").numbers == counts.numbers


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(b"person_id,birth_date\np1,1990-01-01\np2,\xff\xfe,too,many\n")

    with pytest.raises(Unreadable, match=r"people\.csv"):
        count([policies.get("370481-2025")], path)


def test_a_counted_person_lies_in_the_narrowest_area_that_is_named() -> None:
    policy = policies.get("370481-2025")
    told = replace(Distinctions.of(policy), hukou_area=frozenset({"37", "370481", "3704810010"}))

    areas = ["370481001001", "370481002000", "370402", "110101", None]
    wider = [generalised(Person(born=date(1990, 1, 1), hukou_area=area), told).hukou_area for area in areas]

    assert wider == ["3704810010", "370481", "370000", "980000", None]


def test_two_policies_accept_together_what_both_windows_and_either_list_accept(tmp_path: Path) -> None:
    early, late = policies.get("370481-2025"), changed(policies.get("370481-2025"), {"window.opens": "2024-10-20"})
    people = [{"person_id": f"p{day}", "birth_date": "1990-01-01", "paid_at": f"2024-10-{day}T00:00:00"} for day in
              (19, 20)]  # fmt: skip
    told: list[tuple[int, str]] = []

    counts = count(
        [early, late], register_of(people, tmp_path / "p.parquet"), lambda row: told.append((row.row, row.column))
    )

    assert (counts.rows, told) == (1, [(1, "paid_at")])


def test_bad_rows_are_left_out_and_told(tmp_path: Path) -> None:
    policy = policies.get("370481-2025")
    people = random_people(random.Random(SEED), policy, 30)
    people[4]["paid_at"] = "2024-09-30T23:59:59"
    people[7]["categories"] = ["no_such_category"]
    told: list[int] = []

    counts = count([policy], register_of(people, tmp_path / "people.parquet"), lambda row: told.append(row.row))

    assert (counts.rows, counts.rejected, told) == (28, 2, [5, 8])
