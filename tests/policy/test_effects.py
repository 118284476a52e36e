"""Who gains and who loses: the same as comparing two quotes person by person."""

from __future__ import annotations

import random
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from canbao.policy import Answer, Policy, policies, quote
from canbao.policy.engines.counts import count
from canbao.policy.engines.effects import Effects, compare, effects
from canbao.policy.engines.register import Unreadable
from canbao.policy.engines.tables import effects_table, price_table
from canbao.policy.loading import with_values

from .registers import random_people, register_of

SEED = 20251123
PAIRS: list[tuple[str, dict[str, object]]] = [
    (
        "370481-2025",
        {"classes.resident.standard_fen": 42000, "aid.rules.age_60_69.pays": {"city_finance": {"percent": 60}}},
    ),
    ("370481-2025", {"waiting.first_gap_year_adds.value": True, "scope.insured_elsewhere.blocks": False}),
    ("370124-2025", {"window.closes": "2025-01-31", "waiting.repair.allowed": False}),
    ("370700-2025", {"waiting.fixed_months.value": 2, "aid.rules.orphan.pays": {"school": {"percent": 50}}}),
    ("140600-2025", {"waiting.fixed_months.value": 1}),
    ("310000-2025", {"scope.employee_insured.blocks": False, "waiting.fixed_months.value": 6}),
]


def other_policy(policy: Policy, values: dict[str, object]) -> Policy:
    return Policy(with_values(policy.file, values), "changed", policy.benefit_year)


def pays(answer: Answer) -> int:
    return (answer.personal_fen or 0) + (answer.repair_fen or 0)


def cover(was: Answer, now: Answer) -> str | None:
    if was.reason or now.reason:
        return None
    if was.benefit_start is None or now.benefit_start is None:
        return None if was.benefit_start == now.benefit_start else "lost" if was.benefit_start else "gained"
    return (
        None
        if was.benefit_start == now.benefit_start
        else ("earlier" if now.benefit_start < was.benefit_start else "later")
    )


@pytest.mark.parametrize(("wanted", "values"), PAIRS, ids=lambda value: str(value)[:30])
def test_effects_are_those_of_two_quotes(wanted: str, values: dict[str, object], tmp_path: Path) -> None:
    before = policies.get(wanted)
    after = other_policy(before, values)
    print(f"seed {SEED}")
    people = random_people(random.Random(f"{SEED}{wanted}"), before, 900)
    rows: list[str] = []

    register = register_of(people, tmp_path / "people.parquet")

    found = effects(before, after, register, each=lambda frame: rows.extend(frame["person_id"]))

    answers = [(quote(before, facts), quote(after, facts)) for facts in people]
    both = [(was, now) for was, now in answers if not was.reason and not now.reason]
    moved = Counter(cover(was, now) for was, now in answers)
    moved.pop(None, None)
    shown: Counter[str] = Counter()
    for (how, _, _), number in found.covered():
        shown[how] += number
    assert found.people == len(people) and found.rejected == 0
    assert shown == moved
    balance, spending = found.balance(), found.spending()
    assert balance["more"].fen == sum(max(0, pays(now) - pays(was)) for was, now in both)
    assert balance["less"].people == sum(pays(now) < pays(was) for was, now in both)
    assert sum(move.people for move in balance.values()) == len(people)
    own = [spending.get(name, (0, 0)) for name in ("personal", "repair")]
    assert sum(move.fen for move in balance.values()) == sum(now - was for was, now in own)
    assert sum(n for _, n in found.entering()) == sum(bool(was.reason and not now.reason) for was, now in answers)
    assert {reason for (reason, _), _ in found.leaving()} == {
        now.reason for was, now in answers if now.reason and not was.reason
    }
    assert found.spending()["personal"] == tuple(sum(a[i].personal_fen or 0 for a in answers) for i in (0, 1))
    assert set(rows) == {was.person_id for was, now in answers if told(was) != told(now)}
    assert found.unchanged == len(people) - len(rows) < len(people)


def told(answer: Answer) -> dict[str, object]:
    left_out = ("policy", "in_window", "waiting_months", "provisional", "standard_fen")
    return {column: value for column, value in answer.row().items() if column not in left_out}


@pytest.mark.parametrize(("wanted", "values"), PAIRS, ids=lambda value: str(value)[:30])
def test_effects_from_counts_are_those_of_the_register_but_for_days(
    wanted: str, values: dict[str, object], tmp_path: Path
) -> None:
    before = policies.get(wanted)
    after = other_policy(before, values)
    people = random_people(random.Random(f"{SEED}{wanted}"), before, 900)
    register = register_of(people, tmp_path / "people.parquet")

    counted = compare(before, after, count([before, after], register))

    assert undated(counted) == undated(effects(before, after, register))
    assert counted.covered() == []


