"""Run a command in this process, as the tests of the commands do."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from canbao.cli import main

ADULT: Final[dict[str, Any]] = {
    "person_id": "p1",
    "hukou_area": "370481",
    "birth_date": "1994-06-01",
    "paid_at": "2024-11-01T09:00:00",
}


def call(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str, str]:
    """Exit status, standard output and standard error; argparse leaves by SystemExit."""
    try:
        status = main([str(word) for word in words])
    except SystemExit as left:
        status = int(left.code or 0)
    told = capsys.readouterr()
    assert "Traceback" not in told.out + told.err
    return status, told.out, told.err
