"""`canbao demo`, as far as it can be told without a database of its own."""

from __future__ import annotations

import pytest

from canbao.cli import BAD_USAGE, REFUSED, main


def test_a_size_below_one_is_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--size", "0"]) == BAD_USAGE
    assert "1 or more" in capsys.readouterr().err


def test_production_takes_no_invented_people(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CANBAO_ENV", "production")

    assert main(["demo"]) == REFUSED
    assert "trial database" in capsys.readouterr().err
