"""What is logged names nobody."""

from __future__ import annotations

import logging
import sys

from canbao.kernel.personal import RedactingFormatter


def logged(message: str, fault: Exception | None = None) -> str:
    info = None
    if fault is not None:
        try:
            raise fault
        except Exception:
            info = sys.exc_info()
    return RedactingFormatter().format(logging.LogRecord("web", logging.ERROR, "x.py", 1, message, None, info))


def test_a_database_error_is_logged_without_its_row() -> None:
    fault = ValueError("duplicate key value\nDETAIL:  Key (id_number)=(37048119610520998X) already exists.")

    line = logged("cannot enrol", fault)

    assert "duplicate key value" in line
    assert "37048119610520998X" not in line and "DETAIL" not in line


def test_numbers_of_people_are_masked_and_short_ones_stay() -> None:
    line = logged("refused 37048119610520998X, phone 13812345678, bill 4711 at 2024-12-03 09:00")

    assert line == "refused 3704**************, phone 1381*******, bill 4711 at 2024-12-03 09:00"
