"""Two ledgers compared: every row in exactly one kind, as a plain loop over the rows finds it."""

from __future__ import annotations

from pathlib import Path
from random import Random

import numpy as np
import polars as pl
import pytest

from canbao.cli import main
from canbao.reconciliation import matching, report
from canbao.reconciliation.kinds import KINDS
from canbao.reconciliation.matching import Keys
from tests.reconciliation.ledgers import frame, ordered, pair, plainly

SEED = 20250104
KEYS = Keys.of("a test")


def warn(text: str) -> None:
    raise AssertionError(text)


@pytest.mark.parametrize("areas", [True, False], ids=["areas", "no areas"])
@pytest.mark.parametrize("items", [0, 1, 5, 40, 400])
def test_every_row_is_of_the_kind_that_a_plain_loop_finds(items: int, areas: bool) -> None:
    print("seed", SEED)
    rng = Random(f"{SEED} {items} {areas}")
    seen: set[str] = set()
    for _ in range(60 if items < 400 else 10):
        rows = pair(rng, items, areas=areas)
        ours, theirs = (frame(side, areas=areas) for side in rows)
        found = matching.match(ours, theirs, KEYS)
        sums, differences = plainly(*rows)

        assert report.summary(ours, theirs, found) == sums
        assert ordered(report.differences(ours, theirs, found).to_dicts()) == ordered(differences)
        assert sum(kind["rows_ours"] for kind in sums["kinds"].values()) == len(rows[0])
        assert sum(kind["rows_theirs"] for kind in sums["kinds"].values()) == len(rows[1])
        seen |= {kind for kind, counted in sums["kinds"].items() if counted["rows_ours"] + counted["rows_theirs"]}
    if items == 400:
        assert seen == set(KINDS) - (set() if areas else {"two_areas"})


def test_rows_whose_hashes_collide_are_told_apart_by_their_values(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a hash of four values nearly everything collides, and nothing changes."""
    real = pl.Series.hash
    monkeypatch.setattr(
        pl.Series, "hash", lambda self, seed=0: real(self, seed) % 4 if seed == KEYS.meeting else real(self, seed)
    )
    rng = Random(SEED)
    for _ in range(40):
        rows = pair(rng, 30)
        ours, theirs = map(frame, rows)

        assert report.summary(ours, theirs, matching.match(ours, theirs, KEYS)) == plainly(*rows)[0]


def _written(tmp_path: Path, text: str, name: str = "ours.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


HEAD = "txn_id,person_id,benefit_year,amount_fen,paid_at,channel\n"
GOOD = "T1,P1,2025,40000,2024-11-01T09:00:00,wechat\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + GOOD + ",P2,2025,40000,,\n", "txn_id为空，无法比对：第2行"),
        (HEAD + "T1,,2025,40000,,\n", "person_id为空，无法比对：第1行"),
        (HEAD + "T1,P1,2025,400.00,,\n", "amount_fen无法识别：第1行“400.00”"),
        (HEAD + "T1,P1,2025,40000,2024-11-01,\n", "paid_at无法识别：第1行“2024-11-01”"),
        (HEAD + "T1,P1,next,40000,,\n", "row 1 “next”"),
        ("txn_id,person_id\nT1,P1\n", "缺少列：benefit_year, amount_fen, paid_at, channel"),
    ],
)
def test_a_ledger_that_cannot_be_compared_is_refused_with_the_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    bad, good = _written(tmp_path, text), _written(tmp_path, HEAD + GOOD, "theirs.csv")
    out = tmp_path / "out"

    status = main(["reconcile", str(bad), str(good), "--out", str(out)])

    assert status == 2
    assert said in capsys.readouterr().err.replace("列为空", "为空").replace("列无法", "无法")
    assert not out.exists()


def test_the_command_writes_both_files_and_says_the_sums(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ours = _written(tmp_path, "\ufeff" + HEAD + GOOD + "T2,P2,2025,40000,2024-11-02 10:00:00,bank\n")
    theirs = _written(tmp_path, HEAD + GOOD, "theirs.csv")

    status = main(["reconcile", str(ours), str(theirs), "--out", str(tmp_path / "out"), "--csv"])

    assert status == 0
    assert "只有我方有 only in ours: 1 / 0，400.00 / 0.00" in capsys.readouterr().err
    lines = (tmp_path / "out" / "differences.csv").read_text().splitlines()
    assert lines[0] == (
        "kind,txn_id,ours_person_id,theirs_person_id,ours_benefit_year,theirs_benefit_year,ours_amount_fen,"
        "theirs_amount_fen,ours_paid_at,theirs_paid_at,ours_channel,theirs_channel"
    )
    assert lines[1:] == ["only_ours,T2,P2,,2025,,40000,,2024-11-02T10:00:00,,bank,"]


def test_the_partner_of_a_row_is_never_taken_twice() -> None:
    rows = pair(Random(SEED), 300)
    found = matching.match(*map(frame, rows), KEYS)
    met = found.partner[found.partner >= 0]

    assert len(np.unique(met)) == len(met) > 100
