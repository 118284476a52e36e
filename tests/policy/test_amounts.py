"""Who pays what, to the fen: shares of a standard, prices by area and by the months that are left."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from canbao.policy import Person, policies
from canbao.policy.charges import ByArea, Charge, Percentage, Priced, Rounded, _in_area, months_left
from canbao.policy.facts import Facts
from canbao.policy.shares import Share, grant_of

POLICY = policies.get("370481-2025")


def shares(**parts: Any) -> dict[Any, Share]:
    return {payer: Share.model_validate(part) for payer, part in parts.items()}


@pytest.mark.parametrize(
    ("parts", "base_fen", "standard_fen", "payers"),
    [
        ({"city_finance": {"percent": 100}}, 40000, 40000, (("city_finance", 40000),)),
        # Halves of an odd sum: the running sum is rounded, so the two together are the whole.
        (
            {"city_finance": {"percent": 50}, "township_finance": {"percent": 50}},
            101,
            101,
            (("city_finance", 51), ("township_finance", 50)),
        ),
        (
            {
                "city_finance": {"percent": "33.33"},
                "county_finance": {"percent": "33.33"},
                "school": {"percent": "33.34"},
            },
            100,
            100,
            (("city_finance", 33), ("county_finance", 34), ("school", 33)),
        ),
        # A part of a tenth of a fen is nothing, and who pays nothing is left out.
        ({"city_finance": {"percent": 1}, "school": {"percent": 99}}, 10, 10, (("school", 10),)),
        ({"city_finance": {"percent": 5}}, 10, 10, (("city_finance", 1),)),
        ({"city_finance": {"percent": "4.99"}}, 10, 10, ()),
        ({"city_finance": {"fen": 12000}}, 38000, 38000, (("city_finance", 12000),)),
        # Never more than the standard, whoever is named first pays first.
        (
            {"city_finance": {"fen": 30000}, "school": {"fen": 20000}},
            40000,
            40000,
            (("city_finance", 30000), ("school", 10000)),
        ),
        ({"city_finance": {"fen": 50000}, "school": {"fen": 1}}, 40000, 40000, (("city_finance", 40000),)),
        ({"city_finance": {"all_but_fen": 17000}}, 40000, 40000, (("city_finance", 23000),)),
        ({"city_finance": {"all_but_fen": 50000}}, 40000, 40000, ()),
        ({"city_finance": {"all_but_fen": 0}}, 1, 1, (("city_finance", 1),)),
        # Aid measured by a lower or a higher standard than the person's own.
        ({"city_finance": {"percent": 100}}, 38000, 55000, (("city_finance", 38000),)),
        ({"city_finance": {"percent": 100}}, 55000, 38000, (("city_finance", 38000),)),
        (
            {"city_finance": {"percent": 50}, "school": {"all_but_fen": 100}},
            400,
            400,
            (("city_finance", 200), ("school", 200)),
        ),
    ],
)
def test_a_grant_is_split_exactly(
    parts: dict[str, Any], base_fen: int, standard_fen: int, payers: tuple[tuple[str, int], ...]
) -> None:
    grant = grant_of(shares(**parts), base_fen, standard_fen)

    assert grant.payers == payers
    assert grant.total_fen == sum(fen for _, fen in payers)


@pytest.mark.parametrize("share", [{"percent": -1}, {"percent": "100.01"}, {"fen": -1}, {"all_but_fen": -1}, {}])
def test_a_share_that_cannot_be_is_refused(share: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Share.model_validate(share)


@pytest.mark.parametrize("share", [{"percent": 0}, {"percent": 100}, {"fen": 0}, {"all_but_fen": 0}])
def test_nothing_and_the_whole_are_shares(share: dict[str, Any]) -> None:
    assert Share.model_validate(share).model_dump(exclude_none=True) == share


@pytest.mark.parametrize("part", [{"percent": -1}, {"percent": 1, "of_fen": -1}])
def test_a_percentage_below_nothing_is_refused(part: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Percentage.model_validate(part)


def test_nothing_is_a_percentage_and_a_base() -> None:
    assert Percentage(percent=Decimal(0)).fen(40000) == 0
    assert Percentage(percent=Decimal(50), of_fen=0).fen(40000) == 0


def test_rounding_needs_a_step_of_a_fen_or_more() -> None:
    assert Rounded(to_fen=1).fen(Decimal("2.5")) == Rounded().fen(Decimal("2.5")) == 3
    with pytest.raises(ValidationError):
        Rounded(to_fen=0)


def test_a_price_and_a_price_of_an_area_may_be_nothing_and_never_less() -> None:
    cited: dict[str, Any] = {"source": "TZ-06"}
    assert Priced.model_validate({**cited, "fen": 0}).fen == 0
    assert ByArea.model_validate({"column": "hukou", "fen": {"370481": 0}}).fen == {"370481": 0}
    for wrong in ({"fen": -1}, {"by_area": {"column": "hukou", "fen": {"370481": -1}}}):
        with pytest.raises(ValidationError):
            Priced.model_validate({**cited, **wrong})
    with pytest.raises(ValidationError):
        ByArea.model_validate({"column": "hukou", "fen": {}})


@pytest.mark.parametrize("code", ["37048", "3704810010011"])
def test_a_table_of_areas_takes_codes_of_6_to_12_digits(code: str) -> None:
    with pytest.raises(ValidationError):
        ByArea.model_validate({"column": "hukou", "fen": {code: 1}})


@pytest.mark.parametrize(
    ("area", "fen"),
    [("370481001001", 300), ("370481002000", 200), ("370402", 100), ("370000", None), ("380481", None), (None, None)],
)
def test_the_narrowest_area_that_holds_counts(area: str | None, fen: int | None) -> None:
    table = ByArea.model_validate({"column": "hukou", "fen": {"370400": 100, "370481001000": 300, "370481": 200}})

    assert _in_area(table, area) == fen


def facts_on(on: date) -> Facts:
    return Facts(POLICY, Person(born=date(1980, 1, 1)), datetime(on.year, on.month, on.day, 12))


@pytest.mark.parametrize(
    ("on", "this_month_too", "months"),
    [
        (date(2025, 1, 31), True, 12),
        (date(2025, 1, 1), False, 11),
        (date(2025, 6, 1), True, 7),
        (date(2025, 6, 30), False, 6),
        (date(2025, 12, 31), True, 1),
        (date(2025, 12, 1), False, 0),
        (date(2024, 12, 31), True, 12),
        (date(2024, 10, 1), False, 12),
        (date(2026, 3, 1), True, 0),
    ],
)
def test_months_that_are_left(on: date, this_month_too: bool, months: int) -> None:
    assert months_left(facts_on(on), this_month_too) == months


@pytest.mark.parametrize(("kind", "fen"), [("from_settlement_month", 5834), ("from_next_month", 5000), (None, 10000)])
def test_a_price_for_the_months_that_are_left(kind: str | None, fen: int) -> None:
    part = Priced.model_validate({"source": "TZ-06", "fen": 10000, "months_left": kind, "rounded": {"way": "up"}})

    assert Charge("x", part, None).fen(facts_on(date(2025, 6, 15)), 10000) == fen


def test_a_price_asks_its_condition_first() -> None:
    part = Priced.model_validate({"source": "TZ-06", "fen": 10000})
    on = facts_on(date(2025, 6, 15))

    assert Charge("x", part, None).whole_fen(on, 40000) == 10000
    assert Charge("x", part, lambda _: True).whole_fen(on, 40000) == 10000
    assert Charge("x", part, lambda _: False).whole_fen(on, 40000) is None
