"""What a page draws adds up."""

from __future__ import annotations

import itertools
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from canbao.faces.figures import shares, strip

PAYERS = st.sampled_from(["city_finance", "township_finance", "school", "state_finance", "other_government"])


@given(st.integers(0, 100_000), st.dictionaries(PAYERS, st.integers(0, 100_000)))
def test_shares_fill_the_bar_exactly_and_lose_no_fen(personal_fen: int, payers: dict[str, int]) -> None:
    found = shares(personal_fen, payers)

    assert sum(share.fen for share in found) == personal_fen + sum(payers.values())
    if found:
        assert abs(sum(share.width for share in found) - 100) < 0.01
        assert all(abs(a.left + a.width - b.left) < 0.01 for a, b in itertools.pairwise(found))


def test_a_bar_of_nothing_is_empty() -> None:
    assert shares(0, {}) == []


def test_a_whole_year_of_cover_fills_the_strip() -> None:
    drawn = strip(2025, date(2025, 1, 1), date(2025, 12, 31), None)

    assert [(s.kind, s.left, s.width) for s in drawn.segments] == [("covered", 0, 100)]
    assert [month.month for month in drawn.months] == list(range(1, 13))


def test_waiting_ends_on_the_day_before_cover() -> None:
    drawn = strip(2025, date(2025, 6, 10), date(2025, 12, 31), date(2025, 3, 10))

    assert drawn.waiting is not None and drawn.covered is not None
    assert drawn.waiting.last_on == date(2025, 6, 9)
    assert abs(drawn.waiting.left + drawn.waiting.width - drawn.covered.left) < 0.01


def test_a_wait_beyond_the_year_fills_the_rest_of_it() -> None:
    drawn = strip(2025, None, None, date(2025, 11, 1))

    assert drawn.covered is None
    assert drawn.waiting is not None and drawn.waiting.last_on == date(2025, 12, 31)


def test_cover_that_begins_before_the_year_lengthens_the_strip() -> None:
    drawn = strip(2025, date(2024, 11, 20), date(2025, 12, 31), None)

    assert (drawn.months[0].year, drawn.months[0].month, len(drawn.months)) == (2024, 11, 14)
