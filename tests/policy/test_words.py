"""The words of steps and leaflets where they depend on a figure, a day or a choice."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, get_args

import pytest

from canbao.policy import phrases, policies, quote
from canbao.policy.charges import Percentage, Price, Priced, Product
from canbao.policy.codes import ANSWER_COLUMNS, Payer
from canbao.policy.explain import (
    COUNTED_EN,
    COUNTED_ZH,
    PAYER_NAMES,
    UNTIL_EN,
    UNTIL_ZH,
    render,
    yuan,
)
from canbao.policy.model import CoverCase, Wait
from canbao.policy.parts import Words
from canbao.policy.shares import Share

CITED: dict[str, Any] = {"source": "x", "name": {"zh": "名", "en": "name"}}
OPENS, DAY_ENDS, AFTERNOON = datetime(2024, 10, 1), datetime(2024, 12, 31, 23, 59, 59), datetime(2024, 12, 25, 17, 30)
NAME = Words(zh="名", en="name")
INSIDE = "Nothing to pay, so the person counts as settled inside the collection window, 2024-10-01"
START, ON = date(2025, 8, 1), date(2025, 5, 4)


@pytest.mark.parametrize(
    ("fen", "zh", "en"),
    [(40000, "400元", "400 yuan"), (1250, "12.50元", "12.50 yuan"), (5, "0.05元", "0.05 yuan"), (0, "0元", "0 yuan")],
)
def test_an_amount(fen: int, zh: str, en: str) -> None:
    assert (yuan(fen), yuan(fen, "zh"), yuan(fen, "en")) == (zh, zh, en)


@pytest.mark.parametrize(
    ("words", "values", "zh", "en"),
    [
        (
            "settlement.paid",
            (datetime(2024, 11, 5, 8, 3), "in_window", OPENS, DAY_ENDS),
            "缴费成功时间为2024年11月5日08:03，在集中缴费期内（集中缴费期2024年10月1日至2024年12月31日）。",
            "Paid at 2024-11-05 08:03, inside the collection window, 2024-10-01 to 2024-12-31.",
        ),
        (
            "settlement.paid",
            (datetime(2025, 1, 5, 8), "late", OPENS, AFTERNOON),
            "缴费成功时间为2025年1月5日08:00，已在集中缴费期之后（集中缴费期2024年10月1日至2024年12月25日17:30）。",
            "Paid at 2025-01-05 08:00, after the collection window, 2024-10-01 to 2024-12-25 17:30.",
        ),
        (
            "settlement.window",
            (OPENS, "in_window", OPENS, datetime(2024, 12, 31, 23, 0)),
            "个人无需缴费，按在集中缴费期内办结计算（集中缴费期2024年10月1日至2024年12月31日23:00）。",
            f"{INSIDE} to 2024-12-31 23:00.",
        ),
        (
            "settlement.window",
            (OPENS, "in_window", OPENS, datetime(2024, 12, 31, 22, 59)),
            "个人无需缴费，按在集中缴费期内办结计算（集中缴费期2024年10月1日至2024年12月31日22:59）。",
            f"{INSIDE} to 2024-12-31 22:59.",
        ),
        (
            "age",
            (date(1980, 5, 5), date(2024, 12, 31), 44),
            "1980年5月5日出生，截至2024年12月31日满44周岁。",
            "Born 1980-05-05: 44 completed years on 2024-12-31.",
        ),
        (
            "age",
            (date(2024, 5, 5), date(2024, 12, 31), 0),
            "2024年5月5日出生，截至2024年12月31日满0周岁。",
            "Born 2024-05-05: 0 completed years on 2024-12-31.",
        ),
        (
            "age",
            (date(2025, 5, 5), date(2024, 12, 31), -1),
            "2025年5月5日出生，截至2024年12月31日未出生。",
            "Born 2025-05-05: not yet born on 2024-12-31.",
        ),
        (
            "personal",
            (40000, 20000),
            "个人应缴200元（标准400元－资助200元）。",
            "The person pays 200 yuan (standard 400 yuan less aid 200 yuan).",
        ),
        (
            "aid.award",
            (NAME, (("city_finance", 10000), ("township_finance", 10050))),
            "名：由市财政100元、镇街财政100.50元承担。",
            "name: paid by city finance 100 yuan and township finance 100.50 yuan.",
        ),
        (
            "scope.no_permit",
            (NAME, [NAME, Words(zh="甲", en="first")]),
            "居住在名，但不具备参保依据（名；甲）。",
            "Lives in name but has none of the grounds (name; first).",
        ),
        (
            "cover.after_waiting",
            (START, 3, ON, SimpleNamespace(counted="days", days_per_month=30)),
            "从2025年5月4日起3个月、每月按30天计算，2025年8月1日起享受待遇。",
            "3 months of 30 days from 2025-05-04: covered from 2025-08-01.",
        ),
        (
            "cover.after_own_wait",
            (START, 3, ON, SimpleNamespace(wait=SimpleNamespace(until="month_start"))),
            "2025年5月4日办结，等待期满所在月份的第一天，2025年8月1日起享受待遇。",
            "Settled on 2025-05-04, on the first day of the month in which the wait is over: covered from 2025-08-01.",
        ),
    ],
)
def test_the_words_of_a_step(words: str, values: tuple[Any, ...], zh: str, en: str) -> None:
    assert render(words, "zh", values) == zh
    assert render(words, "en", values) == en


def test_every_payer_and_every_way_to_count_has_words() -> None:
    fields = CoverCase.model_fields["counted"].annotation, Wait.model_fields["until"].annotation

    assert tuple(PAYER_NAMES) == get_args(Payer)
    assert tuple(COUNTED_ZH) == tuple(COUNTED_EN) == get_args(fields[0])
    assert tuple(UNTIL_ZH) == tuple(UNTIL_EN) == tuple(phrases.UNTIL) == get_args(fields[1])


@pytest.mark.parametrize(
    ("part", "zh", "en"),
    [
        (Priced(source=["x"], fen=1250), "12.50元", "12.50 yuan"),
        (Priced(source=["x"], fen=0), "0元", "0 yuan"),
        (
            Priced.model_validate(
                {"source": "x", "by_area": {"column": "hukou", "fen": {"370481": 100, "370402": 200}}}
            ),
            "370481 1元、370402 2元",
            "370481 1 yuan, 370402 2 yuan",
        ),
        (
            Priced.model_validate({"source": "x", "percent_of": {"percent": "0.5", "of_fen": 4000000}}),
            "40000元的0.5%（四舍五入到0.01元）",
            "0.5 % of 40000 yuan (rounded to the nearest 0.01 yuan)",
        ),
        (
            Priced(source=["x"], fen=100, months_left="from_next_month"),
            "1元，按本年度剩余月数折算",
            "1 yuan, by the months left in the year",
        ),
        (
            Price.model_validate({**CITED, "fen": 100, "with_government": True}),
            "1元，另由本人承担财政补助部分",
            "1 yuan, and the government's part is paid by the person",
        ),
        (Price.model_validate({**CITED, "fen": 100}), "1元", "1 yuan"),
        (Product.model_validate({**CITED, "fen": 100}), "1元，不享受资助", "1 yuan, never aided"),
        (Product.model_validate({**CITED, "fen": 100, "aid": {"source": "x", "pays": {}}}), "1元", "1 yuan"),
    ],
)
def test_a_price_in_words(part: Priced, zh: str, en: str) -> None:
    assert phrases.price(part) == (zh, en)


@pytest.mark.parametrize(
    ("part", "zh", "en"),
    [
        (
            {"percent": "50"},
            "本类标准的50%（四舍五入到0.01元）",
            "50 % of the standard (rounded to the nearest 0.01 yuan)",
        ),
        (
            {"percent": 50, "of_fen": 0, "rounded": {"to_fen": 1000, "way": "up"}},
            "0元的50%（向上取整到10元）",
            "50 % of 0 yuan (rounded up 10 yuan)",
        ),
        (
            {"percent": 50, "of_fen": 100, "rounded": {"way": "down"}},
            "1元的50%（向下取整到0.01元）",
            "50 % of 1 yuan (rounded down 0.01 yuan)",
        ),
    ],
)
def test_a_percentage_in_words(part: dict[str, Any], zh: str, en: str) -> None:
    assert phrases.percentage(Percentage.model_validate(part)) == (zh, en)


@pytest.mark.parametrize(
    ("part", "zh", "en"),
    [
        (Share(fen=12000), "120元", "120 yuan"),
        (Share(fen=0), "0元", "0 yuan"),
        (Share(all_but_fen=0), "承担个人0元以外的部分", "all but 0 yuan of the person's own"),
        (Share(percent=Decimal("33.5")), "33.5%", "33.5 %"),
        (Share(percent=Decimal(0)), "0%", "0 %"),
    ],
)
def test_a_share_in_words(part: Share, zh: str, en: str) -> None:
    assert phrases.share(part) == (zh, en)


@pytest.mark.parametrize(
    ("part", "zh", "en"),
    [
        ({"amount": 3}, "等待3个月", "a wait of 3 months"),
        (
            {"amount": 60, "unit": "days", "per_gap_year": 30, "until": "day_after"},
            "等待60天，每断保1年增加30天，期满次日起享受",
            "a wait of 60 days, 30 days more for each broken year, covered from the day after",
        ),
    ],
)
def test_a_wait_in_words(part: dict[str, Any], zh: str, en: str) -> None:
    assert phrases.wait(Wait.model_validate(part)) == (zh, en)


@pytest.mark.parametrize(
    ("stated", "zh", "en"),
    [
        (None, "", ""),
        ({}, "，待遇期2025-01-01至2025-12-31", ", period 2025-01-01 to 2025-12-31"),
        (
            {"first": {"years": 0, "month": 9}, "last": {"years": 1, "month": 8, "day": 31}},
            "，待遇期2025-09-01至2026-08-31",
            ", period 2025-09-01 to 2026-08-31",
        ),
    ],
)
def test_a_period_in_words(stated: dict[str, Any] | None, zh: str, en: str) -> None:
    case = CoverCase.model_validate({**CITED, "starts": "birth", "waits": False, "period": stated})

    assert phrases.period(case, 2025) == (zh, en)


def test_the_steps_of_an_answer_read_as_a_story() -> None:
    facts = {"birth_date": "1960-05-05", "hukou_area": "370481", "paid_at": "2024-11-05T08:03:00"}
    answer = quote(policies.get("370481-2025"), facts)

    assert [(step.rule, step.outcome) for step in answer.steps] == [
        ("settlement", "2024-11-05T08:03:00"),
        ("scope", "hukou"),
        ("age", 64),
        ("class", "resident"),
        ("standard", 40000),
        ("government", 67000),
        ("aid.award", "age_60_69"),
        ("personal", 20000),
        ("waiting", 0),
        ("cover", "2025-01-01"),
        ("cover.end", "2025-12-31"),
    ]
    told = " ".join(step.text_en for step in answer.steps)
    assert "The person pays 200 yuan (standard 400 yuan less aid 200 yuan)." in told
    assert [(each["payer"], each["amount_fen"], each["category"]) for each in answer.subsidies] == [
        ("city_finance", 20000, "age_60_69")
    ]
    awarded = next(step for step in answer.steps if step.rule == "aid.award")
    assert {str(each["source"]) for each in answer.subsidies} == {str(awarded.source)}


def test_a_step_says_the_same_in_both_languages() -> None:
    facts = {"birth_date": "1985-05-05", "hukou_area": "370481", "paid_at": "2028-02-03T08:03:00"}
    steps = quote(policies.get("370481-2025"), facts, as_year=2028).steps
    told = {step.rule: (step.text_zh, step.text_en) for step in steps}

    assert told["personal"][0] == "个人应缴400元（标准400元－资助0元）。"
    assert told["government"] == (
        "此外政府为每位参保人补助670元（2024年标准）。",
        "Besides, the government pays 670 yuan for every enrollee (standard of 2024).",
    )
    assert told["waiting.fixed"] == ("固定待遇等待期3个月。", "Fixed waiting period of 3 months.")
    assert told["waiting.added"] == (
        "每多断保1年增加1个月（首个断保年度不增加），断保3年，补缴0年。",
        "1 more month for each further broken year (the first adds none): 3 broken, 0 repaired.",
    )
    assert told["waiting"][1] == "The waiting period is 5 months; costs in it are borne by the person."
    assert told["cover"] == (
        "从2028年2月3日起满5个月，2028年7月3日起享受待遇。",
        "5 months from 2028-02-03: covered from 2028-07-03.",
    )


def test_the_government_pays_at_least_or_exactly() -> None:
    facts = {"birth_date": "2015-05-05", "hukou_area": "370702"}
    told = {step.rule: step.text_en for step in quote(policies.get("370700-2025"), facts).steps}

    assert told["government"] == "Besides, the government pays at least 670 yuan for every enrollee (2025)."


def test_an_answer_as_json_has_the_contract_and_four_keys_more() -> None:
    told = quote(policies.get("370481-2025"), {"birth_date": "1985-05-05", "hukou_area": "370481"}).as_dict()

    assert list(told) == [*ANSWER_COLUMNS, "subsidies", "trace", "lines", "waiting_days"]
    assert told["subsidies"] == [] and told["waiting_days"] is None
    assert told["lines"] == [{"code": "contribution", "price_fen": 40000, "fen": 40000, "aided": False}]
    assert list(told["trace"][0]) == ["rule", "outcome", "source", "text_zh", "text_en"]
    assert told["trace"][0]["text_zh"].startswith("尚不知何时缴费")
