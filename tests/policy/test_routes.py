"""The registration routes of the five notices, asked for single persons."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from canbao.policy import policies, routes
from canbao.policy.notice import Standing


def open_to(policy: str, standing: Standing, on: date = date(2024, 11, 20), **facts: Any) -> list[str]:
    person = {"birth_date": "1980-05-01", **facts}
    return [offer.key for offer in routes.offers(policies.get(policy), person, standing, on) if offer.open]


@pytest.mark.parametrize(
    ("policy", "standing", "facts", "keys"),
    [
        # Weifang: WF-34 to WF-41.
        ("370700-2025", "first", {"hukou_area": "370702"}, ["wechat", "counter", "community_school"]),
        (
            "370700-2025", "first", {"student": "university", "school_area": "370702"},
            ["wechat", "counter", "community_school", "college"],
        ),
        (
            "370700-2025", "first",
            {"student": "university", "school_area": "370702", "categories": ["subsistence_allowance"]},
            ["wechat", "counter", "community_school", "college", "college_recognised"],
        ),
        (
            "370700-2025", "first", {"birth_date": "2024-11-10", "hukou_area": "370702"},
            ["wechat", "wechat_newborn", "counter", "community_school", "hospital"],
        ),
        # Pingyin: PY-44, PY-45, PY-52, PY-65, PY-69.
        ("370124-2025", "renewing", {"hukou_area": "370124"}, ["known", "town"]),
        ("370124-2025", "stopped", {"hukou_area": "370124"}, ["town"]),
        ("370124-2025", "first", {"student": "pupil", "school_area": "370124"}, ["town", "school"]),
        ("370124-2025", "known", {"categories": ["orphan"]}, ["known", "town", "aided"]),
        # Tengzhou: TZ-36, TZ-55.
        ("370481-2025", "first", {}, ["town"]),
        # Shuozhou: SZ-20, SZ-23, SZ-24, SZ-28.
        ("140600-2025", "first", {}, ["counter", "wechat"]),
        ("140600-2025", "known", {}, ["known"]),
        ("140600-2025", "first", {"birth_date": "2024-10-20"}, ["counter", "wechat", "newborn"]),
        # Shanghai: SH-12 to SH-32.
        ("310000-2025", "first", {"hukou_area": "310101", "hukou_kind": "urban"}, ["online", "community"]),
        ("310000-2025", "first", {"hukou_area": "310151", "hukou_kind": "rural"}, ["rural"]),
        ("310000-2025", "renewing", {"student": "pupil", "school_area": "310101", "birth_date": "2012-01-01"},
         ["school"]),
        ("310000-2025", "renewing", {"hukou_area": "310101", "hukou_kind": "urban"},
         ["online", "community", "renewal"]),
        ("310000-2025", "known", {"hukou_area": "310101", "hukou_kind": "urban"}, ["online", "community"]),
    ],
)  # fmt: skip
def test_the_routes_that_a_notice_opens_to_a_person(
    policy: str, standing: Standing, facts: dict[str, Any], keys: list[str]
) -> None:
    assert open_to(policy, standing, **facts) == keys


def test_after_the_window_pingyin_has_its_data_maintained_first() -> None:
    assert open_to("370124-2025", "known", on=date(2025, 2, 10), hukou_area="370124") == ["late"]


def test_who_first_enrols_in_weifang_registers_before_paying() -> None:
    weifang = policies.get("370700-2025")

    assert routes.must_register(weifang, "first") == weifang.notice.routes["required"]
    assert routes.must_register(weifang, "known") is None


def test_a_closed_route_says_why_in_the_words_of_the_notice() -> None:
    person = {"birth_date": "1980-05-01", "hukou_area": "310151", "hukou_kind": "rural"}
    offers = {o.key: o for o in routes.offers(policies.get("310000-2025"), person, "renewing", date(2024, 12, 1))}
    (failing,) = offers["renewal"].failing

    assert not offers["renewal"].open
    assert failing.words.zh == "8项条件都不符合" and "SH-17" in failing.source
    assert len(failing.parts) == 8 and failing.parts[0].zh.startswith("上一年度年满19周岁")


def test_who_studies_elsewhere_is_sent_there_unless_poor() -> None:
    weifang = policies.get("370700-2025")
    student = {"birth_date": "2004-05-01", "hukou_area": "370702", "student": "university", "school_area": "110108"}
    poor = student | {"categories": ["subsistence_allowance"]}

    sent = routes.sent_elsewhere(weifang, student, date(2024, 11, 20))

    assert sent == weifang.notice.routes["college_elsewhere"]
    assert routes.sent_elsewhere(weifang, poor, date(2024, 11, 20)) is None
    assert routes.sent_elsewhere(policies.get("370481-2025"), student, date(2024, 11, 20)) is None


def test_the_best_route_is_none_at_all_then_the_narrowest_in_the_order_of_the_notice() -> None:
    def best(policy: str, standing: Standing, mode: str | None = None, **facts: Any) -> str | None:
        person = {"birth_date": "1980-05-01", **facts}
        found = routes.best(routes.offers(policies.get(policy), person, standing, date(2024, 11, 20)), mode)
        return found and found.key

    assert best("310000-2025", "renewing", hukou_area="310101", hukou_kind="urban") == "renewal"
    assert best("370700-2025", "first", birth_date="2024-11-10", hukou_area="370702") == "wechat_newborn"
    assert best("370700-2025", "first", "counter", birth_date="2024-11-10", hukou_area="370702") == "hospital"
    assert best("370700-2025", "first", hukou_area="370702") == "wechat"
    assert best("370481-2025", "first", "online") is None
