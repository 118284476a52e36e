"""A CSV register's lines are counted before they are read: uneven ones are bad rows, others are left as they are."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import polars as pl
import pytest

from canbao.policy import policies
from canbao.policy.engines import csv_lines
from canbao.policy.engines.csv_lines import NotCsv, uneven
from canbao.policy.engines.register import Unreadable, open_register

POLICY = policies.get("370481-2025")
HEADER = "person_id,birth_date,hukou_area"
SEED = 20251122


def written(path: Path, *lines: str) -> Path:
    path.write_text("\n".join((HEADER, *lines)) + "\n", encoding="utf-8", newline="")
    return path


@pytest.mark.parametrize("size", [3, 7, 64, csv_lines.BYTES_A_READ])
def test_cells_are_counted_as_a_reader_of_csv_counts_them(
    size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_lines, "BYTES_A_READ", size)
    rng, path = random.Random(SEED + size), tmp_path / "people.csv"
    for _ in range(150):
        rows = [
            [rng.choice(["", "x", "a,b", 'q"q', "l\nm", '"', "é参"]) for _ in range(rng.choice([3, 3, 2, 4, 1]))]
            for _ in range(rng.randint(1, 6))
        ]
        with path.open("w", encoding="utf-8", newline="") as file:
            ending, quoting = rng.choice(["\n", "\r\n"]), rng.choice([csv.QUOTE_ALL, csv.QUOTE_MINIMAL])
            csv.writer(file, lineterminator=ending, quoting=quoting).writerows([["a", "b", "c,d"], *rows])

        found = uneven(path)

        assert found.header == ["a", "b", "c,d"]
        expected = [(number, len(row)) for number, row in enumerate(rows, 1) if len(row) != 3]
        assert list(zip(found.rows.tolist(), found.cells.tolist(), strict=True)) == expected, f"{SEED=} {rows=}"
        numbered = pl.scan_csv(path, infer_schema=False, truncate_ragged_lines=True)
        assert numbered.select(pl.len()).collect().item() == len(rows), "what the reader numbers is what is counted"


def test_uneven_rows_are_rejected_with_row_and_column_and_the_others_billed(tmp_path: Path) -> None:
    good = "1990-01-01,370481"
    lines = [f"p1,{good}", "p2,1990-01-01", f"p3,{good},x,y", "", "p5,1990-13-01,370481", f"p6,{good}"]

    ((batch, rejected),) = open_register(written(tmp_path / "people.csv", *lines)).batches(POLICY, 100)

    assert batch.frame["person_id"].to_list() == ["p1", "p6"]
    assert [(each.row, each.column, each.value) for each in rejected] == [
        (2, "hukou_area", ""),
        (3, "hukou_area", ""),
        (4, "birth_date", ""),
        (5, "birth_date", "1990-13-01"),
    ]
    assert "只有2格" in rejected[0].reason and "2 of 3 cells" in rejected[0].reason
    assert "5格" in rejected[1].reason and "5 cells, the header 3" in rejected[1].reason


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ('p1,1990-01-01,"37', "data row 2, cell 3"),
        ('p1,1990"-01-01,3', "data row 2, cell 2"),
        ('"p1"x,1990-01-01,3', "data row 2, cell 1"),
    ],
)
def test_a_stray_quotation_mark_is_refused_where_it_stands(line: str, what: str, tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=what):
        open_register(written(tmp_path / "people.csv", "p0,1990-01-01,370481", line))


@pytest.mark.parametrize("size", [5, csv_lines.BYTES_A_READ])
@pytest.mark.parametrize(
    ("data", "what"),
    [
        (HEADER.encode() + b"\np1,1990-01-01,370481\n\xd6\xd0\xb9\xfa,,\n", "data row 2 is not UTF-8"),
        ("姓名,".encode("gbk") + HEADER.encode() + b"\n", "the header is not UTF-8"),
        (HEADER.encode() + b"\np1,,\xe5", "data row 1 is not UTF-8"),
        (b"\r\n\n", "the file is empty"),
        (HEADER.encode() + b"\rp1,1990-01-01,370481\r", "its lines end with CR"),
    ],
)
def test_what_is_no_csv_is_refused_in_plain_words(
    size: int, data: bytes, what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_lines, "BYTES_A_READ", size)
    path = tmp_path / "people.csv"
    path.write_bytes(data)

    with pytest.raises(NotCsv, match=what):
        uneven(path)


def test_columns_that_are_not_cut_by_commas_are_shown(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(HEADER.replace(",", "\t") + "\n", encoding="utf-8")

    with pytest.raises(Unreadable, match=r"no column person_id, only person_id\\tbirth_date"):
        open_register(path)
    with pytest.raises(Unreadable, match="no Parquet file"):
        (tmp_path / "people.parquet").write_bytes(b"abc")
        open_register(tmp_path / "people.parquet")