def undated(found: Effects) -> Counter[tuple[object, object]]:
    sides: Counter[tuple[object, object]] = Counter()
    for change, number in found.changes.items():
        sides[change.was, change.now] += number
    return sides


def test_the_biggest_group_stands_first_and_the_rest_is_counted(tmp_path: Path) -> None:
    before = policies.get("370481-2025")
    after = other_policy(before, PAIRS[0][1])
    people = random_people(random.Random(SEED), before, 300)
    found = effects(before, after, register_of(people, tmp_path / "people.parquet"))

    numbers = [move.people for _, move in found.paying()]
    table = effects_table(found, most=1)

    assert numbers == sorted(numbers, reverse=True) and len(numbers) >= 2
    assert f"另有{len(numbers) - 1}组 and {len(numbers) - 1} further groups" in table
    assert "城乡居民 resident · 无资助 no aid" in table and "+20.00" in table


def test_policies_of_two_areas_are_compared_for_the_same_people(tmp_path: Path) -> None:
    before, after = policies.get("370481-2025"), policies.get("140600-2025")
    people = random_people(random.Random(SEED), before, 300)
    for facts in people:
        facts["paid_at"] = None
    found = effects(before, after, register_of(people, tmp_path / "people.parquet"))

    table = effects_table(found)

    assert found.people == 300
    lines = [line.split() for line in table.splitlines()]
    figures = {line[0]: (int(line[-2].replace(",", "")), Decimal(line[-1].replace(",", ""))) for line in lines[3:10]}
    people_told, yuan_told = figures.pop("合计")
    assert people_told == 300 == sum(number for number, _ in figures.values())
    assert yuan_told == sum(yuan for _, yuan in figures.values())
    assert "不再可参保 newly refused" in table and "不在参保范围 outside the scope" in table


def test_cover_that_ends_on_another_day_is_told_by_who_gains_and_who_loses(tmp_path: Path) -> None:
    whole = policies.get("370481-2025")
    half = {"first": {"years": 0, "month": 1, "day": 1}, "last": {"years": 0, "month": 6, "day": 30}}
    short = other_policy(whole, {"cover.in_window.period": half})
    people = [{"person_id": "p", "birth_date": "1990-01-01", "hukou_area": "370481", "paid_at": "2024-11-01T00:00:00"}]
    register = register_of(people, tmp_path / "people.parquet")
    rows: list[dict[str, object]] = []

    found = [effects(*both, register, each=lambda frame: rows.extend(frame.to_dicts())).covered()
             for both in ((whole, short), (short, whole))]  # fmt: skip

    assert found == [[(("ends_earlier", "resident", None), 1)], [(("ends_later", "resident", None), 1)]]
    assert [(str(row["was_benefit_end"]), str(row["now_benefit_end"])) for row in rows] == [
        ("2025-12-31", "2025-06-30"),
        ("2025-06-30", "2025-12-31"),
    ]


def test_a_bad_row_is_told_and_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    before, after = policies.get("370481-2025"), other_policy(policies.get("370481-2025"), PAIRS[0][1])
    people = random_people(random.Random(SEED), before, 30)
    people[4]["paid_at"] = "2024-09-30T23:59:59"
    people[7]["categories"] = ["no_such_category"]
    told: list[tuple[int, str]] = []
    spoiled = tmp_path / "people.csv"
    spoiled.write_bytes(b"person_id,birth_date\np1,1990-01-01\np2,\xff\xfe,too,many\n")

    found = effects(
        before,
        after,
        register_of(people, tmp_path / "people.parquet"),
        bad=lambda row: told.append((row.row, row.column)),
    )

    assert (found.people, found.rejected, told) == (28, 2, [(5, "paid_at"), (8, "categories")])
    with pytest.raises(Unreadable, match=r"people\.csv"):
        effects(before, after, spoiled)


def test_every_name_of_every_policy_can_be_shown(tmp_path: Path) -> None:
    from canbao.policy.engines.pricing import price

    for wanted in [*policies.ids(), *sorted(str(path) for path in policies.folder.glob("examples/*/2026.yaml"))]:
        policy = policies.get(wanted)
        people = random_people(random.Random(SEED), policy, 600)
        totals = price(policy, count([policy], register_of(people, tmp_path / "people.parquet")))
        table = price_table(totals)

        assert all(f" {code}" not in table for code in totals.refused)
        groups = re.sub("[–—’“”·]", "-", table.split("\n\n")[-1])
        widths = {len(line.encode("gb18030")) for line in groups.splitlines()}
        assert len(widths) == 1, "figures stand under each other: a Chinese character takes two columns"
    assert pl.read_parquet(tmp_path / "people.parquet").height == 600
