"""`bill` gives everyone the values that `quote` gives, for registers full of edges, in both formats."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from canbao.policy import policies, quote
from canbao.policy.engines.local import bill
from canbao.policy.engines.register import SCHEMA

from .people import local, person, settled
from .registers import typed

SEED = 20250101
EXAMPLES = sorted(str(path) for path in policies.folder.glob("examples/*/2026.yaml"))
CASES = [(wanted, year) for wanted in policies.ids() for year in (None, 2026, 2030)]
CASES += [(path, year) for path in EXAMPLES for year in (None, 2030)]


def as_text(value: Any) -> str | None:
    if isinstance(value, list):
        return ";".join(str(item) for item in value) or None
    if isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, dict):
        return json.dumps(value)
    return None if value is None else str(value)


@pytest.mark.parametrize(("wanted", "year"), CASES, ids=lambda value: str(value)[-16:])
@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_bill_gives_what_quote_gives(
    wanted: str, year: int | None, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Several batches, so that what one batch learns must hold in the next.
    monkeypatch.setattr("canbao.policy.engines.local.ROWS_A_BATCH", 400)
    policy = policies.get(wanted).carried_to(year)
    rng = random.Random(f"{SEED}{policy.id}{year}")
    print(f"seed {SEED}")
    people = [person(rng, policy, number) for number in range(1500)]
    if wanted in EXAMPLES:
        # Many who differ only in when they settle: people who share all the rest must still be told apart.
        bases = [local(rng, policy, facts) for facts in people[:250]]
        people = [settled(rng, policy, bases[number // 6], number) for number in range(1500)]
    register = tmp_path / f"people.{kind}"
    if kind == "parquet":
        pl.DataFrame([typed(facts) for facts in people], schema=SCHEMA, orient="row").write_parquet(register)
    else:
        rows = [{column: as_text(facts.get(column)) for column in SCHEMA} for facts in people]
        pl.DataFrame(rows, schema=dict.fromkeys(SCHEMA, pl.String), orient="row").write_csv(register)
    summary = bill(policy, register, tmp_path / "bills.parquet")

    assert summary.rejected == []
    billed = pl.read_parquet(tmp_path / "bills.parquet")
    assert (summary.rows, summary.billed, summary.not_eligible, summary.personal_fen) == (
        len(people),
        billed.height,
        billed.filter(~pl.col("eligible")).height,
        billed["personal_fen"].sum(),
    )
    for facts, row in zip(people, billed.iter_rows(named=True), strict=True):
        assert quote(policy, facts).row() == row, facts
